"""Realms beside a large one, on virtual time: nobody waits for it, and it gets its own.

The traffic and the provider, which refuses what exceeds a quota, are those of the benchmark.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Final

import pytest

from consumers.lanes.policy import LanePolicy
from providers.quotas import Quota
from tests.benchmarks.figures import percentile
from tests.benchmarks.lanes.breakers import OPENING, troubled
from tests.benchmarks.lanes.fairness import FILLED, Case, observe as watch
from tests.benchmarks.lanes.world import (
    Arrival,
    Neighbours,
    World,
    burst,
    in_groups,
    in_world,
    jain,
    shares,
    waits,
)
from tests.unit.consumers.lanes.engine_harness import (
    QBO,
    EngineHarness,
    connection,
    now_s,
    record,
    running,
    virtually,
)

LARGE: Final = connection(0)
TIMES: Final = 100
SEED: Final = 7
CALL_S: Final = 0.15
NEVER_WORSE_MS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Traffic:
    """Small realms that send up to ``most`` documents a minute or so, for some minutes."""

    small: int
    most: int
    minutes: int

    @property
    def until_s(self) -> float:
        return self.minutes * 60.0

    def arrivals(self) -> list[Arrival]:
        realms = [connection(1 + n) for n in range(self.small)]
        return in_groups(realms, until_s=self.until_s, every_s=60, most=self.most, seed=SEED)

    def large(self) -> list[Arrival]:
        """Return a hundred times what a small realm sends, each document a new one."""
        per_s = TIMES * (1 + self.most) / 2 / 60
        sent = int(per_s * self.until_s)
        return burst(LARGE, at=0, signals=sent, records=sent, per_s=per_s, seed=SEED)


@dataclass(frozen=True, slots=True)
class Seen:
    """How it went.

    Attributes:
        p99_ms: How long the small realms' documents waited for their call.
        most_at_once: How many calls ran at once.
    """

    p99_ms: float
    jain: float
    large_calls: int
    most_at_once: int
    refused: int


def observe(traffic: Traffic, *, slots: int, large: Sequence[Arrival] = ()) -> Seen:
    """Let the traffic come, with or without the large realm's."""
    small = traffic.arrivals()

    async def story(world: World) -> Seen:
        await world.feed(sorted([*small, *large]))
        await world.until_time(traffic.until_s)
        served, calls = world.first_calls(), world.calls_of(LARGE)
        await world.until_agreed(small)
        waited = [one * 1000 for one in waits(small, world.first_calls())]
        return Seen(
            max(percentile(waited, 99), NEVER_WORSE_MS),
            jain(shares(small, served)),
            len(calls),
            _most_at_once([at for at, _, _ in world.provider.calls]),
            world.provider.refused,
        )

    return in_world(LanePolicy(max_tasks=slots), Neighbours(large), story)


def _most_at_once(began: Sequence[float]) -> int:
    """Return the most calls in any stretch that is as long as a call, its end left out."""
    most, first = 0, 0
    for n, at in enumerate(began):
        while began[first] <= at - CALL_S + 1e-9:
            first += 1
        most = max(most, n + 1 - first)
    return most


def test_199_small_realms_do_not_notice_one_at_100_times_their_load() -> None:
    """It asks for 800 calls a minute, and may have 500."""
    traffic = Traffic(small=199, most=15, minutes=5)
    slots = LanePolicy().max_tasks
    alone = observe(traffic, slots=slots)
    beside = observe(traffic, slots=slots, large=traffic.large())
    assert beside.p99_ms <= 1.2 * alone.p99_ms
    assert beside.jain >= 0.99
    assert beside.large_calls >= 0.97 * QBO.per_minute * traffic.minutes
    assert alone.refused == beside.refused == 0


@pytest.mark.parametrize("cap", [10, LanePolicy().max_tasks])
def test_999_of_1000_realms_wait_as_briefly_beside_a_busy_one_at_any_cap(cap: int) -> None:
    """The cap is on calls at once; at 10, small realms fill half of them."""
    traffic = Traffic(small=999, most=3, minutes=3)
    alone = observe(traffic, slots=cap)
    beside = observe(traffic, slots=cap, large=traffic.large())
    assert beside.p99_ms <= 1.5 * alone.p99_ms
    assert beside.large_calls >= 0.97 * len(traffic.large())
    assert max(alone.most_at_once, beside.most_at_once) <= cap
    assert alone.refused == beside.refused == 0


@pytest.mark.parametrize(
    ("case", "neighbours"),
    [(FILLED, FILLED.burst()), (OPENING, troubled())],
    ids=["a burst where slots are scarce", "64 realms that fall into trouble"],
)
def test_small_realms_hardly_notice(case: Case, neighbours: Neighbours) -> None:
    alone, beside = watch(case, Neighbours()), watch(case, neighbours)
    assert beside.wait_ms(99) <= 1.2 * alone.wait_ms(99)
    assert beside.jain >= 0.99
    assert alone.refused == beside.refused == 0


@virtually
async def test_50_events_a_second_over_100_realms_are_written_within_a_minute() -> None:
    """For half an hour, at Xero's pace: a call a second for each realm, on the average."""
    chance, numbers = Random(SEED), count()  # noqa: S311 - no secret
    harness, sent = EngineHarness(quota=Quota(per_minute=60, in_flight=5)), {}
    async with running(harness):
        while now_s() < 30 * 60:
            one = record(next(numbers))
            sent[one] = now_s()
            harness.send(connection(chance.randrange(100)), one)
            await asyncio.sleep(chance.expovariate(50))
        await harness.settled()
    waited = [harness.work.written_at[one] - at for one, at in sent.items()]
    assert len(waited) > 50 * 30 * 60 * 0.98
    assert percentile(waited, 99) < 60
