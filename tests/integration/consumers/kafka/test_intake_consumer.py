"""Intake on a real broker: what it has not handled, the next one handles."""

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from consumers.intake.events import Reading, Received, Refused
from consumers.intake.platform_events import Intake
from consumers.kafka.intake_consumer import IntakeConsumer
from consumers.kafka.membership import Membership
from consumers.kafka.signal_producer import SignalPublisher
from consumers.lanes.work import LaneSignal
from gateway.runtime.broker import apply_topics
from gateway.runtime.lifecycle import running_beside
from providers.registry import PROVIDERS
from schemas.reasons import MALFORMED_EVENT
from schemas.signal import Signal
from schemas.topics import PLATFORM_EVENTS, PROVIDER_PARTITIONS, catalogue
from tests.eventually import eventually


class SentNowhere(SignalPublisher):
    """Signals that nobody waits for."""

    def __init__(self) -> None:
        super().__init__(cast(Any, None))

    async def send(
        self,
        signals: Sequence[tuple[str, LaneSignal]],
        *,
        partitions: int = PROVIDER_PARTITIONS,
    ) -> None:
        assert not signals


class HeardIntake(Intake):
    """An intake that tells what it was given; it may be unable to store anything."""

    def __init__(self, *, database_away: bool) -> None:
        self.heard: list[bytes] = []
        self._database_away = database_away

    async def read(self, batch: Sequence[Received]) -> list[Reading]:
        return [
            Reading(received, Refused(MALFORMED_EVENT.reason(why="a test")))
            for received in batch
        ]

    async def store(self, batch: Sequence[Reading]) -> list[tuple[str, Signal]]:
        self.heard += [one.received.value for one in batch]
        if self._database_away:
            raise ConnectionRefusedError("the database is away")
        return []


async def put(bootstrap: str, value: bytes) -> None:
    """Put one event on the topic of all platforms, which other tests may use as well."""
    wanted = [one for one in catalogue(tuple(PROVIDERS)) if one.name == PLATFORM_EVENTS]
    await apply_topics(bootstrap, wanted)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(PLATFORM_EVENTS, value)
    finally:
        await producer.stop()


async def committed(bootstrap: str, group: str) -> bool:
    """Return whether the group has committed anything of the topic."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group)
    await consumer.start()
    try:
        partitions = await consumer._client.fetch_all_metadata()
        numbers = partitions.partitions_for_topic(PLATFORM_EVENTS)
        found = [await consumer.committed(TopicPartition(PLATFORM_EVENTS, n)) for n in numbers]
        return any(offset is not None for offset in found)
    finally:
        await consumer.stop()


async def run_until_heard(
    bootstrap: str, group: str, intake: HeardIntake, value: bytes
) -> None:
    """Run an intake until it was given the event, and end it in good order."""
    stop = asyncio.Event()
    consumer = IntakeConsumer(
        Membership(bootstrap, group), intake, SentNowhere(), crash_point=lambda _: None
    )

    async def heard() -> bool:
        return value in intake.heard

    async with running_beside(consumer.run(stop), end=stop.set):
        await eventually(heard)


@pytest.mark.accepts("RUN-02")
async def test_a_batch_that_was_not_handled_is_handled_by_the_next_intake(
    kafka_bootstrap: str,
) -> None:
    value, group = uuid.uuid4().bytes, f"intake-{uuid.uuid4().hex}"
    await put(kafka_bootstrap, value)
    first, second = HeardIntake(database_away=True), HeardIntake(database_away=False)
    await run_until_heard(kafka_bootstrap, group, first, value)
    assert not await committed(kafka_bootstrap, group), "nothing of it was stored"
    await run_until_heard(kafka_bootstrap, group, second, value)

    async def behind_it() -> bool:
        return await committed(kafka_bootstrap, group)

    await eventually(behind_it)
    third = HeardIntake(database_away=False)
    await put(kafka_bootstrap, b"last")
    await run_until_heard(kafka_bootstrap, group, third, b"last")
    assert value not in third.heard, "what was handled is not given again"
