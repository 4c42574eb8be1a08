"""Records for the store's contract, and the steps that are taken with them."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol
from uuid import UUID, uuid4, uuid5

from consumers.position import Position
from consumers.store.connections import ConnectedRealm
from consumers.store.dead_letters import DeadLetter
from consumers.store.desired_states import DesiredState
from consumers.store.intents import IntendedWrite
from consumers.store.leases import Fence
from consumers.store.protocols import RecordStore, Transaction
from consumers.store.tasks import Task
from ledgerlane_outbox import OutboxMessage
from providers.base import External, Operation, Written
from schemas.documents.document import DocumentType
from schemas.errors import ErrorCategory, Reason
from schemas.ids import ConnectionId, ProviderName, RealmId, RecordId, TenantId, record_id
from schemas.result import SyncState

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(seconds=30)
QBO = ProviderName("qbo")
TENANT = TenantId("t1")
R1, R2 = ConnectionId(UUID(int=1)), ConnectionId(UUID(int=2))
REASON = Reason("refused", ErrorCategory.VALIDATION, "It is too long.", "Make it shorter.")


class StoredTask(NamedTuple):
    """A task as it is stored; ``closed_by`` is empty while it is open."""

    id: UUID
    code: str
    cause: str
    version: int
    times_seen: int
    closed_by: str = ""


class Place(Protocol):
    """A store with the connected connections ``R1`` and ``R2`` of one tenant, and no more."""

    store: RecordStore

    async def dead_letters(self) -> list[UUID]:
        """Return the dead letters' ids."""

    async def events(self) -> list[UUID]:
        """Return the ids of the outbox's events, in their order."""

    async def tasks(self) -> list[StoredTask]:
        """Return the tasks in the order of their ids."""

    async def resolved_at(self, record: RecordId) -> datetime | None:
        """Return when a record came to agree after its last failed try."""

    async def ask_to_read(self, connection: ConnectionId) -> None:
        """Ask for a company to be read again, as a person does."""


def announced(name: str, version: int = 1, connection: ConnectionId = R1) -> DesiredState:
    kind = DocumentType.CUSTOMER
    return DesiredState(
        record_id=record_id(connection, kind, name),
        connection_id=connection,
        tenant_id=TENANT,
        realm_id=RealmId(str(connection)),
        provider=QBO,
        document_type=kind,
        document_id=name,
        document=f'{{"id":"{name}","name":"v{version}"}}',
        version=version,
    )


async def store(place: Place, *all_: DesiredState) -> set[RecordId]:
    async with place.store.transaction() as tx:
        return set((await tx.records.upsert_desired(all_, now=NOW)).revisions)


async def revision_of(tx: Transaction, one: DesiredState, version: int) -> int:
    """Return the revision that a version was loaded at; an older one if it is not newest."""
    row = (await tx.records.load(one.connection_id, [one.record_id]))[one.record_id]
    return row.revision if row.desired_version == version else row.revision - 1


async def agree(tx: Transaction, one: DesiredState, external: str, version: int) -> None:
    await tx.records.agree(
        one.record_id,
        revision=await revision_of(tx, one, version),
        version=version,
        base=one.document,
        written=Written(External(external, "0", "C")),
        now=NOW,
    )


async def link(place: Place, one: DesiredState, external: str, version: int = 1) -> int:
    """Store that the ledger has a record, as settling does; return how many that woke."""
    async with place.store.transaction() as tx:
        await tx.dependencies.lock(one.connection_id, [one.record_id])
        await agree(tx, one, external, version)
        return await tx.dependencies.wake(one.connection_id, [one.record_id], now=NOW)


async def settle(place: Place, one: DesiredState, state: SyncState) -> bool:
    async with place.store.transaction() as tx:
        revision = await revision_of(tx, one, one.version)
        return await tx.records.set_state(
            one.record_id, state, revision=revision, reason=REASON, now=NOW, failed=True
        )


async def stop(
    place: Place, one: DesiredState, reason: Reason = REASON, *, at: datetime = NOW
) -> UUID:
    """Hold a record and open a task, as settling does; return the id of a new task."""
    task = Task(
        id=uuid5(one.record_id, f"{reason.code}/{at}"),
        record_id=one.record_id,
        connection_id=one.connection_id,
        tenant_id=one.tenant_id,
        realm_id=one.realm_id,
        provider=one.provider,
        document_type=one.document_type,
        document_id=one.document_id,
        version=one.version,
        reason=reason,
        seen_at=at,
    )
    async with place.store.transaction() as tx:
        held, revision = SyncState.HELD, await revision_of(tx, one, one.version)
        await tx.records.set_state(
            one.record_id, held, revision=revision, reason=reason, now=at, failed=True
        )
        await tx.tasks.open(task)
        await tx.tasks.close(one.record_id, now=at)
    return task.id


async def come_to_agree(
    place: Place, one: DesiredState, version: int, *, at: datetime = NOW
) -> None:
    """Store that a record agrees on a version, and close its tasks, as settling does."""
    async with place.store.transaction() as tx:
        await tx.records.agree(
            one.record_id,
            revision=await revision_of(tx, one, version),
            version=version,
            base=one.document,
            written=None,
            now=at,
        )
        await tx.tasks.close(one.record_id, now=at)


async def begin_wait(place: Place, one: DesiredState, *awaited: DesiredState) -> bool:
    """Store that a record waits for links, as settling does."""
    async with place.store.transaction() as tx:
        await tx.dependencies.lock(R1, [one.record_id])
        begun = await tx.dependencies.begin_wait(
            R1, one.record_id, {a.record_id: False for a in awaited}
        )
        if begun:
            waiting, revision = SyncState.WAITING, await revision_of(tx, one, one.version)
            await tx.records.set_state(
                one.record_id, waiting, revision=revision, reason=None, now=NOW
            )
        return begun


async def state(place: Place, one: DesiredState) -> tuple[SyncState, int | None]:
    async with place.store.transaction() as tx:
        row = (await tx.records.load(one.connection_id, [one.record_id]))[one.record_id]
    return row.state, row.desired_version


async def work(place: Place, now: datetime = NOW, *without: RecordId) -> list[RecordId]:
    async with place.store.transaction() as tx:
        page = await tx.records.open_work(QBO, R1, without=without, limit=10, now=now)
    return [one.record_id for one in page]


async def with_open_work(
    place: Place, now: datetime, provider: ProviderName = QBO
) -> list[ConnectedRealm]:
    async with place.store.transaction() as tx:
        return await tx.connections.with_open_work(provider, now=now)


def about(one: DesiredState, operation: Operation = Operation.CREATE) -> IntendedWrite:
    key = uuid5(one.record_id, f"{operation}/{one.version}")
    return IntendedWrite(one.record_id, operation, one.version, key)


async def take_lease(place: Place) -> Fence:
    async with place.store.transaction() as tx:
        epochs = await tx.leases.take(QBO, [3], owner="a", now=NOW)
    return Fence(QBO, 3, epochs[3])


async def open_intent(place: Place, fence: Fence, one: IntendedWrite) -> UUID:
    async with place.store.transaction() as tx:
        return (await tx.intents.open(fence, [one], now=NOW))[one.record_id]


def letter() -> DeadLetter:
    return DeadLetter(
        id=uuid4(),
        topic="qbo.dead",
        tenant_id=TENANT,
        realm_id="9341",
        provider=QBO,
        document_type="customer",
        document_id="c",
        version=1,
        attempts=1,
        reason=REASON,
        position=Position("qbo.work", 0, 7),
        original_headers=(),
        original_value=b"{}",
        died_at=NOW,
    )


def event(event_id: UUID) -> OutboxMessage:
    return OutboxMessage(
        event_id=event_id,
        type="sync.agreed.v1",
        source="/test",
        subject="customer/c",
        tenant_id=TENANT,
        realm_id="9341",
        entity_version=1,
        partition_key="t1:9341",
        topic="sync.results",
        time=NOW,
        payload=b"{}",
    )
