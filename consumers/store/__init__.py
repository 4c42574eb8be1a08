"""The consumers' tables, and every statement on them: one file for each table.

A statement is written once, in the file of its table, beside the class that runs it in the
caller's transaction; nothing here commits. `protocols.py` has a protocol for each table,
`postgres.py` puts the classes together; a store in memory passes the same contract. What people
ask and change is in functions of the same files, in `record_queries.py` and in `reopen.py`.
Imports `schemas/`, `providers/`, the values at the root, and of `lanes/` only its values. Start
at `tables.py`.
"""
