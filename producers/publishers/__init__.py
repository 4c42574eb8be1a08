"""The publishers for Kafka, behind the protocol of `producers/publisher.py`.

Comes in: rows of an outbox. Goes out: a record for each, stored by all in-sync replicas. It may
import `producers.publisher`, `producers.errors`, the protocols of `producers.sources`,
`ledgerlane_outbox` and aiokafka. Start at `kafka.py`, which the relay uses; `transactional.py`
is its strict mode, `record_batches.py` the encoding.
"""
