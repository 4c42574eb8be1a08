"""Realms and their traffic on virtual time: the real engine, and a provider that refuses."""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from random import Random
from typing import Final, NamedTuple, TypeVar

from consumers.lanes.policy import LanePolicy
from providers.errors import Bucket, ProviderError, RateLimited, Uncertain
from providers.http import no_answer
from schemas.ids import ConnectionId, RecordId
from tests.unit.consumers.lanes.engine_harness import QBO, EngineHarness, record, running
from tests.virtual_time import run_virtually

T = TypeVar("T")
MINUTE_S: Final = 60.0
LOOK_S: Final = 0.5
PATIENCE_S: Final = 3_600.0
BURST: Final = 10_000_000  # where the numbers of a burst's records begin
AWAY: Final = no_answer("HTTP 503")


class Arrival(NamedTuple):
    """A signal that comes to the engine at a time, in seconds."""

    at: float
    connection: ConnectionId
    record: RecordId
    version: int = 1


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Realms beside the small ones, and what is wrong with them.

    Attributes:
        away: The provider does not answer for them.
        suspended: They have lost their authorisation.
    """

    arrivals: Sequence[Arrival] = ()
    away: frozenset[ConnectionId] = frozenset()
    suspended: frozenset[ConnectionId] = frozenset()

    def well(self) -> list[Arrival]:
        """Return the arrivals that can be worked off."""
        troubled = self.away | self.suspended
        return [one for one in self.arrivals if one.connection not in troubled]


@dataclass
class StrictProvider:
    """Refuses what exceeds the quota in any 60 seconds of a realm, and notes the rest.

    Attributes:
        away: For whom it does not answer.
        calls: When which realm's calls for which record began.
        refused: How many calls it refused for the quota.
    """

    away: frozenset[ConnectionId]
    calls: list[tuple[float, ConnectionId, RecordId]] = field(default_factory=list)
    refused: int = 0
    _of_late: dict[ConnectionId, deque[float]] = field(
        default_factory=lambda: defaultdict(deque)
    )

    def __call__(self, connection: ConnectionId, record: RecordId) -> ProviderError | None:
        """Answer a call that begins now."""
        now, of_late = now_s(), self._of_late[connection]
        while of_late and of_late[0] <= now - MINUTE_S:
            of_late.popleft()
        if len(of_late) >= QBO.per_minute:
            self.refused += 1
            return RateLimited(timedelta(seconds=MINUTE_S), Bucket.MINUTE)
        of_late.append(now)
        self.calls.append((now, connection, record))
        return Uncertain(AWAY) if connection in self.away else None


class World:
    """A harness with a strict provider; what is asked of it comes at its time."""

    def __init__(self, policy: LanePolicy, neighbours: Neighbours) -> None:
        self.provider = StrictProvider(neighbours.away)
        self.harness = EngineHarness(policy=policy)
        self.harness.work.fault = self.provider
        self.harness.work.unauthorised = set(neighbours.suspended)

    async def feed(self, arrivals: Iterable[Arrival]) -> None:
        """Send each signal when it is due."""
        for one in arrivals:
            if one.at > now_s():
                await asyncio.sleep(one.at - now_s())
            self.harness.send(one.connection, one.record, one.version)

    async def until_time(self, at: float) -> None:
        """Let time pass until then."""
        await asyncio.sleep(max(at - now_s(), 0.0))

    async def until_agreed(self, arrivals: Sequence[Arrival]) -> None:
        """Let time pass until the ledger has the newest version of all these records.

        Raises:
            TimeoutError: it never has.
        """
        work = self.harness.work
        newest = {one.record: work.desired[one.connection][one.record] for one in arrivals}
        async with asyncio.timeout(PATIENCE_S):
            while any(work.agreed.get(r, -1) < version for r, version in newest.items()):
                await asyncio.sleep(LOOK_S)

    def first_calls(self) -> dict[RecordId, float]:
        """Return when the first call for each record began."""
        first: dict[RecordId, float] = {}
        for at, _, called in self.provider.calls:
            first.setdefault(called, at)
        return first

    def calls_of(self, realm: ConnectionId) -> list[float]:
        """Return when the calls of a realm began."""
        return [at for at, who, _ in self.provider.calls if who == realm]


def in_world(
    policy: LanePolicy, neighbours: Neighbours, story: Callable[[World], Awaitable[T]]
) -> T:
    """Run a story in a world, while its engine runs."""

    async def main() -> T:
        world = World(policy, neighbours)
        async with running(world.harness):
            return await story(world)

    return run_virtually(main())


def now_s() -> float:
    """Tell the virtual time."""
    return asyncio.get_running_loop().time()


# -- traffic -----------------------------------------------------------------------------


def in_groups(
    realms: Sequence[ConnectionId], *, until_s: float, every_s: float, most: int, seed: int
) -> list[Arrival]:
    """Return the traffic of small realms: now and then a few documents at once, each a new one.

    Args:
        every_s: Seconds from one group to the next of its realm, on average; exponential.
        most: A group has from one to so many documents.
    """
    chance, numbers = Random(seed), count()  # noqa: S311 - no secret
    arrivals = []
    for realm in realms:
        at = chance.expovariate(1 / every_s)
        while at < until_s:
            group = chance.randint(1, most)
            arrivals += [Arrival(at, realm, record(next(numbers))) for _ in range(group)]
            at += chance.expovariate(1 / every_s)
    return sorted(arrivals)


def regular(
    realms: Sequence[ConnectionId], *, until_s: float, every_s: float, seed: int
) -> list[Arrival]:
    """Return a new document of each realm again and again, each realm beginning some time."""
    chance, numbers = Random(seed), count()  # noqa: S311 - no secret
    arrivals = []
    for realm in realms:
        at = chance.uniform(0, every_s)
        while at < until_s:
            arrivals.append(Arrival(at, realm, record(next(numbers))))
            at += every_s
    return sorted(arrivals)


def burst(
    realm: ConnectionId, *, at: float, signals: int, records: int, per_s: float, seed: int
) -> list[Arrival]:
    """Return a burst of signals, as many of each record, mixed, with rising versions."""
    chance = Random(seed)  # noqa: S311 - no secret
    numbers = [BURST + realm.int * signals + n % records for n in range(signals)]
    chance.shuffle(numbers)
    return [
        Arrival(at + n / per_s, realm, record(number), version=n)
        for n, number in enumerate(numbers)
    ]


# -- sums --------------------------------------------------------------------------------


def waits(arrivals: Iterable[Arrival], first: Mapping[RecordId, float]) -> list[float]:
    """Return how long each arrival waited for the first call for its record."""
    return [first[one.record] - one.at for one in arrivals]


def shares(arrivals: Sequence[Arrival], served: Mapping[RecordId, float]) -> list[float]:
    """Give, for each realm that asked, the share of its work that was served."""
    asked = Counter(one.connection for one in arrivals)
    got = Counter(one.connection for one in arrivals if one.record in served)
    return [got[realm] / asked[realm] for realm in asked]


def jain(values: Sequence[float]) -> float:
    """Return Jain's index of fairness: 1 where all have the same, 1/n where one has it all.

    Source: Jain, Chiu, Hawe, DEC-TR-301, 1984.
    """
    squares = sum(value * value for value in values)
    return sum(values) ** 2 / (len(values) * squares) if squares else 0.0
