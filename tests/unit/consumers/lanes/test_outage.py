"""A realm in trouble, and a provider that is away for everybody, on virtual time."""

import asyncio
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from consumers.lanes.policy import LanePolicy
from providers.errors import Unavailable
from providers.quotas import Quota
from schemas.ids import ConnectionId
from tests.unit.consumers.lanes.engine_harness import (
    AWAY,
    EngineHarness,
    Weather,
    connection,
    keep_busy,
    now_s,
    record,
    running,
    virtually,
)

LANES = 200
# As many calls as the small realms of a busy gateway make: the lanes are not what limits.
ROOMY = Quota(per_minute=6_000, in_flight=10, per_second=100)


def calls_of(harness: EngineHarness, conn: ConnectionId, since: float) -> list[float]:
    return [at for at, who in harness.work.calls if who == conn and at >= since]


@pytest.mark.accepts("GWY-19")
@virtually
async def test_a_realm_in_trouble_is_only_probed_and_no_other_notices() -> None:
    harness = EngineHarness()
    weather = Weather(harness, connection(1))
    async with running(harness):
        await harness.warm(connection(1), connection(2))
        weather.away, began = True, now_s()
        for n in range(200):
            harness.send(connection(1), record(n))
            harness.send(connection(2), record(1_000 + n))
        await asyncio.sleep(120)
        probes = calls_of(harness, connection(1), began)
        assert len(probes) <= 10 + 7, "the calls in flight when it opened, then probes"
        assert sum(harness.work.failures.values()) <= len(probes)
        assert sum(record(1_000 + n) in harness.work.writes for n in range(200)) == 200
        assert calls_of(harness, connection(2), began)[199] - began < 30
        weather.away = False
        await harness.settled()
        assert len(harness.work.writes) == 402


@pytest.mark.accepts("GWY-19")
@virtually
async def test_the_offsets_of_a_realm_in_trouble_move_on_after_half_a_minute() -> None:
    harness = EngineHarness()
    weather = Weather(harness, connection(1))
    async with running(harness):
        await harness.warm(connection(1))
        weather.away = True
        for n in range(50):
            harness.send(connection(1), record(n))
        await asyncio.sleep(5)
        assert harness.committed is not None
        assert harness.committed < harness.offset
        await asyncio.sleep(45)
        assert harness.committed == harness.offset, "the table keeps what can't be done"
        weather.away = False
        await harness.settled()
        assert len(harness.work.writes) == 51


def rate(harness: EngineHarness, start: float, seconds: float) -> float:
    """Return the records written a second in a stretch."""
    at = harness.work.written_at.values()
    return sum(start <= one < start + seconds for one in at) / seconds


@pytest.mark.accepts("GWY-19")
@virtually
async def test_after_an_outage_200_lanes_are_at_nine_tenths_within_15_seconds() -> None:
    harness = EngineHarness(quota=ROOMY, policy=LanePolicy(max_tasks=128))
    weather = Weather(harness)
    numbers = iter(range(1_000_000))
    async with running(harness):
        await keep_busy(harness, numbers, lanes=LANES, per_s=300, for_s=20)
        before = rate(harness, now_s() - 10, 10)
        weather.away = True
        await keep_busy(harness, numbers, lanes=LANES, per_s=300, for_s=60)
        assert rate(harness, now_s() - 50, 50) == 0
        weather.away, back = False, now_s()
        await keep_busy(harness, numbers, lanes=LANES, per_s=300, for_s=30)
        assert before > 290
        assert rate(harness, back + 14, 1) >= 0.9 * before
        assert rate(harness, back, 15) * 15 > 0.9 * before * 9, "and most of it far sooner"
        await harness.settled()
    assert set(harness.work.writes) == {record(n) for n in range(next(numbers))}


@pytest.mark.accepts("GWY-19")
@virtually
async def test_while_calls_fail_repeats_are_a_fifth_of_them_and_fresh_work_goes_on() -> None:
    """A brown-out: half of all calls fail, so every second record comes back."""
    harness = EngineHarness(quota=ROOMY)
    coin = iter(range(10_000_000))
    harness.work.fault = lambda *_: Unavailable(AWAY) if next(coin) % 2 else None
    refused = refusals()
    async with running(harness):
        numbers = iter(range(1_000_000))
        await keep_busy(harness, numbers, lanes=LANES, per_s=20, for_s=300)
        calls = len(harness.work.calls)
        fresh = next(numbers)
        assert (calls - fresh) / calls < 0.27, "a fifth, and the one a second at the least"
        assert refusals() > refused
        harness.work.fault = lambda *_: None
        await harness.settled()
    assert len(harness.work.writes) + len(harness.work.dead) == fresh


def refusals() -> float:
    name = "ledgerlane_retry_budget_refusals_total"
    return REGISTRY.get_sample_value(name, {"provider": "qbo"}) or 0.0


@virtually
async def test_64_realms_with_an_open_breaker_are_not_noticed_by_the_others() -> None:
    harness = EngineHarness(quota=ROOMY)
    sick = [connection(n) for n in range(64)]
    weather = Weather(harness, *sick)
    async with running(harness):
        await harness.warm(*(connection(n) for n in range(LANES)))
        weather.away = True
        for n in range(LANES * 20):
            harness.send(connection(n % LANES), record(n))
        await asyncio.sleep(60)
        began = now_s()
        for n in range(LANES, LANES * 2):
            harness.send(connection(n % LANES), record(100_000 + n))
        await asyncio.sleep(5)
        healthy = [record(100_000 + n) for n in range(LANES, LANES * 2) if n % LANES >= 64]
        assert max(harness.work.written_at[one] for one in healthy) - began < 1.0


@pytest.mark.accepts("GWY-19", "GWY-15")
@virtually
async def test_a_retry_after_of_an_outage_is_obeyed() -> None:
    harness = EngineHarness()
    async with running(harness):
        await harness.warm(connection(1))
        harness.work.fault = lambda *_: Unavailable(AWAY, retry_after=timedelta(seconds=90))
        began = now_s()
        for n in range(30):
            harness.send(connection(1), record(n))
        await asyncio.sleep(85)
        assert max(calls_of(harness, connection(1), began)) - began < 2
        harness.work.fault = lambda *_: None
        await harness.settled()
