"""The consumers' tables, and every statement on them: one file for each table.

Each function takes an open connection and commits nothing. `protocols.py` says what push,
settlement and intake need of the store, `postgres.py` is that store; an in-memory one for
the simulation passes the same contract. Start at `tables.py`. Imports the values at the
root, and no other room.
"""
