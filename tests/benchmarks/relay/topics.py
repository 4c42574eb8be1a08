"""What Kafka has of each contestant's events."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from confluent_kafka import Consumer, Message, TopicPartition as Position

PARTITIONS: Final = 12
_PAUSE_S: Final = 0.005
_NUMBER: Final = re.compile(rb'n\\?": ?(\d+)')
_PORTION: Final = 10_000

Ends = Mapping[int, int]
"""The next offset of each partition."""


async def create_topics(bootstrap: str, names: Sequence[str]) -> None:
    """Create topics for as long as the broker lives."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names])
    finally:
        await admin.close()


@dataclass(frozen=True, slots=True)
class Topic:
    """One contestant's topic, asked through a client that reads no records."""

    name: str
    client: AIOKafkaConsumer

    async def ends(self) -> dict[int, int]:
        """Return the next offset of each partition."""
        places = [TopicPartition(self.name, number) for number in range(PARTITIONS)]
        found: Mapping[Any, int] = await self.client.end_offsets(places)
        return {place.partition: offset for place, offset in found.items()}

    async def has(self, records: int, *, since: Ends, within_s: float) -> None:
        """Return once so many records are stored and acknowledged after ``since``.

        Raises:
            TimeoutError: they were not, in time.
        """
        wanted = sum(since.values()) + records
        async with asyncio.timeout(within_s):
            while sum((await self.ends()).values()) < wanted:
                await asyncio.sleep(_PAUSE_S)


def reader(bootstrap: str, topic: str, since: Ends) -> Consumer:
    """Return a client that reads from ``since`` on, and waits for no company of a record."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "bench",
            "enable.auto.commit": False,
            "fetch.min.bytes": 1,
        }
    )
    consumer.assign([Position(topic, number, offset) for number, offset in since.items()])
    return consumer


def event_number(record: bytes) -> int:
    """Return the number of the event that a record's value is, or has inside.

    Raises:
        ValueError: it has none.
    """
    found = _NUMBER.search(record)
    if found is None:
        raise ValueError(f"no event in a record: {record!r}")
    return int(found[1])


def number_of(message: Message) -> int:
    """Return the number of the event that was read.

    Raises:
        ValueError: it is none, or the client reports an error in place of a record.
    """
    if message.error() is not None:
        raise ValueError(f"no record was read: {message.error()}")
    return event_number(message.value() or b"")


def check_whole(bootstrap: str, topic: str, since: Ends, events: int) -> None:
    """Read all records after ``since`` and see that they are the events from 1 on, each once.

    Raises:
        ValueError: some are missing, come twice, or are others.
    """
    consumer = reader(bootstrap, topic, since)
    seen: list[int] = []
    while len(seen) < events:
        portion = consumer.consume(_PORTION, timeout=10)
        if not portion:
            break
        seen += map(number_of, portion)
    consumer.close()
    if sorted(seen) != list(range(1, events + 1)):
        raise ValueError(
            f"{topic}: {events} events became {len(seen)} records, "
            f"{len(set(seen))} of them different"
        )
