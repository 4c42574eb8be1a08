"""Alembic migrations of the gateway's own database.

In: a connection that `gateway/database/migrate.py` opened. Out: the tables of a revision.
Imports the metadata of the folders that own tables. Start at `metadata.py`, then `versions/`.
"""
