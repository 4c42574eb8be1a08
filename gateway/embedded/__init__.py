"""PostgreSQL and Kafka without Docker: the real servers, as child processes of this one.

In: nothing, or the addresses of given servers. Out: PostgreSQL 18 and one Kafka 4 node on
127.0.0.1, ready to answer. They end with the process that started them, by SIGKILL too, and
leave neither processes nor data. Start at `services.py`; `managed_process.py` runs any other
process, `role_processes.py` the gateway's roles, `python -m gateway.embedded` serves a shell.
Needs the extra `ledgerlane[demo]`; of the product only `ledgerlane up` imports it.
"""
