"""A migrated database with the two connections of the store's contract, and what is in it."""

from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from consumers.store.postgres import PostgresStore
from consumers.store.protocols import RecordStore, Transaction
from gateway.database.sessions import Sessions
from providers.connections import ConnectionState, ConnectionStore
from providers.tables import connections, grants
from schemas.ids import ConnectionId, RecordId, TenantId
from tests.contracts.store_steps import NOW, QBO, R1, R2, TENANT, StoredTask

TASKS = """
    SELECT id, code, cause, version, times_seen, COALESCE(closed_by, '') FROM tasks ORDER BY id
"""


@dataclass(frozen=True)
class NamingStore:
    """A store whose transactions name a tenant of the test's where they name nobody."""

    store: PostgresStore
    tenant: TenantId

    def transaction(
        self, *tenants: TenantId, owners_of: Collection[ConnectionId] = ()
    ) -> AbstractAsyncContextManager[Transaction]:
        named = tenants if tenants or owners_of else (self.tenant,)
        return self.store.transaction(*named, owners_of=owners_of)


@dataclass
class PostgresPlace:
    database: AsyncEngine

    def __post_init__(self) -> None:
        self.store: RecordStore = NamingStore(
            PostgresStore(Sessions(self.database).session), TENANT
        )

    async def dead_letters(self) -> list[UUID]:
        return await self._ids("SELECT id FROM dead_letters")

    async def events(self) -> list[UUID]:
        return await self._ids("SELECT event_id FROM ledgerlane_outbox ORDER BY seq")

    async def tasks(self) -> list[StoredTask]:
        async with self.database.connect() as db:
            return [StoredTask(*row) for row in await db.execute(text(TASKS))]

    async def resolved_at(self, record: RecordId) -> datetime | None:
        statement = text("SELECT resolved_at FROM sync_records WHERE record_id = :record")
        async with self.database.connect() as db:
            found = await db.execute(statement, {"record": record})
            resolved: datetime | None = found.scalar_one()
            return resolved

    async def ask_to_read(self, connection: ConnectionId) -> None:
        async with self.database.begin() as db:
            await ConnectionStore(db).read_again([connection])

    async def _ids(self, statement: str) -> list[UUID]:
        async with self.database.connect() as db:
            return list((await db.execute(text(statement))).scalars())


@asynccontextmanager
async def open_place(database_url: str) -> AsyncIterator[PostgresPlace]:
    """Open the store with as many connections as a test has sessions at once."""
    database = create_async_engine(database_url, pool_size=8)
    await _connect(database)
    yield PostgresPlace(database)
    await database.dispose()


async def _connect(database: AsyncEngine) -> None:
    """Store the two connections that the contract asks for."""
    grant = uuid4()
    async with database.begin() as db:
        await db.execute(
            insert(grants).values(
                id=grant,
                tenant_id=TENANT,
                provider=QBO,
                sealed=b"not opened here",
                key_id="k1",
                scopes=[],
                expires_at=NOW,
                refresh_expires_at=NOW,
                created_at=NOW,
                updated_at=NOW,
            )
        )
        for id_ in (R1, R2):
            await db.execute(
                insert(connections).values(
                    id=id_,
                    grant_id=grant,
                    tenant_id=TENANT,
                    provider=QBO,
                    realm_id=str(id_),
                    environment="sandbox",
                    state=ConnectionState.CONNECTED,
                    company_name="Larkspur",
                    country="US",
                    currency="USD",
                    profile={},
                    is_default=id_ == R1,
                    connected_at=NOW,
                    updated_at=NOW,
                )
            )
