"""Kafka passes the contract that the simulation's log and consumer group pass."""

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest_asyncio

from consumers.kafka.membership import Membership
from consumers.kafka.signal_producer import SignalPublisher
from schemas.signal import Signal
from tests.contracts.consumer_group import ConsumerGroupContract
from tests.integration.consumers.kafka.provider_topics import (
    lane_topics,
    publishing,
    topics_of_a_provider,
)


@dataclass
class KafkaPlace:
    topics: Sequence[str]
    membership: Membership
    publisher: SignalPublisher

    def consumer(self) -> Any:
        return self.membership.consumer()

    async def send(self, signals: Sequence[Signal]) -> None:
        await self.publisher.send([(self.topics[0], one) for one in signals])


class TestKafkaGroup(ConsumerGroupContract):
    @pytest_asyncio.fixture
    async def place(self, kafka_bootstrap: str) -> AsyncIterator[KafkaPlace]:
        async with (
            topics_of_a_provider(kafka_bootstrap) as provider,
            publishing(kafka_bootstrap) as publisher,
        ):
            membership = Membership(kafka_bootstrap, f"g{uuid.uuid4().hex}")
            yield KafkaPlace(lane_topics(provider)[:2], membership, publisher)
