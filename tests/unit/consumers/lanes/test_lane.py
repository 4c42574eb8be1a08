"""One lane by itself: what it admits and leaves to the table, and when it is tried again."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from consumers.lanes.lane import Lane
from consumers.lanes.policy import LanePolicy
from consumers.lanes.ports import TryResult
from consumers.lanes.work import Work
from schemas.signal import Priority
from tests.fakes.lane_work import MemoryLaneWork
from tests.unit.consumers.lanes.engine_harness import (
    EngineHarness,
    connection,
    now_s,
    record,
    running,
    virtually,
)
from tests.unit.consumers.lanes.test_scheduler import Round


def item(n: int, priority: Priority = Priority.PUSH) -> Work:
    return Work(UUID(int=n), "customer", priority)


async def opened(limit: int = 10) -> Lane:
    """Return a lane that knows that the table has no work of it."""
    engine = EngineHarness(policy=LanePolicy(resident_limit=limit)).engine
    lane = engine._make_lane(connection(1), 0)
    lane.open()
    lane.begin_page(0)
    lane.take_page([], table_has_more=False)
    return lane


@virtually
async def test_what_comes_while_the_table_has_work_does_not_overtake_it() -> None:
    lane = await opened()
    assert lane.admit(item(1)) == [], "nothing is before it"
    lane.note_table_work(Priority.PUSH)
    late = item(2)
    assert lane.admit(late) == [late], "it may be behind something in the table"
    assert lane.admit(item(3, Priority.PERSON)) == [], "nothing there is as urgent"


@virtually
async def test_a_lane_leaves_what_it_can_not_hold_to_the_table() -> None:
    lane = await opened(limit=3)
    left = [work for n in range(5) for work in lane.admit(item(n))]
    assert len(lane.resident_ids) == 3
    assert [work.item_id.int for work in left] == [3, 4]
    assert lane.table_has_work


@virtually
async def test_a_lane_of_repeats_takes_them_although_their_budget_is_used_up() -> None:
    lane = await opened()
    repeat, fresh = Work(UUID(int=1), "customer", Priority.PUSH, repeat=True), item(2)
    for work in (repeat, fresh):
        assert lane.admit(work) == []
    assert lane.take(lambda _: 10, repeats=False) == [fresh], "a repeat waits behind other work"
    assert lane.take(lambda _: 10, repeats=False) == [repeat]


@virtually
async def test_a_signal_during_a_try_leads_to_another_try_at_once() -> None:
    harness = EngineHarness(policy=LanePolicy(sweep_s=36_000))
    async with running(harness):
        await harness.warm(connection(1))
        harness.send(connection(1), record(1))
        await asyncio.sleep(0.1)
        began = now_s()
        harness.send(connection(1), record(1), 2)
        await harness.settled()
    assert harness.work.agreed[record(1)] == 2
    assert now_s() - began < 60, "not by a look at the table"


class CountedTries(MemoryLaneWork):
    """Work that counts its tries, also those that come to no call."""

    tries = 0

    async def handle(self, lane: Lane, works: Sequence[Work]) -> Sequence[TryResult]:
        self.tries += 1
        return await super().handle(lane, works)


@virtually
async def test_a_lane_without_consent_is_not_tried_again_and_again() -> None:
    work = CountedTries()
    harness = EngineHarness(work=work)
    async with running(harness):
        await harness.warm(connection(1))
        work.unauthorised = {connection(1)}
        tries = work.tries
        for n in range(150):
            harness.send(connection(1), record(n))
        await asyncio.sleep(100)
        most_at_once = 10
        assert work.tries - tries <= most_at_once
        work.unauthorised = set()
        await harness.settled()


async def test_calls_that_a_try_made_beyond_its_turn_cost_its_lane_turns() -> None:
    """One lane's try looks three documents up before it writes; the other's only writes."""
    lanes = Round(2)
    lanes.make_old(0)
    lanes.make_old(1)
    pace = lanes.lanes[0].pace
    for _ in range(3):
        await pace.enter()
        pace.leave()
    assert Counter(lanes.served(9)) == {0: 3, 1: 6}
