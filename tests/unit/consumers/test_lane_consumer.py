"""A worker on topics that grow: what the broker's client does not tell, it looks for itself."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import ConsumerRebalanceListener, TopicPartition

from consumers.intake.events import Received
from consumers.kafka.lane_consumer import LaneConsumer, NotCopartitioned
from consumers.kafka.membership import Membership
from schemas.topics import PROVIDER_PARTITIONS
from tests.unit.consumers.lanes.engine_harness import QBO, EngineHarness, family_of, virtually

FAMILY = family_of(QBO)
TOPICS = FAMILY.topics


class SilentConsumer:
    """A client that learns of a grown topic together with an assignment: it tells nobody.

    Kafka's client compares a topic's partitions with those of its last look; where both came
    with the assignment, there is no difference to be told of.
    """

    def __init__(self) -> None:
        self.partitions = dict.fromkeys(TOPICS, PROVIDER_PARTITIONS)
        self.given = {TopicPartition(t, n) for t in TOPICS for n in range(PROVIDER_PARTITIONS)}
        self._listener: Any = None
        self._coordinator = SimpleNamespace(_group_instance_id="w")

    def subscribe(self, topics: Sequence[str], *, listener: ConsumerRebalanceListener) -> None:
        self._listener = listener

    async def start(self) -> None:
        await self._listener.on_partitions_assigned(sorted(self.given))

    async def stop(self) -> None:
        self.given = set()

    def assignment(self) -> set[TopicPartition]:
        return self.given

    def partitions_for_topic(self, topic: str) -> set[int]:
        return set(range(self.partitions[topic]))

    async def getmany(self, **_: int) -> dict[TopicPartition, list[Any]]:
        await asyncio.sleep(0.2)
        return {}

    def pause(self, *_: TopicPartition) -> None:
        return

    def resume(self, *_: TopicPartition) -> None:
        return


def door(consumer: SilentConsumer) -> LaneConsumer:
    async def assigned(partitions: frozenset[int]) -> None:
        assert partitions == frozenset(range(PROVIDER_PARTITIONS))

    async def malformed(received: Received, why: str) -> None:
        raise AssertionError(why)

    membership = cast(Membership, SimpleNamespace(consumer=lambda: consumer))
    return LaneConsumer(
        membership, FAMILY, EngineHarness().engine, assigned=assigned, malformed=malformed
    )


@pytest.mark.accepts("GWY-11")
@virtually
async def test_a_worker_stops_when_a_topic_has_grown() -> None:
    consumer = SilentConsumer()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(refused(door(consumer)))
        await asyncio.sleep(5)
        assert not running.done(), "while its topics go together it works"
        consumer.partitions[TOPICS[1]] += 1
    assert f"{TOPICS[1]} has {PROVIDER_PARTITIONS + 1} partitions" in running.result()


async def refused(one: LaneConsumer) -> str:
    """Return what a consumer ends with, within a minute."""
    with pytest.raises(NotCopartitioned) as found:
        async with asyncio.timeout(60):
            await one.run(asyncio.Event())
    return str(found.value)
