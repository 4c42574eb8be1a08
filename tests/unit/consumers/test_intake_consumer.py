"""Intake's consumer: it reads one batch ahead, and stores none before the one before it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from aiokafka import TopicPartition

from consumers.intake.events import Reading, Received, Refused
from consumers.intake.platform_events import Intake
from consumers.kafka.intake_consumer import IntakeConsumer
from consumers.kafka.membership import Membership
from schemas.reasons import MALFORMED_EVENT
from schemas.signal import Signal
from schemas.topics import PLATFORM_EVENTS
from tests.unit.consumers.lanes.engine_harness import virtually

PLACE = TopicPartition(PLATFORM_EVENTS, 0)


@dataclass
class Course:
    """Two batches of one event, and what becomes of them; it stops once both are committed."""

    steps: list[str] = field(default_factory=list)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    read: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the second batch was read."""

    async def __aenter__(self) -> "Course":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.steps.append("left")

    def subscribe(self, topics: Sequence[str]) -> None:
        self._offsets = iter((0, 1))

    async def getmany(self, **_: int) -> dict[TopicPartition, list[Any]]:
        offset = next(self._offsets, None)
        if offset is None:
            await asyncio.sleep(0.2)
            return {}
        event = SimpleNamespace(
            topic=PLACE.topic, partition=0, offset=offset, headers=(), value=b""
        )
        return {PLACE: [event]}

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        self.steps.append(f"committed up to {offsets[PLACE]}")
        if offsets[PLACE] == 2:
            self.stop.set()

    async def send(self, signals: Sequence[tuple[str, Signal]]) -> None:
        assert not signals


class SlowIntake(Intake):
    """An intake that stores nothing before the batch behind it was read."""

    def __init__(self, course: Course) -> None:
        self._course = course

    async def read(self, batch: Sequence[Received]) -> list[Reading]:
        for one in batch:
            self._course.steps.append(f"read {one.position.offset}")
            if one.position.offset == 1:
                self._course.read.set()
        reason = MALFORMED_EVENT.reason(why="it is empty")
        return [Reading(one, Refused(reason)) for one in batch]

    async def store(self, batch: Sequence[Reading]) -> list[tuple[str, Signal]]:
        await self._course.read.wait()
        self._course.steps += [f"stored {one.received.position.offset}" for one in batch]
        return []


class HelplessIntake(SlowIntake):
    """An intake whose database is away; it is told to stop when it notices."""

    async def store(self, batch: Sequence[Reading]) -> list[tuple[str, Signal]]:
        await super().store(batch)
        self._course.stop.set()
        raise ConnectionRefusedError("the database is away")


async def run(course: Course, intake: Intake) -> None:
    membership = cast(Membership, SimpleNamespace(consumer=lambda: course))
    door = IntakeConsumer(membership, intake, cast(Any, course), crash_point=lambda _: None)
    async with asyncio.timeout(60):
        await door.run(course.stop)


@virtually
async def test_a_batch_is_read_while_the_one_before_is_stored() -> None:
    course = Course()
    await run(course, SlowIntake(course))
    assert course.steps == [
        *("read 0", "read 1"),
        *("stored 0", "committed up to 1"),
        *("stored 1", "committed up to 2"),
        "left",
    ]


@virtually
async def test_a_batch_that_was_read_ahead_is_left_alone_where_the_one_before_fails() -> None:
    course = Course()
    await run(course, HelplessIntake(course))
    assert course.steps == ["read 0", "read 1", "stored 0", "left"]
