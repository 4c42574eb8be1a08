"""The record store on PostgreSQL. The statements are where their subject is."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.store import (
    dead_letters,
    dependencies,
    desired_states,
    intents,
    sync_records,
    tasks,
)
from consumers.store.leases import take_leases
from consumers.store.protocols import LinkTaken
from ledgerlane_outbox import OutboxMessage, append
from providers.base import Written
from providers.connections import Connection, ConnectionStore
from providers.sessions import OpenSession
from schemas.errors import Reason
from schemas.ids import ConnectionId, ProviderName, RecordId, TenantId
from schemas.result import SyncState


class PostgresStore:
    """See :class:`~consumers.store.protocols.RecordStore`."""

    def __init__(self, open_session: OpenSession) -> None:
        """Take what opens a session over all tenants.

        A batch of intake has events of several tenants, and the lanes of a worker many realms.
        """
        self._open_session = open_session

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["PostgresTransaction"]:
        """See :class:`~consumers.store.protocols.RecordStore`."""
        async with self._open_session() as connection:
            yield PostgresTransaction(connection)


class PostgresTransaction:
    """See :class:`~consumers.store.protocols.Transaction`, for every method of it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._db = connection
        self._connections = ConnectionStore(connection)

    async def connection(self, connection_id: ConnectionId) -> Connection | None:
        """Read one connection."""
        return await self._connections.get(connection_id)

    async def connections_of(self, tenant: TenantId) -> Sequence[Connection]:
        """Read a tenant's connections."""
        return await self._connections.of_tenant(tenant)

    async def connected(self, provider: ProviderName) -> Sequence[Connection]:
        """Read the connections of a provider that may be called."""
        return await self._connections.connected(provider)

    async def expire(self, seen: Connection, *, now: datetime) -> None:
        """Note that the provider refuses us."""
        await self._connections.expire(seen, now=now)

    async def take_leases(
        self, provider: ProviderName, partitions: Sequence[int], *, owner: str, now: datetime
    ) -> dict[int, int]:
        """Raise the epochs of partitions."""
        return await take_leases(self._db, provider, partitions, owner=owner, now=now)

    async def announce(
        self, announced: Sequence[desired_states.DesiredState], *, now: datetime
    ) -> set[RecordId]:
        """Store new desired states."""
        return await desired_states.upsert_desired(self._db, announced, now=now)

    async def load(
        self, connection_id: ConnectionId, record_ids: Sequence[RecordId]
    ) -> dict[RecordId, sync_records.Row]:
        """Read records."""
        return await sync_records.load(self._db, connection_id, record_ids)

    async def links(
        self, connection_id: ConnectionId, record_ids: Sequence[RecordId]
    ) -> dict[RecordId, sync_records.Linked]:
        """Give the ledger's side of records."""
        return await sync_records.links(self._db, connection_id, record_ids)

    async def open_work(
        self,
        connection_id: ConnectionId,
        *,
        without: Sequence[RecordId],
        limit: int,
        now: datetime,
    ) -> list[sync_records.OpenWork]:
        """Read a page of open records."""
        return await sync_records.open_work(
            self._db, connection_id, without=without, limit=limit, now=now
        )

    async def connections_with_work(
        self, provider: ProviderName, *, now: datetime
    ) -> list[ConnectionId]:
        """Name the connections that have open records."""
        return await sync_records.connections_with_work(self._db, provider, now=now)

    async def agree(
        self,
        record_id: RecordId,
        *,
        version: int,
        base: str | None,
        written: Written | None,
        now: datetime,
    ) -> None:
        """Store what the ledger holds."""
        try:
            await sync_records.agree(
                self._db, record_id, version=version, base=base, written=written, now=now
            )
        except IntegrityError as exc:
            raise LinkTaken(f"record {record_id}") from exc

    async def settle(
        self,
        record_id: RecordId,
        state: SyncState,
        *,
        version: int,
        reason: Reason | None,
        now: datetime,
        failed: bool = False,
        next_attempt_at: datetime | None = None,
    ) -> bool:
        """Store how a record stands."""
        return await sync_records.settle(
            self._db,
            record_id,
            state,
            version=version,
            reason=reason,
            now=now,
            failed=failed,
            next_attempt_at=next_attempt_at,
        )

    async def open_intents(
        self, fence: intents.Fence, about: Sequence[intents.About], *, now: datetime
    ) -> dict[RecordId, UUID]:
        """Note that writes begin."""
        return await intents.open_intents(self._db, fence, about, now=now)

    async def hold(self, fence: intents.Fence) -> None:
        """Keep the epoch as it is."""
        await intents.hold(self._db, fence)

    async def close_intents(self, record_ids: Sequence[RecordId]) -> None:
        """Forget intents."""
        await intents.close_intents(self._db, record_ids)

    async def lock(self, connection_id: ConnectionId, record_ids: Sequence[RecordId]) -> None:
        """Lock records that are about to be settled."""
        await dependencies.lock(self._db, connection_id, record_ids)

    async def begin_wait(
        self,
        connection_id: ConnectionId,
        record_id: RecordId,
        awaited: Mapping[RecordId, bool],
    ) -> bool:
        """Note what a record waits for."""
        return await dependencies.begin_wait(self._db, connection_id, record_id, awaited)

    async def obstacles(self, record_id: RecordId) -> dependencies.Obstacles:
        """Say why a wait may last."""
        return await dependencies.obstacles(self._db, record_id)

    async def tell_waiters(self, record_id: RecordId, reason: Reason, *, now: datetime) -> int:
        """Let those that wait for a record say why they do."""
        return await dependencies.tell_waiters(self._db, record_id, reason, now=now)

    async def wake(
        self, connection_id: ConnectionId, changed: Sequence[RecordId], *, now: datetime
    ) -> int:
        """Make pending what waited for these records."""
        return await dependencies.wake(self._db, connection_id, changed, now=now)

    async def open_task(self, task: tasks.Task) -> None:
        """Open a task."""
        await tasks.open_task(self._db, task)

    async def close_tasks(self, record_id: RecordId, *, now: datetime) -> None:
        """Close the tasks of a record."""
        await tasks.close_tasks(self._db, record_id, now=now)

    async def bury(self, letters: Sequence[dead_letters.DeadLetter]) -> None:
        """Store dead letters."""
        await dead_letters.bury(self._db, letters)

    async def append(self, *messages: OutboxMessage) -> None:
        """Add events to the outbox."""
        await append(self._db, *messages)
