"""Where Kafka's client is: group membership, batches in, explicit offsets out, signals sent.

The only room of the consumers that imports aiokafka. It may import `lanes/`, `intake/` and the
values at the root, and decides nothing about a record. Start at `lane_consumer.py`;
`signal_producer.py` is the way out.
"""
