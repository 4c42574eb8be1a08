"""The record store in memory. Passes `RecordStoreContract`, as PostgreSQL does."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from consumers.lanes.fencing import Fenced
from consumers.store.dead_letters import DeadLetter
from consumers.store.desired_states import DesiredState, newest
from consumers.store.intents import About, Fence
from consumers.store.protocols import LinkTaken
from consumers.store.sync_records import Linked, OpenWork, Row
from ledgerlane_outbox import OutboxMessage
from providers.base import Operation, Written
from providers.connections import Connection, ConnectionState
from schemas.errors import Reason
from schemas.ids import ConnectionId, ProviderName, RecordId, TenantId
from schemas.result import SyncState
from tests.fakes.database import Begun, Database, Record
from tests.fakes.tables import Pause
from tests.fakes.tasks import Tasks
from tests.fakes.waits import Waits


async def at_once(statement: str) -> None:
    """Take no time."""


class MemoryStore:
    """See :class:`~consumers.store.protocols.RecordStore`.

    Args:
        pause: Awaited with each statement's name before it is carried out, and with
            ``begin``, ``commit`` and ``committed`` around them; what it raises ends the
            transaction.
        statements: What its transactions are, to see what happens without one of their guards.
    """

    def __init__(
        self,
        database: Database,
        pause: Pause = at_once,
        *,
        statements: type["MemoryTransaction"] | None = None,
    ) -> None:
        self._database = database
        self._pause = pause
        self._statements = statements or MemoryTransaction

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["MemoryTransaction"]:
        async with self._database.sessions.transaction(self._pause) as session:
            yield self._statements(self._database, session, self._pause)


class MemoryTransaction(Tasks, Waits):
    """See :class:`~consumers.store.protocols.Transaction`."""

    async def connection(self, connection_id: ConnectionId) -> Connection | None:
        await self._pause("connection")
        return self._session.get(self._database.connections, connection_id)

    async def connections_of(self, tenant: TenantId) -> Sequence[Connection]:
        await self._pause("connections_of")
        return [c for c in self._connections() if c.tenant_id == tenant]

    async def connected(self, provider: ProviderName) -> Sequence[Connection]:
        await self._pause("connected")
        return [
            c
            for c in self._connections()
            if c.provider == provider and c.state is ConnectionState.CONNECTED
        ]

    def _connections(self) -> list[Connection]:
        found = self._session.rows(self._database.connections)
        return sorted(found, key=lambda c: (c.provider, c.company_name, c.id))

    async def expire(self, seen: Connection, *, now: datetime) -> None:
        await self._pause("expire")
        stored = await self._session.lock_row(self._database.connections, seen.id)
        if stored is not None and (stored.state, stored.updated_at) == (
            ConnectionState.CONNECTED,
            seen.updated_at,
        ):
            expired = replace(stored, state=ConnectionState.EXPIRED, updated_at=now)
            self._session.put(self._database.connections, seen.id, expired)

    async def take_leases(
        self, provider: ProviderName, partitions: Sequence[int], *, owner: str, now: datetime
    ) -> dict[int, int]:
        await self._pause("take_leases")
        epochs = {}
        for partition in sorted(partitions):
            key = (provider, partition)
            epoch = (await self._session.lock_row(self._database.leases, key) or 0) + 1
            self._session.put(self._database.leases, key, epoch)
            epochs[partition] = epoch
        return epochs

    async def announce(
        self, announced: Sequence[DesiredState], *, now: datetime
    ) -> set[RecordId]:
        await self._pause("announce")
        signalled = set()
        for one in newest(announced):
            known = await self._session.lock_row(self._database.records, one.record_id)
            fresh = Record(one, now)
            if known is None:
                self._put(fresh)
            elif self.supersedes(one, known):
                self._put(
                    replace(
                        fresh,
                        base=known.base,
                        base_version=known.base_version,
                        external=known.external,
                        tries=known.tries,
                        resolved_at=known.resolved_at,
                    )
                )
            elif known.state is not SyncState.PENDING:
                continue
            signalled.add(one.record_id)
        return signalled

    def supersedes(self, one: DesiredState, known: Record) -> bool:
        """Whether a state is newer than the one that is known."""
        return known.announced.version < one.version

    async def load(
        self, connection_id: ConnectionId, record_ids: Sequence[RecordId]
    ) -> dict[RecordId, Row]:
        await self._pause("load")
        found = [self._record(id_) for id_ in record_ids]
        return {
            r.announced.record_id: self._row(r)
            for r in found
            if r is not None and r.announced.connection_id == connection_id
        }

    def _row(self, record: Record) -> Row:
        begun = self._session.get(self._database.intents, record.announced.record_id)
        return Row(
            record_id=record.announced.record_id,
            document_type=record.announced.document_type,
            document_id=record.announced.document_id,
            desired=record.announced.document,
            desired_version=record.announced.version,
            desired_at=record.desired_at,
            base=record.base,
            base_version=record.base_version,
            external=record.external,
            state=record.state,
            attempts=record.attempts,
            tries=record.tries,
            next_attempt_at=record.next_attempt_at,
            intent=begun.intent if begun else None,
        )

    async def links(
        self, connection_id: ConnectionId, record_ids: Sequence[RecordId]
    ) -> dict[RecordId, Linked]:
        await self._pause("links")
        found = [self._record(id_) for id_ in record_ids]
        return {
            r.announced.record_id: Linked(r.external, r.state is SyncState.AGREED)
            for r in found
            if r is not None and r.external and r.announced.connection_id == connection_id
        }

    async def open_work(
        self,
        connection_id: ConnectionId,
        *,
        without: Sequence[RecordId],
        limit: int,
        now: datetime,
    ) -> list[OpenWork]:
        await self._pause("open_work")
        found = [
            r
            for r in self._session.rows(self._database.records)
            if r.announced.connection_id == connection_id
            and r.is_work(now)
            and r.announced.record_id not in without
        ]
        found.sort(key=lambda r: (r.announced.priority, r.desired_at))
        return [
            OpenWork(r.announced.record_id, r.announced.document_type, r.announced.priority)
            for r in found[:limit]
        ]

    async def connections_with_work(
        self, provider: ProviderName, *, now: datetime
    ) -> list[ConnectionId]:
        await self._pause("connections_with_work")
        found = [
            r.announced.connection_id
            for r in self._session.rows(self._database.records)
            if r.announced.provider == provider and r.is_work(now)
        ]
        return list(dict.fromkeys(found))

    async def agree(
        self,
        record_id: RecordId,
        *,
        version: int,
        base: str | None,
        written: Written | None,
        now: datetime,
    ) -> None:
        await self._pause("agree")
        known = await self._session.lock_row(self._database.records, record_id)
        if known is None or not self.may_agree(known, version):
            return
        newest_one = known.announced.version == version
        agreed = replace(
            known,
            base=base,
            base_version=version,
            external=written.external if written else known.external,
            state=SyncState.AGREED if newest_one else SyncState.PENDING,
            reason=None,
            next_attempt_at=None,
            attempts=0 if newest_one else known.attempts,
            resolved_at=_resolved_at(known, now) if newest_one else known.resolved_at,
        )
        await self._claim_link(agreed)
        self._put(agreed)

    def may_agree(self, known: Record, version: int) -> bool:
        """Whether a version may become the base: an older one never replaces a newer one."""
        return known.base_version is None or known.base_version <= version

    async def _claim_link(self, record: Record) -> None:
        """Keep the unique index of a connection's links."""
        if record.link is None:
            return
        mine = record.announced.record_id
        await self._session.lock("sync_records_external", *record.link)
        for other in self._session.rows(self._database.records):
            if other.link == record.link and other.announced.record_id != mine:
                raise LinkTaken(f"record {mine}")

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
        await self._pause("settle")
        known = await self._session.lock_row(self._database.records, record_id)
        if known is None or not self.may_settle(known, version):
            return False
        settled = replace(
            known,
            state=state,
            reason=reason,
            attempts=known.attempts + failed,
            tries=known.tries + failed,
            next_attempt_at=next_attempt_at,
            resolved_at=None if failed else known.resolved_at,
        )
        self._put(settled)
        return True

    def may_settle(self, known: Record, version: int) -> bool:
        """Whether an outcome is about the newest version."""
        return known.announced.version == version

    async def open_intents(
        self, fence: Fence, about: Sequence[About], *, now: datetime
    ) -> dict[RecordId, UUID]:
        await self._pause("open_intents")
        await self._share(fence)
        keys = {}
        for one in about:
            known = await self._session.lock_row(self._database.intents, one.record_id)
            begun = Begun(
                one.record_id, one.operation, one.version, one.idempotency_key, fence.epoch
            )
            if known is not None and known.operation is Operation.CREATE:
                begun = replace(begun, version=known.version, key=known.key)
            self._session.put(self._database.intents, one.record_id, begun)
            keys[one.record_id] = begun.key
        return keys

    async def hold(self, fence: Fence) -> None:
        await self._pause("hold")
        await self._share(fence)

    async def _share(self, fence: Fence) -> None:
        """Keep others from raising the epoch.

        Raises:
            Fenced: the epoch is no longer the current one.
        """
        lease = (fence.provider, fence.partition)
        epoch = await self._session.lock_row(self._database.leases, lease, shared=True)
        if not self.may_write(fence, epoch):
            raise Fenced(f"{fence.provider} partition {fence.partition} epoch {fence.epoch}")

    def may_write(self, fence: Fence, epoch: int | None) -> bool:
        """Whether the epoch of a fence is the current one."""
        return epoch == fence.epoch

    async def close_intents(self, record_ids: Sequence[RecordId]) -> None:
        await self._pause("close_intents")
        for id_ in record_ids:
            if await self._session.lock_row(self._database.intents, id_) is not None:
                self._session.put(self._database.intents, id_, None)

    async def bury(self, letters: Sequence[DeadLetter]) -> None:
        await self._pause("bury")
        for letter in letters:
            if await self._session.lock_row(self._database.letters, letter.id) is None:
                self._session.put(self._database.letters, letter.id, letter)
                self._database.append(self._session, letter.id)

    async def append(self, *messages: OutboxMessage) -> None:
        await self._pause("append")
        for message in messages:
            self._database.append(self._session, message.event_id)


def _resolved_at(known: Record, now: datetime) -> datetime | None:
    """Say when the trouble of a record is over that agrees now; never where it had none."""
    return known.resolved_at or (now if known.tries else None)
