"""The record store, as sync, lanes and intake need it: transactions over its tables.

All that happens in one transaction happens together or not at all, also when the process dies
inside. Statements of transactions at the same time see what others have committed, and wait
for rows that others have changed and not committed: `READ COMMITTED`, as in PostgreSQL.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from consumers.store.connections import ConnectedRealm
from consumers.store.dead_letters import DeadLetter
from consumers.store.dependencies import Blockers
from consumers.store.desired_states import DesiredState, Upserted
from consumers.store.intents import IntendedWrite
from consumers.store.leases import Fence
from consumers.store.observed_states import ObservedDocument, ObservedState
from consumers.store.record_rows import SyncRecordRow
from consumers.store.refused_versions import HeldRecord, RefusedVersion
from consumers.store.related_records import RelatedRecord
from consumers.store.sync_records import Named, OpenWork
from consumers.store.tasks import Task
from ledgerlane_outbox import OutboxMessage
from providers.base import Profile, Written
from providers.connections import Connection
from schemas.errors import Reason
from schemas.ids import ConnectionId, ProviderName, RecordId, TenantId
from schemas.result import SyncState


class Connections(Protocol):
    """The connections, whose state says whether the provider may be called."""

    async def get(self, connection_id: ConnectionId) -> Connection | None:
        """Return one connection."""

    async def of_tenant(self, tenant: TenantId) -> Sequence[Connection]:
        """Return a tenant's connections, in the order of provider and company."""

    async def of_tenants(
        self, tenants: Sequence[TenantId]
    ) -> Mapping[TenantId, Sequence[Connection]]:
        """Return the connections of each of these tenants that has any, in the same order."""

    async def authorised(self, wanted: Sequence[ConnectionId]) -> set[ConnectionId]:
        """Return those of these connections that may be called."""

    async def expire(self, seen: Connection, reason: Reason, *, now: datetime) -> None:
        """Record that the provider refuses us, unless it was connected anew since ``seen``."""

    async def begin_reading(self, connection_id: ConnectionId, *, overdue: datetime) -> None:
        """Mark a company that was asked for as being read, and as long overdue till then."""

    async def save_profile(self, seen: Connection, profile: Profile, *, now: datetime) -> None:
        """Store what the provider says about a company, unless it was read since ``seen``.

        Args:
            now: The time when the reading began.
        """

    async def with_open_work(
        self, provider: ProviderName, *, now: datetime
    ) -> list[ConnectedRealm]:
        """Return the provider's connections that may be called and have records due."""


class SyncRecords(Protocol):
    """The sync records: one for every document of a connection."""

    async def upsert_desired(
        self, states: Sequence[DesiredState], *, now: datetime
    ) -> Upserted:
        """Store new desired states; return what to signal, and what to compare.

        An older or equal version changes nothing, and asks for a signal only while its record
        is pending: the signal of the first time may be lost. A record that is held by a
        refused version stays so, unless the new one is not older than that.
        """

    async def hold_refused(
        self, versions: Sequence[RefusedVersion], *, now: datetime
    ) -> dict[RecordId, HeldRecord]:
        """Hold the records of refused versions; return those that are held by them now.

        What was desired and agreed stays as it is. A record that does not exist is made,
        without a desired document. A version that is not newer than the desired one, or older
        than one that was refused already, changes nothing.
        """

    async def count_failures(self, record_ids: Sequence[RecordId]) -> None:
        """Count a failure of each of these records, so that agreement closes their tasks."""

    async def load(
        self, connection_id: ConnectionId, record_ids: Sequence[RecordId]
    ) -> dict[RecordId, SyncRecordRow]:
        """Return records of one connection, each with its open intent."""

    async def named(
        self, connection_id: ConnectionId, record_ids: Sequence[RecordId]
    ) -> dict[RecordId, Named]:
        """Return those of these records that there are, as those that name them need them."""

    async def linked_elsewhere(self, externals: Mapping[RecordId, str]) -> set[RecordId]:
        """Return the records whose counterpart is linked to another document of their type.

        Args:
            externals: The id of the ledger's record that each record is to be linked to.
        """

    async def open_work(
        self,
        provider: ProviderName,
        connection_id: ConnectionId,
        *,
        without: Sequence[RecordId],
        limit: int,
        now: datetime,
    ) -> list[OpenWork]:
        """Return a page of records that are pending or due, most urgent and oldest first.

        Args:
            without: Records to leave out, as they are in memory already.
            limit: The length of the page, from 1.
        """

    async def observe(
        self, states: Sequence[ObservedState], *, now: datetime
    ) -> dict[RecordId, int]:
        """Store what was seen in the ledger; return the records to signal, with their revision.

        The record is the one that is linked to the ledger's record; where there is none, one is
        made that the platform does not have yet. A version that is older, or the same as the
        one that was seen last or that our own write led to, changes nothing. Nothing in
        production calls this yet: there is no change feed.
        """

    async def agree(
        self,
        record_id: RecordId,
        *,
        revision: int | None,
        version: int | None,
        base: str | None,
        written: Written | None,
        now: datetime,
        ledger_version: int = -1,
        observed: ObservedDocument | None = None,
    ) -> None:
        """Record on what both sides agree; an older version never replaces a newer one.

        The revision stays as it is: what a write of ours leads to is no news of either side.

        Args:
            revision: The revision that is settled by it, so that the record agrees while it is
                still its own; ``None`` where more is to be done.
            version: The platform's version of the base; ``None`` where both never agreed.
            base: The document of that version, as JSON text; ``None`` where what the ledger
                holds is not known.
            written: The ledger's answer; ``None`` leaves the link, the figures and the remarks
                as they are.
            ledger_version: The newest ledger version that is dealt with by it; -1 if not known.
            observed: What the ledger holds after a write; ``None`` leaves it as it was seen. It
                never replaces a newer version that was seen since.

        Raises:
            LinkTaken: the ledger's record is linked to another document of the same type.
        """

    async def set_state(
        self,
        record_id: RecordId,
        state: SyncState,
        *,
        revision: int,
        reason: Reason | None,
        now: datetime,
        failed: bool = False,
        next_attempt_at: datetime | None = None,
    ) -> bool:
        """Store a record's state while ``revision`` is its own; return whether it was.

        A change of either side since that revision was loaded keeps the record pending; a
        failure is counted all the same among those of all versions.

        Args:
            failed: Whether a try failed, which counts as an attempt.
        """


class RelatedRecords(Protocol):
    """The records that others are compared with before they are written."""

    async def named(self, record_ids: Sequence[RecordId]) -> list[RelatedRecord]:
        """Return those of these records that there are, of whichever connection."""

    async def settling(
        self, connection_id: ConnectionId, invoice_ids: Sequence[str]
    ) -> list[RelatedRecord]:
        """Return the payments that settle invoices, and that the ledger has or may have.

        A payment counts once it is linked, and while a write of it is in doubt.
        """


class Intents(Protocol):
    """The writes that were begun and whose outcome is not stored."""

    async def open(
        self, fence: Fence, writes: Sequence[IntendedWrite], *, now: datetime
    ) -> dict[RecordId, UUID]:
        """Record that writes begin, and return the idempotency key that each carries.

        Raises:
            Fenced: the epoch is no longer the current one.
        """

    async def close(self, record_ids: Sequence[RecordId]) -> None:
        """Delete intents whose outcome is stored in the same transaction."""


class Dependencies(Protocol):
    """Which records wait for which others."""

    async def lock(self, connection_id: ConnectionId, record_ids: Sequence[RecordId]) -> None:
        """Lock records that are about to be settled, and those that wait for them.

        To be called first in a transaction that settles: the statements that follow lock rows
        in no particular order, and would deadlock with those of another transaction.
        """

    async def begin_wait(
        self,
        connection_id: ConnectionId,
        record_id: RecordId,
        awaited: Mapping[RecordId, bool],
    ) -> bool:
        """Record what a record waits for; return ``False`` when all of it has come true.

        Args:
            awaited: The records, and whether each must agree on its newest state.
        """

    async def begin_comparison(
        self,
        connection_id: ConnectionId,
        record_id: RecordId,
        compared: Mapping[RecordId, int],
    ) -> bool:
        """Record what a record contradicts; return ``False`` when any of it is newer by now.

        Args:
            compared: The records, each with the revision that was compared; 0 where there is
                none.
        """

    async def blockers(self, record_id: RecordId) -> Blockers:
        """Return why a wait that was just begun may last: a cycle, or what is stopped."""

    async def update_waiting_reasons(
        self, record_id: RecordId, reason: Reason, *, now: datetime
    ) -> int:
        """Store a reason with all that wait for a record, and return how many those are."""

    async def wake(
        self, connection_id: ConnectionId, changed: Sequence[RecordId], *, now: datetime
    ) -> int:
        """Make pending what waits for these records no more; return how many those are.

        What waits for others still stays, unless its reason names what is stopped: it is
        planned again, so that it says what it waits for now. What is held as it contradicts
        one of them is made pending too, if that is newer now.
        """


class Tasks(Protocol):
    """What a person must do before a record can go on."""

    async def open(self, task: Task) -> None:
        """Open a task for a record that was just stopped.

        Where one is open for the same record and code, that one was seen once more, with the
        newest cause and version.
        """

    async def close(self, record_id: RecordId, *, now: datetime) -> None:
        """Close the tasks of a record that are over by the state and reason that it has now.

        All are where it agrees or is skipped; where it is stopped or waits, those of other
        causes. One of a version conflict is over by agreement on a newer version only.
        """


class DeadLetters(Protocol):
    """What was given up."""

    async def store(self, letters: Sequence[DeadLetter]) -> set[UUID]:
        """Store dead letters and send them to their topics; return the ids of the new ones.

        One that is known is left.
        """


class Leases(Protocol):
    """Which epoch of a partition's owners may write."""

    async def take(
        self, provider: ProviderName, partitions: Sequence[int], *, owner: str, now: datetime
    ) -> dict[int, int]:
        """Raise the epochs of these partitions and return them by partition.

        From the commit on, an owner of an older epoch writes nothing more.

        Args:
            owner: The name of the process, for people who look at the table.
        """

    async def hold(self, fence: Fence) -> None:
        """Keep the epoch as it is until the transaction ends.

        Raises:
            Fenced: the epoch is no longer the current one.
        """


class Outbox(Protocol):
    """What leaves for other topics."""

    async def append(self, *messages: OutboxMessage) -> None:
        """Add events that are published only if the transaction commits."""


class Transaction(Protocol):
    """What can be read and stored together, by table."""

    @property
    def connections(self) -> Connections:
        """The connections."""

    @property
    def records(self) -> SyncRecords:
        """The sync records."""

    @property
    def related(self) -> RelatedRecords:
        """The records that others are compared with."""

    @property
    def intents(self) -> Intents:
        """The intents."""

    @property
    def dependencies(self) -> Dependencies:
        """The dependencies."""

    @property
    def tasks(self) -> Tasks:
        """The tasks."""

    @property
    def dead_letters(self) -> DeadLetters:
        """The dead letters."""

    @property
    def leases(self) -> Leases:
        """The leases."""

    @property
    def outbox(self) -> Outbox:
        """The outbox."""


class RecordStore(Protocol):
    """Where sync records are kept."""

    def transaction(
        self, *tenants: TenantId, owners_of: Collection[ConnectionId] = ()
    ) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction, commit it at the end of the body, roll it back by an error.

        It sees and changes the rows of the tenants that it names, and no other.

        Args:
            tenants: Those whose rows are meant; several for a batch.
            owners_of: Connections whose owners are meant, where no tenant is known yet.
        """
