"""Maintenance of outboxes: retention, parked rows, replays, and diagnostics.

Comes in: the address of a source's database. Goes out: truncated slots, decisions on parked
rows, events published again, and diagnoses with remedies. Each task has a short connection of
its own, so that it never delays the relay. It may import `ledgerlane_outbox`,
`producers.errors`, `producers.metrics`, `producers.outbox_version` and
`producers.sources.postgres`. Start at `session.py`,
then `retention.py` and `diagnostics.py`.
"""
