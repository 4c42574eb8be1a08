"""The revisions, each named by its number and what it brings.

In: the schema of the revision before. Out: that of this one, or, downwards, the one before.
A revision imports Alembic, SQLAlchemy and, for the outbox, `ledgerlane_outbox`; never
the tables of the code, which go on changing. Start at the newest.
"""
