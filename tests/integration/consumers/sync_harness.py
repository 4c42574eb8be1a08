"""Intake, lanes and push of one realm on a real database and a provider over real HTTP.

What is not here is Kafka: signals go from intake to the engine by hand, and what is killed is
the engine, at a named point, as a process would be.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from consumers.intake.events import Received
from consumers.intake.platform_events import Intake
from consumers.lanes.engine import Engine
from consumers.lanes.policy import LanePolicy
from consumers.lanes.ports import TryResult
from consumers.lanes.work import LaneSignal, Work
from consumers.position import Position
from consumers.store.connections import PostgresConnections
from consumers.store.leases import PostgresLeases
from consumers.store.postgres import PostgresStore
from consumers.store.reopen import reopen
from consumers.store.valves import PostgresValves
from consumers.sync.push import Push
from consumers.sync.realm_lanes import RealmQuotas, realm_lanes
from consumers.sync.reconciler import OpenLedger, Reconciler
from consumers.sync.retry_policy import RetryPolicy
from gateway.database.sessions import Sessions
from gateway.runtime.audit import AuditedCalls, PostgresAudit
from providers.base import Provider
from providers.connections import ConnectionState
from providers.tables import connections, grants
from schemas.documents.catalogue import encode
from schemas.documents.document import Document, DocumentType
from schemas.envelope import Envelope
from schemas.ids import ConnectionId, RealmId, RecordId, TenantId
from schemas.signal import Priority, Signal
from tests.contracts.ledger_harness import Company
from tests.fakes.lane_pace import lane_of

PARTITION = 0
PATIENCE_S: Final = 300.0  # only ends what hangs; a few hundred documents may take this long


class Killed(BaseException):
    """The process is gone, between two lines."""


@dataclass
class Retried:
    """Keeps signals of retry topics."""

    signals: list[LaneSignal] = field(default_factory=list)

    async def publish(self, signals: Sequence[LaneSignal]) -> None:
        self.signals += signals


@dataclass
class SyncHarness:
    """One tenant with one connection.

    Attributes:
        clock_ahead: How far the gateway's clock is ahead of real time.
    """

    database: AsyncEngine
    provider: Provider
    open_ledger: OpenLedger
    tenant: TenantId
    realm: RealmId
    connection: ConnectionId
    retried: Retried = field(default_factory=Retried)
    clock_ahead: timedelta = timedelta(0)
    offset: int = 0
    crash_point: Callable[[str], None] = lambda _: None

    def now(self) -> datetime:
        return datetime.now(UTC) + self.clock_ahead

    async def announce(
        self,
        kind: DocumentType,
        document: Document,
        version: int = 1,
        *,
        tenant: str | None = None,
        realm: str | None = None,
    ) -> list[tuple[str, Signal]]:
        """Take an event in; return the signals that intake asks for."""
        envelope = Envelope(
            id=str(uuid4()),
            source="/test",
            type=f"{kind.value}.changed.v1",
            tenant_id=TenantId(tenant or self.tenant),
            entity_version=version,
            realm_id=RealmId(realm) if realm else None,
        )
        self.offset += 1
        position = Position("platform.events", 0, self.offset)
        received = Received(position, envelope.headers(), encode(document))
        store = PostgresStore(Sessions(self.database).session)
        return await Intake(store, now=self.now).accept([received])

    async def reconciler(self) -> Reconciler:
        """Take the leases as a new owner, and give what its lanes work with."""
        async with self.database.begin() as db:
            epochs = await PostgresLeases(db).take(
                self.provider.name, [PARTITION], owner="test", now=self.now()
            )
        store = PostgresStore(Sessions(self.database).session)
        push = Push(
            store,
            RetryPolicy(),
            batch_limit=self.provider.batch_limit,
            now=self.now,
            chance=lambda: 0.0,
            crash_point=self.crash_point,
        )
        return Reconciler(
            store,
            self.provider,
            push,
            open_ledger=self.open_ledger,
            epoch_of=epochs.__getitem__,
            now=self.now,
        )

    async def handled(self, document_id: str) -> TryResult:
        """Make one try of one record; return how it ended."""
        record = await self.record(document_id)
        lane = lane_of(self.connection, self.provider.quota, partition=PARTITION)
        kind = DocumentType(record["document_type"])
        work = Work(RecordId(record["record_id"]), kind, Priority.PUSH)
        [handled] = await (await self.reconciler()).handle(lane, [work])
        return handled

    async def work(self) -> None:
        """Start a worker and let it work until nothing is due; a crash ends it."""
        reconciler = await self.reconciler()
        engine = Engine(
            realm_lanes(self.provider),
            reconciler,
            self.retried,
            AuditedCalls(
                Sessions(self.database),
                PostgresAudit(Sessions(self.database), now=self.now),
                now=self.now,
            ),
            valves=PostgresValves(Sessions(self.database).session, now=self.now),
            quotas=RealmQuotas(self.provider.quota),
            policy=LanePolicy(sweep_s=0.2, trouble_pause_s=0.05),
            partition_of=lambda _: PARTITION,
            now=self.now,
        )
        await engine.assign(frozenset({PARTITION}))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(engine.run())
            async with asyncio.timeout(PATIENCE_S):
                while engine.resident or await self.due():
                    await asyncio.sleep(0.02)
            engine.stop()

    async def killed_at(self, point: str) -> None:
        """Work until the process is killed at a named point."""

        def kill(reached: str) -> None:
            if reached == point:
                raise Killed(point)

        self.crash_point = kill
        try:
            await self.work()
        except BaseExceptionGroup as group:
            if group.subgroup(Killed) is None:
                raise
        else:
            raise AssertionError(f"{point} was not reached")
        finally:
            self.crash_point = lambda _: None

    async def release(self, document_id: str) -> None:
        """Open a record again, as a person does who has put right what stopped it."""
        record = await self.record(document_id)
        async with self.database.begin() as db:
            await reopen(db, [record["record_id"]], now=self.now())

    async def due(self) -> bool:
        """Whether the table has work that may be done now."""
        async with self.database.connect() as db:
            connections = PostgresConnections(db)
            return bool(await connections.with_open_work(self.provider.name, now=self.now()))

    async def states(self) -> dict[str, str]:
        """Return the state of each document by its id."""
        rows = await self.rows("SELECT document_id, state FROM sync_records")
        return {row["document_id"]: row["state"] for row in rows}

    async def record(self, document_id: str) -> dict[str, Any]:
        """Return a record's row."""
        rows = await self.rows("SELECT * FROM sync_records")
        return next(row for row in rows if row["document_id"] == document_id)

    async def rows(self, statement: str) -> list[dict[str, Any]]:
        """Read rows."""
        async with self.database.connect() as db:
            return [dict(row) for row in (await db.execute(text(statement))).mappings()]

    async def value(self, statement: str) -> Any:
        """Read one value."""
        async with self.database.connect() as db:
            return (await db.execute(text(statement))).scalar_one()


@asynccontextmanager
async def open_sync_harness(
    database_url: str, company: Company, *, realm: str
) -> AsyncIterator[SyncHarness]:
    """Open a harness of one company; the ledger is the company's, with its own token."""
    database = create_async_engine(database_url)
    connection = ConnectionId(UUID(int=7))
    provider = company.provider
    harness = SyncHarness(
        database,
        provider,
        lambda _realm, _pace: company.ledger,
        TenantId("t1"),
        RealmId(realm),
        connection,
    )
    try:
        async with database.begin() as db:
            grant = uuid4()
            await db.execute(
                insert(grants).values(
                    id=grant,
                    tenant_id=harness.tenant,
                    provider=provider.name,
                    sealed=b"not opened here",
                    key_id="k1",
                    scopes=[],
                    expires_at=harness.now(),
                    refresh_expires_at=harness.now(),
                    created_at=harness.now(),
                    updated_at=harness.now(),
                )
            )
            await db.execute(
                insert(connections).values(
                    id=connection,
                    grant_id=grant,
                    tenant_id=harness.tenant,
                    provider=provider.name,
                    realm_id=realm,
                    environment="sandbox",
                    state=ConnectionState.CONNECTED,
                    company_name="Larkspur",
                    country="US",
                    currency="USD",
                    profile={},
                    is_default=True,
                    connected_at=harness.now(),
                    updated_at=harness.now(),
                )
            )
        yield harness
    finally:
        await database.dispose()
