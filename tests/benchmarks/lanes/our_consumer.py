"""Ours as a program: the engine behind its door, a lane for each key, one call at a time each.

The work is a pause, and the table is in memory: it holds what came and is not done, in order of
arrival, as the signals' records are stored before the signals in production.
"""

import argparse
import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from consumers.intake.platform_events import Received
from consumers.kafka.lane_consumer import LaneConsumer
from consumers.kafka.membership import Membership
from consumers.kafka.signal_producer import partition_of
from consumers.lanes.engine import Engine, LanePolicy
from consumers.lanes.lane import Lane, Position, Work
from consumers.lanes.ports import Disposition, LaneKey, TryResult
from consumers.store.sync_records import OpenWork
from gateway.runtime.lifecycle import utc_now
from providers.quotas import CallKind, Quota
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, ProviderName, RecordId
from schemas.signal import Priority, Signal
from tests.benchmarks.lanes.completions import Completions
from tests.fakes.lane_work import MemoryHistory, MemoryRetries, MemoryValves

ONE_AT_A_TIME: Final = Quota(per_minute=1_000_000_000, in_flight=1)
WRITTEN: Final = [TryResult(Disposition.FINISH, wrote=True)]
NOTHING_TO_DO: Final = [TryResult(Disposition.FINISH)]
LOOK_S: Final = 0.05


@dataclass
class Pauses:
    """The :class:`~consumers.lanes.ports.LaneWork` of the benchmark.

    A call brings the newest version of a record, so it completes all signals that came for it
    until then.
    """

    completions: Completions
    work_s: float
    keys: dict[ConnectionId, str] = field(default_factory=dict)
    open: dict[ConnectionId, dict[RecordId, list[int]]] = field(default_factory=dict)

    def store(self, signal: Signal) -> None:
        """Store what intake would have stored before the signal."""
        self.keys[signal.connection_id] = signal.key
        records = self.open.setdefault(signal.connection_id, {})
        records.setdefault(signal.record_id, []).append(signal.version)

    def batch_limit(self, document_type: DocumentType) -> int:
        return 1

    async def handle(self, lane: Lane, works: Sequence[Work]) -> Sequence[TryResult]:
        (work,) = works
        numbers = self._begin(lane.connection, work.record_id)
        if not numbers:
            return NOTHING_TO_DO
        async with lane.pace.call(CallKind.WRITE):
            await asyncio.sleep(self.work_s)
        for number in numbers:
            self.completions.note(number)
        return WRITTEN

    def _begin(self, connection: ConnectionId, record: RecordId) -> list[int]:
        records = self.open.get(connection, {})
        numbers = records.pop(record, [])
        if not records:
            self.open.pop(connection, None)
        return numbers

    async def open_work(
        self, connection: ConnectionId, *, without: Sequence[RecordId], limit: int
    ) -> Sequence[OpenWork]:
        known = set(without)
        records: Iterable[RecordId] = self.open.get(connection, {})
        others = (record for record in records if record not in known)
        return [
            OpenWork(record, DocumentType.CUSTOMER, Priority.PUSH, False)
            for record in islice(others, limit)
        ]

    async def lanes_with_work(self) -> Sequence[LaneKey]:
        return [LaneKey(connection, self.keys[connection]) for connection in self.open]

    async def authorised(self, connections: Sequence[ConnectionId]) -> set[ConnectionId]:
        return set(connections)


class StoringEngine(Engine):
    """Stores what comes before it takes it in."""

    work: Pauses

    def take(self, position: Position, signal: Signal) -> None:
        self.work.store(signal)
        super().take(position, signal)


def make_engine(work: Pauses, *, slots: int) -> StoringEngine:
    """Make the engine."""
    engine = StoringEngine(
        work,
        MemoryRetries(),
        MemoryHistory(),
        valves=MemoryValves(),
        provider=ProviderName("bench"),
        quota=ONE_AT_A_TIME,
        policy=LanePolicy(max_tasks=slots),
        partition_of=partition_of,
        now=utc_now,
    )
    engine.work = work
    return engine


async def consume(bootstrap: str, name: str, work: Pauses, slots: int) -> None:
    """Consume until all is completed."""
    engine, stop = make_engine(work, slots=slots), asyncio.Event()
    door = LaneConsumer(
        Membership(bootstrap, group=name),
        ProviderName(name),
        engine,
        assigned=_no_lease,
        malformed=_refuse,
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(engine.run())
        tasks.create_task(door.run(stop))
        while not work.completions.done:
            await asyncio.sleep(LOOK_S)
        stop.set()
        engine.stop()


async def _no_lease(_: frozenset[int]) -> None:
    """Take no lease: there is one owner."""


async def _refuse(_: Received, why: str) -> None:
    raise AssertionError(why)


def main() -> None:
    """Run as the command line says."""
    options = argparse.ArgumentParser(description=__doc__)
    for name in ("bootstrap", "name", "file"):
        options.add_argument(name)
    for name in ("warm", "total", "slots", "work_ms"):
        options.add_argument(name, type=int)
    told = options.parse_args()
    completions = Completions(told.warm, told.total, Path(told.file))
    work = Pauses(completions, told.work_ms / 1000)
    asyncio.run(consume(told.bootstrap, told.name, work, told.slots))


if __name__ == "__main__":
    main()
