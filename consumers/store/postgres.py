"""The record store on PostgreSQL: one object for each table, over one transaction."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.store.connections import PostgresConnections
from consumers.store.dead_letters import PostgresDeadLetters
from consumers.store.dependencies import PostgresDependencies
from consumers.store.intents import PostgresIntents
from consumers.store.leases import PostgresLeases
from consumers.store.related_records import PostgresRelatedRecords
from consumers.store.sync_records import PostgresSyncRecords
from consumers.store.tasks import PostgresTasks
from ledgerlane_outbox import OutboxMessage, append
from providers.sessions import OpenSession, name_owners
from schemas.ids import ConnectionId, TenantId


class PostgresOutbox:
    """The gateway's own outbox."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def append(self, *messages: OutboxMessage) -> None:
        """Add events that are published only if the transaction commits."""
        await append(self._connection, *messages)


class PostgresTransaction:
    """A transaction in progress, by its tables."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connections = PostgresConnections(connection)
        self.records = PostgresSyncRecords(connection)
        self.related = PostgresRelatedRecords(connection)
        self.intents = PostgresIntents(connection)
        self.dependencies = PostgresDependencies(connection)
        self.tasks = PostgresTasks(connection)
        self.dead_letters = PostgresDeadLetters(connection)
        self.leases = PostgresLeases(connection)
        self.outbox = PostgresOutbox(connection)


class PostgresStore:
    """The record store of a database."""

    def __init__(self, open_session: OpenSession) -> None:
        """Take what opens a session for the tenants that it names."""
        self._open_session = open_session

    @asynccontextmanager
    async def transaction(
        self, *tenants: TenantId, owners_of: Collection[ConnectionId] = ()
    ) -> AsyncIterator[PostgresTransaction]:
        """Open a transaction, commit it at the end of the body, roll it back by an error.

        It sees and changes rows of these tenants only, or of those who own ``owners_of``.
        """
        async with self._open_session(*tenants) as connection:
            if owners_of:
                await name_owners(connection, owners_of)
            yield PostgresTransaction(connection)
