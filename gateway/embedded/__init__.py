"""PostgreSQL and Kafka without Docker: the real servers, as children of this process.

In: nothing, or the addresses of servers that are there already. Out: one PostgreSQL 18 and
one Kafka 4 node on 127.0.0.1, ready to answer, which end with whoever started them: by
`async with`, Ctrl-C, SIGTERM, or SIGKILL, leaving no process and no data behind.

Start reading at `services.py`. `child.py` runs any other process the same way, and
`python -m gateway.embedded` offers the servers to a shell or to a command.
"""
