"""Ours as a program: the engine behind its door, a lane for each key, one call at a time each.

The work is a pause, and the table is in memory: it holds what came and is not done, in order of
arrival, as the signals' records are stored before the signals in production.
"""

import argparse
import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from consumers.intake.events import Received
from consumers.kafka.lane_consumer import LaneConsumer
from consumers.kafka.membership import Membership
from consumers.kafka.signal_producer import partition_of
from consumers.lanes.engine import Engine
from consumers.lanes.family import LaneFamily, RetryTopic
from consumers.lanes.lane import Lane
from consumers.lanes.policy import LanePolicy
from consumers.lanes.ports import Disposition, LaneKey, TryResult
from consumers.lanes.work import ItemId, LaneId, LaneSignal, Work
from consumers.position import Position
from consumers.sync.realm_lanes import RealmQuotas, realm_lanes
from consumers.sync.realm_pace import RealmPace
from gateway.runtime.lifecycle import utc_now
from providers.quotas import CallKind, Quota
from providers.registry import PROVIDERS
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, ProviderName, RecordId
from schemas.signal import Priority, Signal
from schemas.topics import RETRY_DELAYS, retry_topic, work_topic
from tests.benchmarks.lanes.completions import Completions
from tests.fakes.lane_work import MemoryHistory, MemoryRetries, MemoryValves

ONE_AT_A_TIME: Final = Quota(per_minute=1_000_000_000, in_flight=1)
WRITTEN: Final = [TryResult(Disposition.FINISH, wrote=True)]
NOTHING_TO_DO: Final = [TryResult(Disposition.FINISH)]
LOOK_S: Final = 0.05


@dataclass
class Pauses:
    """Completes signals after a pause; the lane engine's `LaneWork` in the benchmark.

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

    async def handle(self, lane: Lane, works: Sequence[Work]) -> Sequence[TryResult]:
        (work,) = works
        numbers = self._begin(ConnectionId(lane.id), RecordId(work.item_id))
        if not numbers:
            return NOTHING_TO_DO
        async with RealmPace(lane.pace).call(CallKind.WRITE):
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

    async def load_page(
        self, lane: LaneId, *, without: Sequence[ItemId], limit: int
    ) -> Sequence[Work]:
        known = set(without)
        records: Iterable[RecordId] = self.open.get(ConnectionId(lane), {})
        others = (record for record in records if record not in known)
        return [
            Work(record, DocumentType.CUSTOMER, Priority.PUSH)
            for record in islice(others, limit)
        ]

    async def lanes_with_work(self) -> Sequence[LaneKey]:
        return [LaneKey(connection, self.keys[connection]) for connection in self.open]

    async def authorised(self, lanes: Sequence[LaneId]) -> set[LaneId]:
        return set(lanes)


class StoringEngine(Engine):
    """Stores what comes before it takes it in."""

    work: Pauses

    def take(self, position: Position, signal: LaneSignal) -> None:
        assert isinstance(signal, Signal)
        self.work.store(signal)
        super().take(position, signal)


def make_engine(work: Pauses, family: LaneFamily, *, slots: int) -> StoringEngine:
    """Make the engine."""
    engine = StoringEngine(
        family,
        work,
        MemoryRetries(),
        MemoryHistory(),
        valves=MemoryValves(),
        quotas=RealmQuotas(ONE_AT_A_TIME),
        policy=LanePolicy(max_tasks=slots),
        partition_of=partial(partition_of, partitions=family.partitions),
        now=utc_now,
    )
    engine.work = work
    return engine


async def consume(bootstrap: str, name: str, work: Pauses, slots: int) -> None:
    """Consume until all is completed."""
    family = replace(
        realm_lanes(PROVIDERS[ProviderName("qbo")]),
        name=name,
        work_topic=work_topic(ProviderName(name)),
        retry_topics=tuple(
            RetryTopic(retry_topic(ProviderName(name), delay), after)
            for delay, after in RETRY_DELAYS.items()
        ),
        batch_limits={},
    )
    engine, stop = make_engine(work, family, slots=slots), asyncio.Event()
    door = LaneConsumer(
        Membership(bootstrap, group=name),
        family,
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
