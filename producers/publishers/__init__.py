"""The publishers for Kafka, behind the protocol of `publisher.py`.

Comes in: rows of an outbox. Goes out: a record for each, stored by all in-sync replicas. Start
at `confluent.py`, which the relay uses; `transactional.py` is its strict mode; and
`aiokafka.py` does without a C library.
"""
