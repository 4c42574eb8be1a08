"""Where Kafka's client is: group membership, batches in, explicit offsets out, signals sent.

The only room of the consumers that imports aiokafka. It feeds `lanes/` and `intake/`, and
decides nothing about a record. Start at `lane_consumer.py`; `signal_producer.py` is the way
out.
"""
