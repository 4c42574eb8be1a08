"""What the lane engine does for every family of lanes, on virtual time."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Protocol

import pytest

from consumers.lanes.engine import Engine
from consumers.lanes.family import LaneFamily
from consumers.lanes.policy import LanePolicy
from consumers.lanes.work import LaneId, LaneSignal
from tests.virtual_time import run_virtually

PARTITION = frozenset({0})
LIMIT = 20


class LaneHarness(Protocol):
    """An engine of one family on virtual time; lanes and items are told by numbers."""

    engine: Engine
    family: LaneFamily

    @property
    def retried(self) -> list[tuple[str, LaneSignal]]:
        """The topic and the signal of each retry that was published."""

    def lane_id(self, lane: int) -> LaneId:
        """Return the id of a lane."""

    def store(self, lane: int, item: int) -> None:
        """Let the table have an item that needs work."""

    def send(self, lane: int, item: int) -> int:
        """Store an item and signal it; return the signal's offset."""

    def done_at(self, item: int) -> list[float]:
        """Return when the other side took an item, each time."""

    def called_at(self, lane: int) -> list[float]:
        """Return when calls of a lane began."""

    def set_broken(self, *lanes: int) -> None:
        """Let the calls of these lanes fail, and of no others."""

    def set_unauthorised(self, *lanes: int) -> None:
        """Let these lanes have no authorisation, and all others have theirs."""

    def has_open(self) -> bool:
        """Return whether the table has work, be it due or not."""


class LaneEngineContract(ABC):
    """Every family of lanes passes this."""

    @abstractmethod
    def make(self, policy: LanePolicy) -> LaneHarness:
        """Return a fresh engine; called on the loop of a virtual clock."""

    def _run(self, story: Callable[[LaneHarness], Awaitable[None]]) -> None:
        async def main() -> None:
            async with _running(self.make(LanePolicy(resident_limit=LIMIT))) as lanes:
                await story(lanes)

        run_virtually(main())

    def test_a_signal_is_worked_off_and_its_offset_may_be_committed(self) -> None:
        async def story(lanes: LaneHarness) -> None:
            offset = lanes.send(1, 1)
            await _settled(lanes)
            assert len(lanes.done_at(1)) == 1
            assert lanes.engine.committable() == {(lanes.family.work_topic, 0): offset + 1}

        self._run(story)

    def test_what_the_table_holds_is_worked_off_without_a_signal(self) -> None:
        async def story(lanes: LaneHarness) -> None:
            for item in range(3 * LIMIT):
                lanes.store(1, item)
            await _settled(lanes)
            assert all(len(lanes.done_at(item)) == 1 for item in range(3 * LIMIT))

        self._run(story)

    def test_a_burst_stays_within_the_resident_limit_and_is_worked_off(self) -> None:
        async def story(lanes: LaneHarness) -> None:
            for item in range(10 * LIMIT):
                lanes.send(1, item)
                assert lanes.engine.resident <= LIMIT
            await _settled(lanes)
            assert all(len(lanes.done_at(item)) == 1 for item in range(10 * LIMIT))

        self._run(story)

    def test_a_failed_try_comes_back_by_the_topic_of_its_delay_and_not_before(self) -> None:
        async def story(lanes: LaneHarness) -> None:
            first, second, *_ = lanes.family.retry_topics
            lanes.set_broken(1)
            lanes.send(1, 1)
            await asyncio.sleep(first.delay.total_seconds() * 1.5)
            lanes.set_broken()
            await _settled(lanes)
            assert [topic for topic, _ in lanes.retried] == [first.topic, second.topic]
            assert [signal.attempt for _, signal in lanes.retried] == [2, 3]
            began = lanes.called_at(1)
            least = [first.delay.total_seconds(), second.delay.total_seconds()]
            waits = [after - before for before, after in pairwise(began)]
            assert all(wait >= delay for wait, delay in zip(waits, least, strict=True))

        self._run(story)

    def test_a_lane_that_fails_is_left_alone_and_no_other_notices(self) -> None:
        async def story(lanes: LaneHarness) -> None:
            lanes.set_broken(1)
            for item in range(LIMIT):
                lanes.send(1, item)
                lanes.send(2, 100 + item)
            await asyncio.sleep(60)
            assert all(lanes.done_at(100 + item) for item in range(LIMIT))
            lane = lanes.engine.lane(lanes.lane_id(1))
            assert lane is not None
            assert lane.pace.probing
            assert len(lanes.called_at(1)) <= LIMIT

        self._run(story)

    def test_a_lane_without_authorisation_rests_until_it_has_it_again(self) -> None:
        async def story(lanes: LaneHarness) -> None:
            lanes.set_unauthorised(1)
            lanes.send(1, 1)
            lanes.send(2, 2)
            await asyncio.sleep(100)
            assert lanes.called_at(1) == []
            assert len(lanes.done_at(2)) == 1
            lanes.set_unauthorised()
            await _settled(lanes)
            assert len(lanes.done_at(1)) == 1

        self._run(story)

    def test_a_revoked_partition_is_left_and_worked_on_when_it_comes_back(self) -> None:
        async def story(lanes: LaneHarness) -> None:
            for item in range(3 * LIMIT):
                lanes.send(1, item)
            await asyncio.sleep(0.2)
            await lanes.engine.revoke(PARTITION)
            lanes.engine.forget(PARTITION)
            made = len(lanes.called_at(1))
            assert lanes.engine.resident == 0
            await asyncio.sleep(60)
            assert len(lanes.called_at(1)) == made < 3 * LIMIT
            await lanes.engine.assign(PARTITION)
            await _settled(lanes)
            assert all(len(lanes.done_at(item)) == 1 for item in range(3 * LIMIT))

        self._run(story)

    def test_a_revoke_that_is_cut_short_leaves_no_lane_that_never_goes_again(self) -> None:
        async def story(lanes: LaneHarness) -> None:
            for item in range(3 * LIMIT):
                lanes.send(1, item)
            await asyncio.sleep(0.05)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await lanes.engine.revoke(PARTITION)
            await lanes.engine.assign(PARTITION)
            await _settled(lanes)
            assert all(lanes.done_at(item) for item in range(3 * LIMIT))

        self._run(story)


@asynccontextmanager
async def _running(lanes: LaneHarness) -> AsyncIterator[LaneHarness]:
    await lanes.engine.assign(PARTITION)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(lanes.engine.run())
        yield lanes
        lanes.engine.stop()


async def _settled(lanes: LaneHarness) -> None:
    async with asyncio.timeout(24 * 3_600):
        while lanes.has_open() or lanes.engine.resident or _has_delayed(lanes):
            await asyncio.sleep(0.2)


def _has_delayed(lanes: LaneHarness) -> bool:
    return any(lanes.engine.delayed_of(topic, 0) for topic in lanes.family.topics)
