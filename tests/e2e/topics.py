"""What is on the broker, read from the beginning, and what nobody should have put there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Record:
    """A record, wherever it is."""

    topic: str
    partition: int
    offset: int
    key: bytes
    headers: Headers
    value: bytes

    @property
    def place(self) -> tuple[str, str, str]:
        """Where it is, as headers name it."""
        return self.topic, str(self.partition), str(self.offset)

    def header(self, name: str) -> str:
        """Return a header's text; empty where there is none."""
        return next((value.decode() for key, value in self.headers if key == name), "")


async def records(bootstrap: str, *topics: str) -> list[Record]:
    """Read every record that some topics hold now."""
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        await consumer._client.force_metadata_update()
        parts = [
            TopicPartition(topic, partition)
            for topic in topics
            for partition in consumer.partitions_for_topic(topic) or ()
        ]
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        ends = await consumer.end_offsets(parts)
        found: list[Record] = []
        while any([await consumer.position(part) < ends[part] for part in parts]):
            batches = await consumer.getmany(timeout_ms=200)
            found += [_record(one) for batch in batches.values() for one in batch]
    return found


def _record(one: Any) -> Record:
    return Record(
        one.topic, one.partition, one.offset, one.key or b"", one.headers, one.value or b""
    )


async def put(
    bootstrap: str,
    topic: str,
    *messages: tuple[Headers, bytes],
    partition: int | None = None,
) -> list[Any]:
    """Put records on a topic, over all its partitions or on one; gives each one's place."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        sent = [
            await producer.send(topic, value, headers=list(headers), partition=partition)
            for headers, value in messages
        ]
        return [await one for one in sent]
