"""The record store on PostgreSQL: one object for each table, over one transaction."""

from collections.abc import AsyncIterator
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
from providers.sessions import OpenSession


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
        """Take what opens a session over all tenants.

        A batch of intake has events of several tenants, and the lanes of a worker many realms.
        """
        self._open_session = open_session

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresTransaction]:
        """Open a transaction, commit it at the end of the body, roll it back by an error."""
        async with self._open_session() as connection:
            yield PostgresTransaction(connection)
