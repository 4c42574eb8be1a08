"""The sources that the relay reads from.

Comes in: the address of a database with an outbox. Goes out: batches of committed rows, each
row once in a session, and a lease that only one relay has. Start at `source.py`, the protocols;
`snapshot/` reads the outbox's table, `wal/` the write-ahead log, `strict.py` adds a cursor kept
in Kafka. It may import `ledgerlane_outbox`, `producers.errors`, `producers.lease` and
`producers.outbox_version`, nothing of the publishers.
"""
