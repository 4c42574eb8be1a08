"""Topics of a test's own, and what is in them."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.contracts.publisher import Stored
from tests.eventually import eventually

PARTITIONS = 6


@asynccontextmanager
async def new_topic(bootstrap: str, *, partitions: int = PARTITIONS) -> AsyncIterator[str]:
    """A topic with a random name, deleted afterwards."""
    name = f"test-{uuid.uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1)])

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
    """Everything that is in the topic now."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        places = [TopicPartition(topic, number) for number in range(partitions)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        found = []
        for place in places:
            consumer.assign([place])
            consumer.seek(place, 0)
            while await consumer.position(place) < ends[place]:
                for record in (await consumer.getmany(timeout_ms=1000)).get(place, []):
                    headers = {name: value.decode() for name, value in record.headers}
                    found.append(
                        Stored(record.partition, record.key.decode(), headers, record.value)
                    )
        return found
    finally:
        await consumer.stop()
