"""A table and a provider in memory, for engines on virtual time. Passes `LaneWorkContract`."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from consumers.lanes.lane import Lane, Work
from consumers.lanes.ports import After, Handled, LaneKey
from consumers.records import OpenWork
from providers.quotas import CallKind
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, RecordId
from schemas.signal import Priority, Signal


@dataclass
class MemoryLaneWork:
    """Records with a desired and an agreed version, and a provider that takes its time.

    Attributes:
        answer: What becomes of a try, instead of agreement.
        calls: When which connection called the provider, in seconds.
    """

    key_of: dict[ConnectionId, str] = field(default_factory=dict)
    latency_s: float = 0.15
    limit: int = 1
    answer: Callable[[RecordId], Handled | Exception | None] = lambda _: None
    desired: dict[ConnectionId, dict[RecordId, int]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    agreed: dict[RecordId, int] = field(default_factory=dict)
    unauthorised: set[ConnectionId] = field(default_factory=set)
    calls: list[tuple[float, ConnectionId]] = field(default_factory=list)
    writes: Counter[RecordId] = field(default_factory=Counter)
    at_once: Counter[RecordId] = field(default_factory=Counter)
    reads: int = 0
    most_reads: int = 0

    def announce(self, connection: ConnectionId, record: RecordId, version: int) -> None:
        """Take a desired version in, as intake does."""
        known = self.desired[connection].get(record, -1)
        self.desired[connection][record] = max(known, version)

    def batch_limit(self, document_type: DocumentType) -> int:
        return self.limit

    async def handle(self, lane: Lane, works: Sequence[Work]) -> Sequence[Handled]:
        return [await self._one(lane, work) for work in works]

    async def _one(self, lane: Lane, work: Work) -> Handled:
        if lane.connection in self.unauthorised:
            return Handled(After.SUSPEND)
        version = self.desired[lane.connection].get(work.record_id)
        if version is None or self.agreed.get(work.record_id, -1) >= version:
            return Handled(After.FINISH)
        answer = self.answer(work.record_id)
        if isinstance(answer, Exception):
            raise answer
        async with lane.pace.call(CallKind.WRITE):
            self.calls.append((asyncio.get_running_loop().time(), lane.connection))
            self.at_once[work.record_id] += 1
            assert self.at_once[work.record_id] == 1, "a record is written by one at a time"
            await asyncio.sleep(self.latency_s)
            self.at_once[work.record_id] -= 1
        if answer is None:
            self.writes[work.record_id] += 1
            self.agreed[work.record_id] = max(version, self.agreed.get(work.record_id, -1))
        return answer or Handled(After.FINISH)

    async def open_work(
        self, connection: ConnectionId, *, without: Sequence[RecordId], limit: int
    ) -> Sequence[OpenWork]:
        self.reads += 1
        self.most_reads = max(self.most_reads, self.reads)
        await asyncio.sleep(0.002)
        self.reads -= 1
        found = [r for r in self._open(connection) if r not in set(without)]
        return [OpenWork(r, DocumentType.CUSTOMER, Priority.PUSH) for r in found[:limit]]

    async def lanes_with_work(self) -> Sequence[LaneKey]:
        return [LaneKey(c, self.key_of[c]) for c in self.desired if self._open(c)]

    async def authorised(self, connections: Sequence[ConnectionId]) -> set[ConnectionId]:
        return set(connections) - self.unauthorised

    def _open(self, connection: ConnectionId) -> list[RecordId]:
        records = self.desired[connection].items()
        return [record for record, version in records if self.agreed.get(record, -1) < version]


@dataclass
class MemoryHistory:
    """Calls that another process made."""

    ages: list[float] = field(default_factory=list)

    async def ages_s(self, connection: ConnectionId, *, within_s: float) -> Sequence[float]:
        return [age for age in self.ages if age < within_s]


@dataclass
class MemoryRetries:
    """Keeps what was published; fails as often as it is told to."""

    published: list[Signal] = field(default_factory=list)
    failures: int = 0

    async def publish(self, signals: Sequence[Signal]) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the broker is away")
        self.published += signals
