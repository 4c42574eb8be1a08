"""On which partitions signals are put."""

import asyncio
from collections.abc import Awaitable
from typing import Any, cast
from uuid import UUID

from consumers.kafka.signal_producer import RetryTopics, SignalPublisher, partition_of
from tests.unit.consumers.lanes.toy_family import (
    HOOKS,
    DeliveryId,
    DeliverySignal,
    SubscriptionId,
)


class KeptBatch:
    """A batch without a limit."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def append(self, *, key: bytes, value: bytes, timestamp: int | None) -> bool:
        self.keys.append(key.decode())
        return True


class KeptBatches:
    """What a publisher needs of aiokafka's producer, in memory."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, int, list[str]]] = []

    def create_batch(self) -> KeptBatch:
        return KeptBatch()

    async def send_batch(
        self, batch: KeptBatch, topic: str, *, partition: int
    ) -> Awaitable[None]:
        self.sent.append((topic, partition, batch.keys))
        acknowledged = asyncio.get_running_loop().create_future()
        acknowledged.set_result(None)
        return acknowledged


async def test_a_family_s_retries_are_put_on_the_partitions_that_its_topics_have() -> None:
    producer = KeptBatches()
    retries = RetryTopics(HOOKS, SignalPublisher(cast(Any, producer)))
    signals = [
        DeliverySignal(SubscriptionId(UUID(int=n)), DeliveryId(UUID(int=n)), attempt=2)
        for n in range(20)
    ]
    await retries.publish(signals)
    placed = {key: partition for _, partition, keys in producer.sent for key in keys}
    assert placed == {one.key: partition_of(one.key, HOOKS.partitions) for one in signals}
    assert set(placed.values()) == {0, 1, 2}
