"""The record store in memory. Passes `RecordStoreContract`, as PostgreSQL does."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from consumers.store.connections import ConnectedRealm
from consumers.store.dead_letters import DeadLetter
from ledgerlane_outbox import OutboxMessage
from providers.base import Profile
from providers.connections import Connection, ConnectionState
from schemas.errors import Reason
from schemas.ids import ConnectionId, ProviderName, TenantId
from tests.fakes.database import Database
from tests.fakes.dependencies import MemoryDependencies
from tests.fakes.intents import MemoryIntents, MemoryLeases
from tests.fakes.related_records import MemoryRelatedRecords
from tests.fakes.statements import Statements
from tests.fakes.sync_records import MemorySyncRecords
from tests.fakes.tables import Pause, Session
from tests.fakes.tasks import MemoryTasks


async def at_once(statement: str) -> None:
    """Take no time."""


class MemoryConnections(Statements):
    """The connections in memory."""

    async def get(self, connection_id: ConnectionId) -> Connection | None:
        await self._pause("connection")
        return self._session.get(self._database.connections, connection_id)

    async def of_tenant(self, tenant: TenantId) -> Sequence[Connection]:
        await self._pause("connections_of_tenant")
        return self._of_tenant(tenant)

    def _of_tenant(self, tenant: TenantId) -> Sequence[Connection]:
        found = self._session.rows(self._database.connections)
        ordered = sorted(found, key=lambda c: (c.provider, c.company_name, c.id))
        return [c for c in ordered if c.tenant_id == tenant]

    async def of_tenants(
        self, tenants: Sequence[TenantId]
    ) -> Mapping[TenantId, Sequence[Connection]]:
        await self._pause("connections_of_tenants")
        return {t: found for t in tenants if (found := self._of_tenant(t))}

    async def authorised(self, wanted: Sequence[ConnectionId]) -> set[ConnectionId]:
        await self._pause("authorised")
        return {c.id for c in self._connected() if c.id in wanted}

    async def expire(self, seen: Connection, reason: Reason, *, now: datetime) -> None:
        await self._pause("expire")
        stored = await self._session.lock_row(self._database.connections, seen.id)
        if stored is not None and (stored.state, stored.updated_at) == (
            ConnectionState.CONNECTED,
            seen.updated_at,
        ):
            expired = replace(
                stored, state=ConnectionState.EXPIRED, reason=reason, updated_at=now
            )
            self._session.put(self._database.connections, seen.id, expired)

    async def begin_reading(self, connection_id: ConnectionId, *, overdue: datetime) -> None:
        await self._pause("begin_reading")
        stored = await self._session.lock_row(self._database.connections, connection_id)
        if stored is not None and stored.profile_read_at is None:
            reading = replace(stored, profile_read_at=overdue)
            self._session.put(self._database.connections, connection_id, reading)

    async def save_profile(self, seen: Connection, profile: Profile, *, now: datetime) -> None:
        await self._pause("save_profile")
        stored = await self._session.lock_row(self._database.connections, seen.id)
        if stored is not None and stored.profile_read_at == seen.profile_read_at:
            read = replace(
                stored,
                company_name=profile.company_name,
                country=profile.country,
                currency=profile.currency,
                profile=profile.data,
                profile_read_at=now,
            )
            self._session.put(self._database.connections, seen.id, read)

    async def with_open_work(
        self, provider: ProviderName, *, now: datetime
    ) -> list[ConnectedRealm]:
        await self._pause("with_open_work")
        with_work = {
            r.announced.connection_id
            for r in self._session.rows(self._database.records)
            if r.announced.provider == provider and r.is_work(now)
        }
        return [
            ConnectedRealm(c.id, c.tenant_id, c.realm_id)
            for c in self._connected()
            if c.id in with_work
        ]

    def _connected(self) -> list[Connection]:
        found = self._session.rows(self._database.connections)
        return [c for c in found if c.state is ConnectionState.CONNECTED]


class MemoryDeadLetters(Statements):
    """The dead letters in memory."""

    async def store(self, letters: Sequence[DeadLetter]) -> set[UUID]:
        await self._pause("store_dead_letters")
        new: set[UUID] = set()
        for letter in letters:
            if await self._session.lock_row(self._database.dead_letters, letter.id) is None:
                self._session.put(self._database.dead_letters, letter.id, letter)
                self._database.append(self._session, letter.id)
                new.add(letter.id)
        return new


class MemoryOutbox(Statements):
    """The outbox in memory."""

    async def append(self, *messages: OutboxMessage) -> None:
        await self._pause("append")
        for message in messages:
            self._database.append(self._session, message.event_id)


@dataclass(frozen=True, slots=True)
class MemoryTables:
    """The classes of a transaction's tables, each of which can be replaced.

    So it can be seen what happens without a guard that one of their statements has.
    """

    records: type[MemorySyncRecords] = MemorySyncRecords
    intents: type[MemoryIntents] = MemoryIntents
    dependencies: type[MemoryDependencies] = MemoryDependencies
    leases: type[MemoryLeases] = MemoryLeases
    related: type[MemoryRelatedRecords] = MemoryRelatedRecords


class MemoryTransaction:
    """A transaction in progress, by its tables."""

    def __init__(
        self, database: Database, session: Session, pause: Pause, tables: MemoryTables
    ) -> None:
        self.connections = MemoryConnections(database, session, pause)
        self.records = tables.records(database, session, pause)
        self.related = tables.related(database, session, pause)
        self.intents = tables.intents(database, session, pause)
        self.dependencies = tables.dependencies(database, session, pause)
        self.tasks = MemoryTasks(database, session, pause)
        self.dead_letters = MemoryDeadLetters(database, session, pause)
        self.leases = tables.leases(database, session, pause)
        self.outbox = MemoryOutbox(database, session, pause)


class MemoryStore:
    """The record store of a database in memory.

    Args:
        pause: Awaited with each statement's name before it is carried out, and with
            ``begin``, ``commit`` and ``committed`` around them; what it raises ends the
            transaction.
        tables: The classes of the tables.
    """

    def __init__(
        self,
        database: Database,
        pause: Pause = at_once,
        *,
        tables: MemoryTables | None = None,
    ) -> None:
        self._database = database
        self._pause = pause
        self._tables = tables or MemoryTables()

    @asynccontextmanager
    async def transaction(
        self, *tenants: TenantId, owners_of: Collection[ConnectionId] = ()
    ) -> AsyncIterator[MemoryTransaction]:
        """Open a transaction; whose rows it may see is for a database to say, not for this."""
        async with self._database.sessions.transaction(self._pause) as session:
            yield MemoryTransaction(self._database, session, self._pause, self._tables)
