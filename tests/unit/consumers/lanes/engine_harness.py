"""An engine on virtual time, its fakes, and a log of one partition."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from consumers.lanes.engine import Engine
from consumers.lanes.family import LaneFamily
from consumers.lanes.policy import LanePolicy
from consumers.lanes.work import LaneSignal
from consumers.position import Position
from consumers.sync.realm_lanes import RealmQuotas, realm_lanes
from providers.errors import ProviderError, Uncertain
from providers.http import no_answer
from providers.quotas import Quota
from providers.registry import PROVIDERS
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, ProviderName, RealmId, RecordId, TenantId
from schemas.signal import Priority, Signal
from tests.fakes.lane_work import MemoryHistory, MemoryLaneWork, MemoryRetries, MemoryValves
from tests.virtual_time import now, run_virtually

QBO = Quota(per_minute=500, per_second=10, in_flight=10)
WORK = "qbo.work"
RETRY = "qbo.retry.30s"
AWAY = no_answer("HTTP 503")


def connection(n: int) -> ConnectionId:
    return ConnectionId(UUID(int=n))


def record(n: int) -> RecordId:
    return RecordId(UUID(int=1_000_000 + n))


def signal(
    conn: ConnectionId,
    rec: RecordId,
    version: int = 1,
    *,
    attempt: int = 1,
    due_at: datetime | None = None,
    priority: Priority = Priority.PUSH,
) -> Signal:
    return Signal(
        record_id=rec,
        connection_id=conn,
        tenant_id=TenantId("t"),
        realm_id=RealmId("r"),
        document_type=DocumentType.CUSTOMER,
        version=version,
        attempt=attempt,
        due_at=due_at,
        priority=priority,
    )


def family_of(quota: Quota, *, batch: int = 1) -> LaneFamily:
    """Return QuickBooks' family of lanes with another quota and batch size."""
    return replace(
        realm_lanes(PROVIDERS[ProviderName("qbo")]),
        batch_limits=dict.fromkeys(DocumentType, batch),
        shared_per_minute=quota.app_per_minute,
    )


class EngineHarness:
    """An engine, its fakes, and a log of one partition."""

    def __init__(
        self,
        *,
        quota: Quota = QBO,
        policy: LanePolicy | None = None,
        work: MemoryLaneWork | None = None,
        batch: int = 1,
    ) -> None:
        self.family = family_of(quota, batch=batch)
        self.work = work or MemoryLaneWork()
        self.retries = MemoryRetries(deliver=self._redeliver)
        self.history = MemoryHistory()
        self.valves = MemoryValves()
        self.offset = 0
        self.retried = 0
        self.engine = Engine(
            self.family,
            self.work,
            self.retries,
            self.history,
            valves=self.valves,
            quotas=RealmQuotas(quota),
            policy=policy or LanePolicy(),
            partition_of=lambda _: 0,
            now=now,
        )

    def send(
        self,
        conn: ConnectionId,
        rec: RecordId,
        version: int = 1,
        *,
        priority: Priority = Priority.PUSH,
    ) -> int:
        """Announce and signal, as intake does; gives the signal's offset."""
        self.work.key_of[conn] = str(conn)
        self.work.priority_of[rec] = priority
        self.work.announce(conn, rec, version)
        return self.signal(signal(conn, rec, version, priority=priority))

    def signal(self, one: Signal) -> int:
        self.engine.take(Position(WORK, 0, self.offset), one)
        self.offset += 1
        return self.offset - 1

    def _redeliver(self, one: LaneSignal) -> None:
        self.retried += 1
        self.engine.take(Position(RETRY, 0, self.retried), one)

    async def warm(self, *connections: ConnectionId) -> None:
        """Let lanes find out that the table has no work of theirs: then they admit signals."""
        for conn in connections:
            self.send(conn, record(900_000 + conn.int))
        await self.settled()
        self.work.calls.clear()

    @property
    def committed(self) -> int | None:
        return self.engine.committable().get((WORK, 0))

    async def settled(self) -> None:
        async with asyncio.timeout(24 * 3600):
            engine = self.engine
            while (
                await self.work.lanes_with_work()
                or engine.resident
                or any(engine.delayed_of(topic, 0) for topic in (WORK, RETRY))
            ):
                await asyncio.sleep(0.2)


@asynccontextmanager
async def running(harness: EngineHarness) -> AsyncIterator[EngineHarness]:
    await harness.engine.assign(frozenset({0}))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(harness.engine.run())
        yield harness
        harness.engine.stop()


def virtually(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    def run() -> None:
        async def main() -> None:
            await test()

        run_virtually(main())

    run.__name__ = test.__name__
    run.__doc__ = test.__doc__
    return run


def now_s() -> float:
    return asyncio.get_running_loop().time()


class Weather:
    """A provider that is away from one moment to another, for all realms or some."""

    def __init__(self, harness: EngineHarness, *realms: ConnectionId) -> None:
        self._realms = set(realms)
        self.away = False
        harness.work.fault = self._fault

    def _fault(self, conn: ConnectionId, _: RecordId) -> ProviderError | None:
        hit = self.away and (not self._realms or conn in self._realms)
        return Uncertain(AWAY) if hit else None


async def keep_busy(
    harness: EngineHarness, numbers: Iterator[int], *, lanes: int, per_s: float, for_s: float
) -> None:
    """Announce records, one realm after the other."""
    until = now_s() + for_s
    while now_s() < until:
        n = next(numbers)
        harness.send(connection(n % lanes), record(n))
        await asyncio.sleep(1 / per_s)
