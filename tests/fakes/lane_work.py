"""A table and a provider in memory, for engines on virtual time. Passes `LaneWorkContract`."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from consumers.lanes.lane import Lane
from consumers.lanes.ports import Disposition, LaneKey, TrippedValve, TryResult
from consumers.lanes.work import ItemId, LaneId, LaneSignal, Work
from consumers.outcome import Dead, Pause, Retry
from consumers.sync.realm_pace import RealmPace
from consumers.sync.retry_policy import RetryPolicy
from providers.errors import ProviderError
from providers.quotas import CallKind
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, RealmId, RecordId, TenantId
from schemas.signal import Priority, Signal
from tests.virtual_time import now


@dataclass
class MemoryLaneWork:
    """Records with a desired and an agreed version, and a provider that takes its time.

    Attributes:
        answer: What becomes of a try, instead of agreement.
        fault: What the provider answers to a call for a record; ``None`` is success.
        now: Gives the time, UTC.
        priority_of: How urgent records are, where that is not as usual.
        handled: How many tries were made of a lane's work, be it without a call.
        calls: When which connection called the provider, in seconds.
        due: When records that failed are tried again.
        failures: How many tries of a record failed, and used up an attempt.
        dead: What has been given up, and why.
    """

    key_of: dict[ConnectionId, str] = field(default_factory=dict)
    latency_s: float = 0.15
    now: Callable[[], datetime] = now
    answer: Callable[[RecordId], TryResult | Exception | None] = lambda _: None
    fault: Callable[[ConnectionId, RecordId], ProviderError | None] = lambda *_: None
    desired: dict[ConnectionId, dict[RecordId, int]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    agreed: dict[RecordId, int] = field(default_factory=dict)
    priority_of: dict[RecordId, Priority] = field(default_factory=dict)
    unauthorised: set[ConnectionId] = field(default_factory=set)
    calls: list[tuple[float, ConnectionId]] = field(default_factory=list)
    writes: Counter[RecordId] = field(default_factory=Counter)
    written_at: dict[RecordId, float] = field(default_factory=dict)
    due: dict[RecordId, datetime] = field(default_factory=dict)
    failures: Counter[RecordId] = field(default_factory=Counter)
    dead: dict[RecordId, str] = field(default_factory=dict)
    at_once: Counter[RecordId] = field(default_factory=Counter)
    handled: Counter[LaneId] = field(default_factory=Counter)
    reads: int = 0
    most_reads: int = 0
    _maybe_open: dict[ConnectionId, dict[RecordId, None]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def announce(self, connection: ConnectionId, record: RecordId, version: int) -> None:
        """Take a desired version in, as intake does."""
        known = self.desired[connection].get(record, -1)
        self.desired[connection][record] = max(known, version)
        self._maybe_open[connection][record] = None

    async def handle(self, lane: Lane, works: Sequence[Work]) -> Sequence[TryResult]:
        self.handled[lane.id] += 1
        return [await self._one(lane, work) for work in works]

    async def _one(self, lane: Lane, work: Work) -> TryResult:
        connection, record = ConnectionId(lane.id), RecordId(work.item_id)
        if connection in self.unauthorised:
            return TryResult(Disposition.SUSPEND)
        version = self.desired[connection].get(record)
        if version is None or self._is_done(record, version):
            return TryResult(Disposition.FINISH)
        if not self._is_open(record, version):
            attempt = self.failures[record] + 1
            again = _signal(lane, work, version, attempt, self.due[record])
            return TryResult(Disposition.LATER, again)
        answer = self.answer(record)
        if isinstance(answer, Exception):
            raise answer
        try:
            await self._call(lane, record)
        except ProviderError as error:
            return self._failed(lane, work, version, error)
        if answer is None:
            self._agree(record, version)
            if self.desired[connection][record] == version:
                self._maybe_open[connection].pop(record, None)
        return answer or TryResult(Disposition.FINISH, wrote=True)

    async def _call(self, lane: Lane, record: RecordId) -> None:
        connection = ConnectionId(lane.id)
        async with RealmPace(lane.pace).call(CallKind.WRITE):
            self.calls.append((asyncio.get_running_loop().time(), connection))
            self.at_once[record] += 1
            assert self.at_once[record] == 1, "a record is written by one at a time"
            fault = self.fault(connection, record)
            await asyncio.sleep(self.latency_s)
            self.at_once[record] -= 1
            if fault is not None:
                raise fault

    def _agree(self, record: RecordId, version: int) -> None:
        self.writes[record] += 1
        self.written_at[record] = asyncio.get_running_loop().time()
        self.agreed[record] = max(version, self.agreed.get(record, -1))
        self.due.pop(record, None)
        self.failures.pop(record, None)

    def _failed(self, lane: Lane, work: Work, version: int, error: ProviderError) -> TryResult:
        record = RecordId(work.item_id)
        attempt = self.failures[record] + 1
        outcome = RetryPolicy().decide(
            error, attempt=attempt, now=self.now(), chance=lambda: 0.5
        )
        match outcome:
            case Pause():
                return TryResult(Disposition.PAUSE, pause_s=outcome.after.total_seconds())
            case Retry():
                self.failures[record] = attempt
                self.due[record] = outcome.due_at
                again = _signal(lane, work, version, attempt + 1, outcome.due_at)
                return TryResult(Disposition.LATER, again)
            case Dead():
                self.dead[record] = outcome.reason.code
                return TryResult(Disposition.FINISH, dead_lettered=outcome.reason.code)
            case _:
                raise AssertionError(f"this provider has no such fault: {error!r}")

    async def load_page(
        self, lane: LaneId, *, without: Sequence[ItemId], limit: int
    ) -> Sequence[Work]:
        self.reads += 1
        self.most_reads = max(self.most_reads, self.reads)
        await asyncio.sleep(0.002)
        self.reads -= 1
        found = [r for r in self._open(ConnectionId(lane)) if r not in set(without)]
        found.sort(key=self._priority)
        return [
            Work(r, DocumentType.CUSTOMER, self._priority(r), repeat=self.failures[r] > 0)
            for r in found[:limit]
        ]

    async def lanes_with_work(self) -> Sequence[LaneKey]:
        with_work = [c for c in list(self._maybe_open) if self._has_open(c)]
        return [LaneKey(c, self.key_of[c]) for c in with_work]

    async def authorised(self, lanes: Sequence[LaneId]) -> set[LaneId]:
        return set(lanes).difference(self.unauthorised)

    def _priority(self, record: RecordId) -> Priority:
        return self.priority_of.get(record, Priority.PUSH)

    def survive(self, other: "MemoryLaneWork") -> None:
        """Take over what another left: the table, and what is in the ledger."""
        self.agreed, self.key_of = other.agreed, other.key_of
        for connection, records in other.desired.items():
            for record, version in records.items():
                self.announce(connection, record, version)

    def _open(self, connection: ConnectionId) -> Iterator[RecordId]:
        """Look through what may be open, and remember what is not any more."""
        desired, maybe = self.desired[connection], self._maybe_open[connection]
        for record in list(maybe):
            if self._is_open(record, desired[record]):
                yield record
            elif record not in self.due:
                del maybe[record]

    def _has_open(self, connection: ConnectionId) -> bool:
        desired = self.desired[connection]
        return any(self._is_open(r, desired[r]) for r in self._maybe_open[connection])

    def _is_done(self, record: RecordId, version: int) -> bool:
        return self.agreed.get(record, -1) >= version or record in self.dead

    def _is_open(self, record: RecordId, version: int) -> bool:
        if self._is_done(record, version):
            return False
        due_at = self.due.get(record)
        return due_at is None or due_at <= self.now()


def _signal(lane: Lane, work: Work, version: int, attempt: int, due_at: datetime) -> Signal:
    return Signal(
        record_id=RecordId(work.item_id),
        connection_id=ConnectionId(lane.id),
        tenant_id=TenantId("t"),
        realm_id=RealmId("r"),
        document_type=DocumentType(work.kind),
        version=version,
        attempt=attempt,
        due_at=due_at,
    )


class PastCall(NamedTuple):
    """A call that another process made, and how many seconds ago it ended."""

    lane: LaneId
    key: str
    family: str
    age_s: float


@dataclass
class MemoryHistory:
    """Calls that other processes made, the oldest first. Passes `CallHistoryContract`."""

    calls: list[PastCall] = field(default_factory=list)

    async def ages_s(self, lane: LaneId, *, within_s: float) -> Sequence[float]:
        return [c.age_s for c in self.calls if c.lane == lane and c.age_s < within_s]

    async def family_ages_s(
        self, family: str, *, within_s: float
    ) -> Sequence[tuple[str, float]]:
        calls = (c for c in self.calls if c.family == family)
        return [(c.key, c.age_s) for c in calls if c.age_s < within_s]

    async def share(self) -> None:
        return


@dataclass
class MemoryValves:
    """Which valves are tripped; a person releases one by removing it from ``known``.

    Passes `ValveStoreContract`.
    """

    known: dict[LaneId, TrippedValve] = field(default_factory=dict)
    families: dict[LaneId, str] = field(default_factory=dict)

    async def trip(self, family: str, valve: TrippedValve) -> None:
        self.known[valve.lane] = valve
        self.families[valve.lane] = family

    async def update(self, valve: TrippedValve) -> None:
        if valve.lane in self.known:
            self.known[valve.lane] = valve

    async def release(self, lane: LaneId) -> None:
        self.known.pop(lane, None)
        self.families.pop(lane, None)

    async def all_tripped(self, family: str) -> Sequence[TrippedValve]:
        known = self.known.items()
        return [valve for lane, valve in known if self.families.get(lane) == family]


@dataclass
class MemoryRetries:
    """Keeps what was published; fails as often as it is told to.

    Passes `RetryPublisherContract`.

    Attributes:
        deliver: Called with each signal, as a consumer of the retry topics would be.
    """

    published: list[LaneSignal] = field(default_factory=list)
    failures: int = 0
    deliver: Callable[[LaneSignal], None] = lambda _: None

    async def publish(self, signals: Sequence[LaneSignal]) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the broker is away")
        self.published += signals
        for signal in signals:
            self.deliver(signal)
