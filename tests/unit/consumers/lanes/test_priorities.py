"""Who goes first within a lane, on virtual time."""

import asyncio

import pytest

from providers.quotas import Quota
from schemas.signal import Priority
from tests.unit.consumers.lanes.engine_harness import (
    EngineHarness,
    connection,
    now_s,
    record,
    running,
    virtually,
)

QBO = Quota(per_minute=500, per_second=10, in_flight=10)
XERO = Quota(per_minute=60, in_flight=5)
IMPORTS = 20_000


def import_all(harness: EngineHarness) -> None:
    for n in range(IMPORTS):
        harness.send(connection(1), record(n), priority=Priority.IMPORT)


async def waited(harness: EngineHarness, number: int, priority: Priority) -> float:
    """Return how long a record of this priority waits for its turn."""
    began = now_s()
    harness.send(connection(1), record(number), priority=priority)
    while record(number) not in harness.work.written_at:
        await asyncio.sleep(0.01)
    return harness.work.written_at[record(number)] - began


@virtually
async def test_a_person_overtakes_20000_spilled_imports_by_the_next_call() -> None:
    async with running(EngineHarness(quota=QBO)) as harness:
        import_all(harness)
        await asyncio.sleep(3)
        for n in range(20):
            assert await waited(harness, IMPORTS + n, Priority.PERSON) < 1.2
            await asyncio.sleep(0.3)
        assert harness.engine.resident <= 101


@virtually
async def test_a_person_waits_for_the_next_place_in_the_minute_and_no_longer() -> None:
    async with running(EngineHarness(quota=XERO)) as harness:
        import_all(harness)
        await asyncio.sleep(100)
        assert await waited(harness, IMPORTS, Priority.PERSON) < 60


@virtually
async def test_a_person_who_comes_while_a_page_is_read_is_not_behind_it() -> None:
    async with running(EngineHarness(quota=QBO)) as harness:
        import_all(harness)
        assert await waited(harness, IMPORTS, Priority.PERSON) < 1.2


@pytest.mark.parametrize("urgent", [Priority.PERSON, Priority.PUSH, Priority.NOTICE])
def test_what_a_lane_drains_keeps_its_order(urgent: Priority) -> None:
    @virtually
    async def test() -> None:
        harness = EngineHarness(quota=QBO)
        harness.work.key_of[connection(1)] = "k"
        for n in range(400):
            harness.work.announce(connection(1), record(n), 1)
            harness.work.priority_of[record(n)] = urgent if n % 4 == 0 else Priority.SCHEDULE
        async with running(harness):
            await harness.settled()
        first = sorted(harness.work.written_at, key=lambda r: harness.work.written_at[r])[:100]
        assert all(harness.work.priority_of[one] is urgent for one in first)

    test()


@virtually
async def test_imports_take_what_pushes_leave_of_the_quota() -> None:
    """Strictly behind them, but pushes below the quota come to an end between each other."""
    async with running(EngineHarness(quota=QBO)) as harness:
        for n in range(2_000):
            harness.send(connection(1), record(n), priority=Priority.IMPORT)
        for n in range(600):
            harness.send(connection(1), record(50_000 + n), priority=Priority.PUSH)
            await asyncio.sleep(0.2)
        pushed = [harness.work.written_at.get(record(50_000 + n)) for n in range(600)]
        imported = sum(record(n) in harness.work.writes for n in range(2_000))
        assert sum(at is not None for at in pushed) >= 580
        assert imported + 600 >= 2 * 500 * 0.95
        await harness.settled()
