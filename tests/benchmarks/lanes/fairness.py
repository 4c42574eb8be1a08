"""Whether small realms notice a large one, and whether that one gets what it may have.

The same traffic of small realms twice, on virtual time: alone, and beside a realm that sends
a burst of signals. Compared are the signals that come while the burst is worked off.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from consumers.lanes.policy import LanePolicy
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.lanes.world import (
    Arrival,
    Neighbours,
    World,
    burst,
    in_groups,
    in_world,
    jain,
    regular,
    shares,
    waits,
)
from tests.unit.consumers.lanes.engine_harness import QBO, connection

LARGE: Final = connection(0)
HOUR_S: Final = 3_600.0
BURST_AT_S: Final = 60.0
BURST_PER_S: Final = 20_000.0
DEEP: Final = 1.2  # what the large realm asks for in an hour, as a multiple of its quota
SEED: Final = 20_261_121


@dataclass(frozen=True, slots=True)
class Case:
    """What is compared.

    Attributes:
        slots: Dispatches at once, over all lanes.
        small: How many small realms there are.
        every_s: How often one of them sends documents, on average.
        most: How many it sends at most; 1 is one at a time, in regular intervals.
        signals: Of the large realm's burst,
        records: on so many records.
        window_s: For how long the two runs are compared, from the burst on,
        skipped_s: without so much at the beginning.
    """

    name: str
    slots: int = LanePolicy().max_tasks
    small: int = 199
    every_s: float = 60.0
    most: int = 15
    signals: int = 20_000
    records: int = 2_000
    window_s: float = 240.0
    skipped_s: float = 0.0

    @property
    def until_s(self) -> float:
        """When the traffic ends."""
        return BURST_AT_S + self.window_s

    def traffic(self) -> list[Arrival]:
        """Return the small realms' traffic, the same each time."""
        realms = [connection(1 + n) for n in range(self.small)]
        if self.most == 1:
            return regular(realms, until_s=self.until_s, every_s=self.every_s, seed=SEED)
        return in_groups(
            realms, until_s=self.until_s, every_s=self.every_s, most=self.most, seed=SEED
        )

    def burst(self) -> Neighbours:
        """Return the large realm's burst."""
        return Neighbours(
            burst(
                LARGE,
                at=BURST_AT_S,
                signals=self.signals,
                records=self.records,
                per_s=BURST_PER_S,
                seed=SEED,
            )
        )


ROOMY: Final = Case("fairness")
# What the small realms ask for is 80 % of what the slots can do in the one, 120 % in the other.
FILLED: Final = Case("worker-bound at 80 %", slots=5)
OVERLOADED: Final = Case("worker-bound at 120 %", slots=5, every_s=5.0, most=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """How a run went, in the seconds that are compared."""

    waits_s: Sequence[float]
    jain: float
    large_calls: int
    refused: int

    def wait_ms(self, percent: int) -> float:
        """Return a percentile of the small realms' waits."""
        return percentile(self.waits_s, percent) * 1000


def observe(case: Case, neighbours: Neighbours) -> Seen:
    """Run a case beside these neighbours of the small realms."""
    small = case.traffic()
    compared = [one for one in small if one.at >= BURST_AT_S + case.skipped_s]

    async def story(world: World) -> Seen:
        await world.feed(sorted([*small, *neighbours.arrivals]))
        await world.until_time(case.until_s)
        served = world.first_calls()
        await world.until_agreed([*small, *neighbours.well()])
        return Seen(
            waits(compared, world.first_calls()),
            jain(shares(compared, served)),
            len(world.calls_of(LARGE)),
            world.provider.refused,
        )

    return in_world(LanePolicy(max_tasks=case.slots), neighbours, story)


def compared(case: Case) -> list[Figure]:
    """Run a case without and with the large realm."""
    alone, beside = observe(case, Neighbours()), observe(case, case.burst())
    updates = f"{case.signals:,} updates on {case.records:,} records"
    return [
        *wait_figures(case, alone, beside, "the burst"),
        Figure(
            f"{case.name}: calls for {updates}",
            beside.large_calls,
            "calls",
            aim=f"{int(case.records * 1.1):,} or fewer",
        ),
        Figure(f"{case.name}: calls refused", beside.refused, "calls", aim="0"),
    ]


def wait_figures(case: Case, alone: Seen, beside: Seen, whom: str) -> list[Figure]:
    """Return how long the small realms waited, and whether all alike."""
    small = f"{case.name}: wait"
    return [
        Figure(f"{small} alone, p50", alone.wait_ms(50), "ms"),
        Figure(f"{small} alone, p99", alone.wait_ms(99), "ms"),
        Figure(f"{small} beside {whom}, p50", beside.wait_ms(50), "ms"),
        Figure(
            f"{small} beside {whom}, p99",
            beside.wait_ms(99),
            "ms",
            aim="1.20 or less",
            baseline="alone",
            ratio=over(beside.wait_ms(99), alone.wait_ms(99)),
        ),
        Figure(f"{case.name}: Jain's index", beside.jain * 100, "%", aim="99 or more"),
    ]


def over(value_ms: float, base_ms: float) -> float:
    """Return a ratio of waits; what is under a millisecond is one."""
    return max(value_ms, 1.0) / max(base_ms, 1.0)


def hour(case: Case = ROOMY) -> list[Figure]:
    """Let the large realm ask for more than its quota for an hour, beside small ones."""
    case = replace(case, window_s=HOUR_S - BURST_AT_S)
    allowed = QBO.per_minute * int(HOUR_S / 60)
    asked = int(allowed * DEEP)
    large = burst(LARGE, at=0, signals=asked, records=asked, per_s=asked / HOUR_S, seed=SEED)

    async def story(world: World) -> tuple[int, int]:
        await world.feed(sorted([*large, *case.traffic()]))
        await world.until_time(HOUR_S)
        return len(world.calls_of(LARGE)), world.provider.refused

    calls, refused = in_world(LanePolicy(max_tasks=case.slots), Neighbours(), story)
    return [
        Figure(
            "hour: calls of the large realm",
            calls,
            "calls",
            aim="0.97 or more",
            baseline=f"the {allowed:,} allowed",
            ratio=calls / allowed,
        ),
        Figure("hour: calls refused", refused, "calls", aim="0"),
    ]
