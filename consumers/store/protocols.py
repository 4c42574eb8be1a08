"""The record store, as push, reconcile, settle and intake need it: transactions over records.

All that happens in one transaction happens together or not at all, also when the process dies
inside. Statements of transactions at the same time see what others have committed, and wait
for rows that others have changed and not committed: `READ COMMITTED`, as in PostgreSQL.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from consumers.store.dead_letters import DeadLetter
from consumers.store.dependencies import Obstacles
from consumers.store.desired_states import DesiredState
from consumers.store.intents import About, Fence
from consumers.store.sync_records import Linked, OpenWork, Row
from consumers.store.tasks import Task
from ledgerlane_outbox import OutboxMessage
from providers.base import Written
from providers.connections import Connection
from schemas.errors import Reason
from schemas.ids import ConnectionId, ProviderName, RecordId, TenantId
from schemas.result import SyncState


class LinkTaken(Exception):
    """The ledger's record is linked to another document; the transaction can't go on."""


class Transaction(Protocol):
    """What can be read and stored together."""

    # -- connections ---------------------------------------------------------------------

    async def connection(self, connection_id: ConnectionId) -> Connection | None:
        """Read one connection."""

    async def connections_of(self, tenant: TenantId) -> Sequence[Connection]:
        """Read a tenant's connections, in the order of provider and company."""

    async def connected(self, provider: ProviderName) -> Sequence[Connection]:
        """Read the connections of a provider that may be called."""

    async def expire(self, seen: Connection, *, now: datetime) -> None:
        """Note that the provider refuses us, unless it was connected anew since ``seen``."""

    async def take_leases(
        self, provider: ProviderName, partitions: Sequence[int], *, owner: str, now: datetime
    ) -> dict[int, int]:
        """Raise the epochs of partitions; an owner of an older epoch writes no more."""

    # -- records -------------------------------------------------------------------------

    async def announce(
        self, announced: Sequence[DesiredState], *, now: datetime
    ) -> set[RecordId]:
        """Store new desired states; give the records that a signal must go out for.

        An older or equal version changes nothing, and asks for a signal only while its record
        is pending.
        """

    async def load(
        self, connection_id: ConnectionId, record_ids: Sequence[RecordId]
    ) -> dict[RecordId, Row]:
        """Read records of one connection, each with its open intent."""

    async def links(
        self, connection_id: ConnectionId, record_ids: Sequence[RecordId]
    ) -> dict[RecordId, Linked]:
        """Give the ledger's side of those records that are linked."""

    async def open_work(
        self,
        connection_id: ConnectionId,
        *,
        without: Sequence[RecordId],
        limit: int,
        now: datetime,
    ) -> list[OpenWork]:
        """Read a page of records that are pending or due, most urgent and oldest first."""

    async def connections_with_work(
        self, provider: ProviderName, *, now: datetime
    ) -> list[ConnectionId]:
        """Name the connections that have such records."""

    async def agree(
        self,
        record_id: RecordId,
        *,
        version: int,
        base: str | None,
        written: Written | None,
        now: datetime,
    ) -> None:
        """Store that the ledger holds ``version``; an older one never replaces a newer one.

        Raises:
            LinkTaken: the ledger's record is linked to another document of the same type.
        """

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
        """Store how a record stands, while ``version`` is its newest; say whether it was.

        Args:
            failed: Whether a try failed, which counts as an attempt.
        """

    # -- intents -------------------------------------------------------------------------

    async def open_intents(
        self, fence: Fence, about: Sequence[About], *, now: datetime
    ) -> dict[RecordId, UUID]:
        """Note that writes begin; give the idempotency key that each carries.

        Raises:
            Fenced: the epoch is no longer the current one.
        """

    async def hold(self, fence: Fence) -> None:
        """Keep the epoch as it is until the transaction ends.

        Raises:
            Fenced: the epoch is no longer the current one.
        """

    async def close_intents(self, record_ids: Sequence[RecordId]) -> None:
        """Forget intents whose outcome is stored in the same transaction."""

    # -- waits ---------------------------------------------------------------------------

    async def lock(self, connection_id: ConnectionId, record_ids: Sequence[RecordId]) -> None:
        """Lock records that are about to be settled, and those that wait for them.

        First thing in a transaction that settles: later the order of the locks is anybody's.
        """

    async def begin_wait(
        self,
        connection_id: ConnectionId,
        record_id: RecordId,
        awaited: Mapping[RecordId, bool],
    ) -> bool:
        """Note what a record waits for; ``False`` when all of it has come true meanwhile.

        Args:
            awaited: The records, and whether each must agree on its newest state.
        """

    async def obstacles(self, record_id: RecordId) -> Obstacles:
        """Say why a wait that was just begun may last: a circle, or what is stopped."""

    async def tell_waiters(self, record_id: RecordId, reason: Reason, *, now: datetime) -> int:
        """Let those that wait for a record say why they do; give how many that are."""

    async def wake(
        self, connection_id: ConnectionId, changed: Sequence[RecordId], *, now: datetime
    ) -> int:
        """Make pending what waited for nothing but these records; give how many that were."""

    # -- tasks ---------------------------------------------------------------------------

    async def open_task(self, task: Task) -> None:
        """Open a task for a record that was just stopped.

        Where one is open for the same record and code, that one was seen once more, with the
        newest cause and version.
        """

    async def close_tasks(self, record_id: RecordId, *, now: datetime) -> None:
        """Close the open tasks of a record, if it agrees or is skipped."""

    # -- what leaves ---------------------------------------------------------------------

    async def bury(self, letters: Sequence[DeadLetter]) -> None:
        """Store dead letters and send them to their topics; one that is known is left."""

    async def append(self, *messages: OutboxMessage) -> None:
        """Add events to the outbox; they are published only if the transaction commits."""


class RecordStore(Protocol):
    """Where sync records are kept."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Have a transaction, committed at the end of the body and rolled back by an error."""
