"""The consumers' tables, and every statement on them: a file or two for each table.

In come values of a record, out come rows as values. The classes run their statements in the
caller's transaction; only those of the valves open one of their own. `protocols.py` has a
protocol for each table, `postgres.py` puts the classes together; a store in memory passes the
same contract. What people ask and change is in functions beside the classes, in
`record_queries.py` and in `reopen.py`. May import `schemas/`, `providers/`, the outbox package,
the modules at the root, and of `lanes/` only values and errors. Start at `tables.py`.
"""
