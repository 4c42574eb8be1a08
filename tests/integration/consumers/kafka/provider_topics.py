"""Topics of a provider that only one test uses, and what sends to them."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from consumers.kafka.signal_producer import SignalPublisher
from consumers.sync.realm_lanes import realm_lanes
from providers.qbo.provider import QBO
from schemas.ids import ProviderName
from schemas.topics import PROVIDER_PARTITIONS
from tests.eventually import eventually


def lane_topics(provider: ProviderName) -> tuple[str, ...]:
    """Return the topics that one worker of a provider with this name would consume."""
    return realm_lanes(replace(QBO, name=provider)).topics


@asynccontextmanager
async def topics_of_a_provider(bootstrap: str) -> AsyncIterator[ProviderName]:
    """The lane topics of a provider with a random name, deleted afterwards."""
    provider = ProviderName(f"p{uuid.uuid4().hex}")
    names = lane_topics(provider)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, PROVIDER_PARTITIONS, 1) for name in names])

        async def are_there() -> bool:
            found = await admin.describe_topics(list(names))
            return all(len(topic["partitions"]) == PROVIDER_PARTITIONS for topic in found)

        await eventually(are_there)
        yield provider
        await admin.delete_topics(list(names))
    finally:
        await admin.close()


@asynccontextmanager
async def publishing(bootstrap: str) -> AsyncIterator[SignalPublisher]:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=2)
    await producer.start()
    try:
        yield SignalPublisher(producer)
    finally:
        await producer.stop()
