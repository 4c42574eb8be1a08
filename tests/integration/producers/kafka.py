"""Topics of a test's own, and what is in them."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, TopicPartition

from tests.contracts.publisher import Stored
from tests.eventually import eventually

PARTITIONS = 6


@asynccontextmanager
async def new_topic(
    bootstrap: str, *, partitions: int = PARTITIONS, compacted: bool = False, name: str = ""
) -> AsyncIterator[str]:
    """A new topic, by default with a random name, deleted afterwards."""
    name = name or f"test-{uuid.uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        configs = {"cleanup.policy": "compact" if compacted else "delete"}
        await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=configs)])

        async def is_there() -> bool:
            (topic,) = await admin.describe_topics([name])
            leaders = [partition["leader"] for partition in topic["partitions"]]
            return len(leaders) == partitions and min(leaders) >= 0

        await eventually(is_there)
        yield name
        await admin.delete_topics([name])
    finally:
        await admin.close()


async def read_topic(
    bootstrap: str, topic: str, *, partitions: int = PARTITIONS
) -> list[Stored]:
    """Everything committed that is in the topic now, in order within each partition."""
    return await asyncio.to_thread(_read_topic, bootstrap, topic, partitions)


def _read_topic(bootstrap: str, topic: str, partitions: int) -> list[Stored]:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": topic,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": 20,
        }
    )
    consumer.assign([TopicPartition(topic, n, OFFSET_BEGINNING) for n in range(partitions)])
    found: list[Stored] = []
    try:
        unread = set(range(partitions))
        while unread:
            for message in consumer.consume(10_000, timeout=0.1):
                error = message.error()
                if error is None:
                    found.append(stored_message(message))
                elif error.code() == KafkaError._PARTITION_EOF:
                    unread.discard(message.partition() or 0)
        return found
    finally:
        consumer.close()


def stored_message(message: Message) -> Stored:
    """What a message of librdkafka's says."""
    headers = {name: value.decode() for name, value in _headers(message)}
    key, payload = message.key() or b"", message.value() or b""
    at_s = message.timestamp()[1] / 1000
    return Stored(message.partition() or 0, key.decode(), headers, payload, at_s)


def _headers(message: Message) -> list[tuple[str, bytes]]:
    return cast("list[tuple[str, bytes]]", message.headers() or [])
