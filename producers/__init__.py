"""The relay: moves the rows of outbox tables to Kafka.

Comes in: committed rows of PostgreSQL outboxes, by a source. Goes out: records on Kafka, by a
publisher, and a cursor in the database that says how far. It may import `schemas` and
`ledgerlane_outbox`, and nothing of `consumers`, `providers` or `gateway`. Start at `relay.py`;
`sources/`, `publishers/` and `maintenance/` each say where they begin.
"""
