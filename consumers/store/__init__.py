"""The consumers' tables, and every statement on them: one file for each table.

A statement is written once, in the file of its table, beside the class that runs it in the
caller's transaction; nothing here commits. `protocols.py` has what sync, lanes and intake need
of a transaction, a protocol for each table; `postgres.py` puts the classes together, and a
store in memory, for the simulation, passes the same contract. What people ask and change is in
functions of the same files and in `record_queries.py`, `reopen.py` and `replay.py`. Of the
other rooms it imports values of `lanes/` only. Start at `tables.py`.
"""
