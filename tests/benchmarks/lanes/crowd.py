"""What the engine itself costs with many realms: processor time a dispatch, bytes a realm.

On virtual time, so that nothing but the engine and its fakes takes the processor. A dispatch is
everything from the loop's first look for a lane to the task that was made, looks that found
none included. The weight of idle realms is what the lanes' own code allocated and still holds
after each made one call, under Xero's quota, which remembers calls for a day.
"""

import asyncio
import gc
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, Final

import consumers.lanes
from consumers.lanes.engine import Engine
from consumers.lanes.lane import Lane
from consumers.lanes.policy import LanePolicy
from consumers.position import Position
from consumers.sync.realm_lanes import RealmQuotas, realm_lanes
from providers.registry import PROVIDERS
from schemas.ids import ProviderName
from schemas.topics import PROVIDER_PARTITIONS
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.stage import QBO, XERO
from tests.fakes.lane_work import MemoryHistory, MemoryLaneWork, MemoryRetries, MemoryValves
from tests.unit.consumers.lanes.engine_harness import WORK, connection, record, signal
from tests.virtual_time import now, run_virtually

LANES: Final = f"{consumers.lanes.__path__[0]}/*"
SETTLED_S: Final = 30.0  # three sweeps
LOOK_S: Final = 1.0
TAKEN_AT_ONCE: Final = 2_000


class TimedEngine(Engine):
    """Notes the processor time of each dispatch, in nanoseconds."""

    def __init__(self, *ports: Any, **policy: Any) -> None:
        super().__init__(*ports, **policy)
        self.dispatches_ns: list[int] = []
        self._looking_ns = 0

    def _next_lane(self) -> Lane | None:
        began = time.thread_time_ns()
        found = super()._next_lane()
        self._looking_ns += time.thread_time_ns() - began
        return found

    def _dispatch(self, tasks: asyncio.TaskGroup, lane: Lane) -> None:
        began = time.thread_time_ns()
        super()._dispatch(tasks, lane)
        self.dispatches_ns.append(self._looking_ns + time.thread_time_ns() - began)
        self._looking_ns = 0


class Crowd:
    """Many realms and the engine that has all of them.

    Attributes:
        work: Their tables, and their provider.
    """

    def __init__(self, provider: ProviderName) -> None:
        self.work = MemoryLaneWork()
        known = PROVIDERS[provider]
        self.engine = TimedEngine(
            replace(realm_lanes(known), batch_limits={}),
            self.work,
            MemoryRetries(),
            MemoryHistory(),
            valves=MemoryValves(),
            quotas=RealmQuotas(known.quota),
            policy=LanePolicy(),
            partition_of=_partition,
            now=now,
        )

    async def work_off(self, realms: int, records: int) -> None:
        """Send a signal for each record, over the realms in turn, and wait for all writes."""
        await self.engine.assign(frozenset(range(PROVIDER_PARTITIONS)))
        for first in range(0, records, TAKEN_AT_ONCE):
            for n in range(first, min(first + TAKEN_AT_ONCE, records)):
                self._send(n % realms, n)
            await asyncio.sleep(0)
        while len(self.work.writes) < records:
            await asyncio.sleep(LOOK_S)

    def _send(self, realm: int, number: int) -> None:
        one, wanted = connection(realm), record(number)
        self.work.key_of[one] = str(realm)
        self.work.announce(one, wanted, 1)
        position = Position(WORK, _partition(str(realm)), number)
        self.engine.take(position, signal(one, wanted))


def _partition(key: str) -> int:
    return int(key) % PROVIDER_PARTITIONS


@dataclass(frozen=True, slots=True)
class Spent:
    """Processor time: of each dispatch, and of everything; and the virtual time it took."""

    dispatches_us: Sequence[float]
    cpu_s: float
    virtual_s: float


async def dispatch(realms: int, records: int) -> Spent:
    """Have as many records dispatched, over as many realms."""
    crowd = Crowd(QBO)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(crowd.engine.run())
        began = time.process_time()
        await crowd.work_off(realms, records)
        spent_s = time.process_time() - began
        crowd.engine.stop()
    spent_us = [ns / 1000 for ns in crowd.engine.dispatches_ns]
    return Spent(spent_us, spent_s, asyncio.get_running_loop().time())


def timed(realms: int, records: int, rounds: int) -> list[Figure]:
    """Return medians over some rounds."""
    spent = [run_virtually(dispatch(realms, records)) for _ in range(rounds)]
    title = f"{realms:,} realms, {records:,} records"
    cpu_s = median(one.cpu_s for one in spent)
    p50, p99 = (median(percentile(s.dispatches_us, p) for s in spent) for p in (50, 99))
    return [
        Figure(f"{title}: dispatch, p50", p50, "us"),
        Figure(f"{title}: dispatch, p99", p99, "us", aim="50"),
        Figure(f"{title}: processor time, fakes included", cpu_s, "s"),
        Figure(f"{title}: of it for each record", cpu_s / records * 1e6, "us"),
        Figure(f"{title}: virtual time", spent[0].virtual_s, "s"),
    ]


async def weigh(realms: int) -> list[Figure]:
    """Weigh realms that made one call and have nothing to do."""
    tracemalloc.start()
    crowd = Crowd(XERO)
    without = _held()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(crowd.engine.run())
        await crowd.work_off(realms, realms)
        await asyncio.sleep(SETTLED_S)
        held = _held() - without
        crowd.engine.stop()
    tracemalloc.stop()
    there = sum(crowd.engine.lane(connection(n)) is not None for n in range(realms))
    return [
        Figure("idle realms: lanes that are kept", there, "lanes"),
        Figure("idle realms: bytes of each", held / there, "bytes", aim="1,024"),
    ]


def _held() -> int:
    """Return the bytes that the code of the lanes holds."""
    gc.collect()
    ours = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, LANES)])
    return sum(trace.size for trace in ours.traces)


def measured(realms: int, records: int, rounds: int) -> list[Figure]:
    """Time a crowd's dispatches, then weigh as many realms."""
    return [*timed(realms, records, rounds), *run_virtually(weigh(realms))]
