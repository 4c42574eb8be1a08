"""Calls to a simulated provider: they take time, get lost, come late, and are counted."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, TypeVar

from consumers.lanes.work import LaneId
from consumers.sync.realm_pace import RealmPace
from providers.base import Operation, Profile, Result, Write
from providers.errors import Bucket, RateLimited, Unauthorized, Unavailable, Uncertain
from providers.http import Pace
from providers.quotas import CallKind, Quota
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId
from tests.simulation.books import RealmBooks, reason
from tests.simulation.faults import Weather
from tests.simulation.process import Process

T = TypeVar("T")

TIMEOUT_S: Final = 30.0
# A request that is under way for longer than a revoked worker waits for its calls could be
# overtaken by the next owner's; no worker can rule that out, so no simulated request is.
LONGEST_REQUEST_S: Final = 4.0


@dataclass(slots=True)
class Call:
    """One call, as its provider counts it and as the audit notes it a little later.

    Attributes:
        arrived_at: When the provider saw it, in seconds.
        noted_at: When the note of its end is written, unless the process was killed before.
        left_behind: Whether its realm had been taken from its worker when it was made.
    """

    process: Process
    arrived_at: float
    left_behind: bool
    ended_at: float = math.inf
    noted_at: float = math.inf

    def known(self, now: float) -> bool:
        """Whether the audit has its note."""
        return self.noted_at <= now and not self.lost

    @property
    def lost(self) -> bool:
        """Whether a worker was killed before it could take note, so that nobody knows of it."""
        killed_at = self.process.killed_at
        return killed_at is not None and killed_at <= self.noted_at


@dataclass(eq=False)
class Realm:
    """One realm as its provider sees it, and the audit of its calls."""

    books: RealmBooks
    quota: Quota
    calls: list[Call] = field(default_factory=list)

    def arrive(self, process: Process, pace: Pace) -> Call:
        """Count a call that arrives."""
        lane = process.lane(self.books.connection)
        known = lane is not None and isinstance(pace, RealmPace) and pace.lane_pace is lane.pace
        behind = process.thrown_out or not known
        call = Call(process, process.elapsed_s, behind)
        self.calls.append(call)
        return call

    def exceeded(self, now: float) -> str | None:
        """Name the window that has no room, for calls that anybody could know of."""
        minute = self._seen(now, 60.0)
        if minute > self.quota.per_minute:
            return f"{minute} calls in a minute, {self.quota.per_minute} allowed"
        second = self._seen(now, 1.0)
        if self.quota.per_second is not None and second > self.quota.per_second:
            return f"{second} calls in a second, {self.quota.per_second} allowed"
        return None

    def _seen(self, now: float, within_s: float) -> int:
        counted = [c for c in self.calls if not (c.lost or c.left_behind)]
        return sum(c.arrived_at > now - within_s for c in counted)


class Audit:
    """See :class:`consumers.lanes.ports.CallHistory`. Its clock is the database's."""

    def __init__(self, realms: Mapping[ConnectionId, Realm], process: Process) -> None:
        self._realms = realms
        self._process = process

    async def ages_s(self, lane: LaneId, *, within_s: float) -> Sequence[float]:
        await self._process.step("ages of calls")
        now = self._process.elapsed_s
        ages = [
            now - c.ended_at for c in self._realms[ConnectionId(lane)].calls if c.known(now)
        ]
        return [age for age in ages if age < within_s]

    async def family_ages_s(
        self, family: str, *, within_s: float
    ) -> Sequence[tuple[str, float]]:
        return []

    async def share(self) -> None:
        await self._process.step("calls shared")
        now = self._process.elapsed_s
        for realm in self._realms.values():
            for call in realm.calls:
                if call.process is self._process and call.ended_at <= now:
                    call.noted_at = min(call.noted_at, now)


class SimulatedLedger:
    """The :class:`~providers.base.Ledger` of one realm, as one process calls it.

    Args:
        violated: Told when the realm's quota was exceeded.
        before: Told of each write as it is sent.
        after: Told of each write that was done.
    """

    def __init__(
        self,
        process: Process,
        realm: Realm,
        pace: Pace,
        weather: Weather,
        *,
        violated: Callable[[str], None],
        before: Callable[[Operation, Write], None],
        after: Callable[[], None],
    ) -> None:
        self._process = process
        self._realm = realm
        self._pace = pace
        self._weather = weather
        self._violated = violated
        self._before = before
        self._after = after

    async def write(self, operation: Operation, writes: Sequence[Write]) -> Sequence[Result]:
        def do() -> list[Result]:
            results = [self._realm.books.write(operation, write) for write in writes]
            self._after()
            return results

        named = " ".join(f"{w.document_type} {w.document.id}" for w in writes)

        def send() -> None:
            for write in writes:
                self._before(operation, write)

        results = await self._call(CallKind.WRITE, do, f"{operation} {named}", send)
        self._process.note(f"{operation} {named}: {' '.join(map(_shown, results))}")
        return results

    async def find(self, writes: Sequence[Write]) -> Sequence[Result | None]:
        def do() -> list[Result | None]:
            return [self._realm.books.find(write) for write in writes]

        named = " ".join(w.document.id for w in writes)
        results = await self._call(CallKind.READ, do, f"find {named}", lambda: None)
        self._process.note(f"find {named}: {' '.join(map(_shown, results))}")
        return results

    @property
    def naming(self) -> Mapping[str, Any]:
        return {}

    def renames(self, document_type: DocumentType) -> bool:
        return self._realm.books.renames

    async def describe(self) -> Profile:
        return Profile("Larkspur", "US", "USD", {})

    async def _call(
        self, kind: CallKind, do: Callable[[], T], what: str, send: Callable[[], None]
    ) -> T:
        async with self._pace.call(kind):
            await self._process.step(what)
            send()
            return await self._exchange(kind, do)

    def _ended(self, call: Call) -> None:
        if self._process.alive:
            call.ended_at = self._process.elapsed_s
            call.noted_at = call.ended_at + self._process.random.random()

    async def _exchange(self, kind: CallKind, do: Callable[[], T]) -> T:
        random = self._process.random
        slow = self._weather.slows_call()
        await self._process.sleep(random.uniform(0.01, LONGEST_REQUEST_S if slow else 0.2))
        call = self._realm.arrive(self._process, self._pace)
        try:
            return await self._answer(kind, do, slow=slow)
        finally:
            self._ended(call)

    async def _answer(self, kind: CallKind, do: Callable[[], T], *, slow: bool) -> T:
        random = self._process.random
        self._refuse()
        fails = self._weather.fails_call()
        if fails and random.random() < 0.5:
            raise _lost(kind)
        found = do()
        if fails:
            await self._process.sleep(random.choice([0.1, TIMEOUT_S]))
            raise _lost(kind)
        await self._process.sleep(random.uniform(0.01, TIMEOUT_S - 1 if slow else 0.2))
        return found

    def _refuse(self) -> None:
        """Answer as a provider does before it looks at what is asked.

        Raises:
            ProviderError: what it says.
        """
        if not self._realm.books.authorised:
            raise Unauthorized(reason("consent_gone"))
        exceeded = self._realm.exceeded(self._process.elapsed_s)
        if exceeded is not None:
            self._violated(exceeded)
        if self._weather.throttles():
            raise RateLimited(timedelta(seconds=20), Bucket.APP_MINUTE)
        if self._weather.provider_away():
            raise Unavailable(reason("down"))


def _lost(kind: CallKind) -> Unavailable | Uncertain:
    return (Unavailable if kind is CallKind.READ else Uncertain)(reason("no_answer"))


def _shown(result: Result | None) -> str:
    return type(result).__name__
