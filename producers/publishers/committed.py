"""Reads the last committed value of a key from a compacted topic."""

import time
from typing import Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, TopicPartition

from producers.errors import BrokerUnavailable

_RECORDS: Final = 10_000
_POLL_S: Final = 0.2


def last_committed(
    bootstrap_servers: str, topic: str, key: str, *, timeout_s: float
) -> bytes | None:
    """Return the newest value of a key in the only partition of a topic; None if there is none.

    It blocks. Transactions that were open when it began are waited for.

    Raises:
        BrokerUnavailable: Kafka is away, or such a transaction did not end in time.
    """
    # The end is that of all records, committed or not: an open transaction may hold the value
    # that is asked for, and reading committed records passes it only once it has ended.
    partition = TopicPartition(topic, 0, OFFSET_BEGINNING)
    deadline = time.monotonic() + timeout_s
    end = _end(bootstrap_servers, partition, timeout_s=timeout_s)
    consumer = _consumer(bootstrap_servers, "read_committed")
    newest: bytes | None = None
    try:
        consumer.assign([partition])
        reached = 0
        while reached < end:
            if time.monotonic() > deadline:
                raise BrokerUnavailable(f"{topic} could not be read to its end, {end}")
            for message in consumer.consume(_RECORDS, timeout=_POLL_S):
                if _is_record(message) and message.key() == key.encode():
                    newest = message.value()
                reached = _behind(message)
    finally:
        consumer.close()
    return newest


def _end(bootstrap_servers: str, partition: TopicPartition, *, timeout_s: float) -> int:
    """Return the offset behind the last record, committed or not."""
    consumer = _consumer(bootstrap_servers, "read_uncommitted")
    try:
        _, end = consumer.get_watermark_offsets(partition, timeout=timeout_s)
    finally:
        consumer.close()
    return end


def _consumer(bootstrap_servers: str, isolation: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": "ledgerlane-relay",  # required, though no offset is committed
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": isolation,
        }
    )


def _is_record(message: Message) -> bool:
    error = message.error()
    if error is not None and error.code() != KafkaError._PARTITION_EOF:
        raise BrokerUnavailable(error.str())
    return error is None


def _behind(message: Message) -> int:
    """Return the next offset behind a record, or the offset of an end of partition."""
    return (message.offset() or 0) + (message.error() is None)
