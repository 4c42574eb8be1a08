"""Reads the last committed value of a key from a compacted topic."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from producers.errors import BrokerUnavailable

_RECORDS: Final = 10_000
_POLL_MS: Final = 200


async def last_committed(
    bootstrap_servers: str, topic: str, key: str, *, timeout_s: float
) -> bytes | None:
    """Return the newest value of a key in the only partition of a topic; None if there is none.

    Transactions that were open when it began are waited for.

    Raises:
        BrokerUnavailable: Kafka is away, or such a transaction did not end in time.
    """
    try:
        async with asyncio.timeout(timeout_s):
            return await _last_committed(bootstrap_servers, TopicPartition(topic, 0), key)
    except TimeoutError as exc:
        raise BrokerUnavailable(f"{topic} was not read to its end in {timeout_s:g} s") from exc
    except KafkaError as exc:
        raise BrokerUnavailable(f"{type(exc).__name__}: {exc}") from exc


async def _last_committed(
    bootstrap_servers: str, partition: TopicPartition, key: str
) -> bytes | None:
    # The end is that of all records, committed or not: an open transaction of another relay may
    # stand before the value that is asked for, and reading passes it only once it has ended.
    async with _consumer(bootstrap_servers, "read_uncommitted") as consumer:
        end: int = (await consumer.end_offsets([partition]))[partition]
    newest: bytes | None = None
    async with _consumer(bootstrap_servers, "read_committed") as consumer:
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        while await consumer.position(partition) < end:
            found = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_RECORDS)
            for record in found.get(partition, ()):
                if record.key == key.encode():
                    newest = record.value
    return newest


@asynccontextmanager
async def _consumer(bootstrap_servers: str, isolation: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        isolation_level=isolation,
        enable_auto_commit=False,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()
