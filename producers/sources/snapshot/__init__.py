"""The source that reads the outbox's table by the difference of two snapshots.

Comes in: an SQLAlchemy URL and a shard. Goes out: the rows that are visible now and were not
before, in the order of their numbers. Start at `source.py`; `shard_cursors.py` takes the lease
and finds the place to resume, `wakeup.py` decides when to poll, `relay_membership.py` shows who
else relays. It may import `producers.sources`, `producers.errors`,
`producers.outbox_version` and `ledgerlane_outbox`.
"""
