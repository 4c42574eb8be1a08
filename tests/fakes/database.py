"""The rows of the record store in memory, table by table."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from consumers.dependency_cycles import IN_A_CYCLE
from consumers.store.dead_letters import DeadLetter
from consumers.store.dependencies import CONTRADICTIONS
from consumers.store.desired_states import ANNOUNCED, DesiredState
from consumers.store.observed_states import ObservedDocument
from consumers.store.record_rows import Intent
from consumers.store.refused_versions import NewerRefused
from consumers.store.tasks import ClosedBy, Task
from providers.base import External, Operation
from providers.connections import Connection
from schemas.documents.document import DocumentType
from schemas.errors import Reason
from schemas.ids import ConnectionId, ProviderName, RecordId
from schemas.remarks import Remark
from schemas.result import SyncState
from schemas.signal import Priority
from tests.fakes.tables import Session, Sessions, Table


@dataclass(frozen=True, slots=True)
class Record:
    """A row of ``sync_records``: what was announced, what was seen, and how it stands.

    Attributes:
        announced: What was announced; of version -1 and no time for a record that was born in
            the ledger, of which it says only whose it is.
        settled_revision: The revision that the state is the outcome of; no column of the table,
            but kept so that a world can be seen to rest on nothing older.
    """

    announced: DesiredState
    desired_at: datetime | None
    revision: int = 1
    observed: ObservedDocument | None = None
    settled_revision: int = 0
    priority: Priority = ANNOUNCED
    state: SyncState = SyncState.PENDING
    reason: Reason | None = None
    base: str | None = None
    base_version: int | None = None
    base_ledger_version: int | None = None
    external: External | None = None
    attempts_this_version: int = 0
    attempts_total: int = 0
    next_attempt_at: datetime | None = None
    resolved_at: datetime | None = None
    refused: NewerRefused | None = None
    remarks: tuple[Remark, ...] = ()

    def is_work(self, now: datetime) -> bool:
        """Whether the table's index of open work names it."""
        due_at = self.next_attempt_at
        return self.state is SyncState.PENDING or (
            self.state is SyncState.RETRYING and due_at is not None and due_at <= now
        )

    @property
    def waits(self) -> bool:
        """Whether a link of another record may wake it."""
        cycle = self.reason is not None and self.reason.code == IN_A_CYCLE
        return self.state is SyncState.WAITING or (self.state is SyncState.HELD and cycle)

    @property
    def contradicts(self) -> bool:
        """Whether a newer version of another record may wake it."""
        held = self.state is SyncState.HELD and self.reason is not None
        return held and self.reason is not None and self.reason.code in CONTRADICTIONS

    def ends(self, wait: "Dependency") -> bool:
        """Whether a dependency on it has come to its end."""
        if wait.revision is not None:
            return self.revision > wait.revision
        return self.state is SyncState.SKIPPED or self.is_there(agreed=wait.agreed)

    @property
    def link(self) -> tuple[ConnectionId, DocumentType, str] | None:
        """What no two records may have alike; ``None`` without a link."""
        one = self.announced
        external = self.external
        return (one.connection_id, one.document_type, external.id) if external else None

    def is_there(self, *, agreed: bool) -> bool:
        """Whether the ledger has it, in its newest state where ``agreed``."""
        return self.external is not None and (self.state is SyncState.AGREED or not agreed)


@dataclass(frozen=True, slots=True)
class Begun:
    """A row of ``intents``."""

    record_id: RecordId
    operation: Operation
    version: int
    key: UUID
    epoch: int
    sent_as: tuple[str, ...] = ()

    @property
    def intent(self) -> Intent:
        """The intent as a record's readers see it."""
        return Intent(self.operation, self.version, self.key, self.sent_as)


class DependencyKey(NamedTuple):
    """The key of a row of ``dependencies``."""

    record_id: RecordId
    awaited_id: RecordId


@dataclass(frozen=True, slots=True)
class Dependency:
    """A row of ``dependencies``."""

    key: DependencyKey
    agreed: bool
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of ``tasks``: as it was seen last, and what became of it."""

    id: UUID
    last: Task
    times_seen: int = 1
    closed_by: ClosedBy | None = None

    def is_open_of(self, record_id: RecordId) -> bool:
        """Whether it is one of those that the record is to be helped by."""
        return self.closed_by is None and self.last.record_id == record_id


@dataclass
class Database:
    """Everything that is committed."""

    connections: Table[ConnectionId, Connection] = field(
        default_factory=lambda: Table("connections")
    )
    records: Table[RecordId, Record] = field(default_factory=lambda: Table("sync_records"))
    intents: Table[RecordId, Begun] = field(default_factory=lambda: Table("intents"))
    dependencies: Table[DependencyKey, Dependency] = field(
        default_factory=lambda: Table("dependencies")
    )
    leases: Table[tuple[ProviderName, int], int] = field(
        default_factory=lambda: Table("leases")
    )
    dead_letters: Table[UUID, DeadLetter] = field(default_factory=lambda: Table("dead_letters"))
    tasks: Table[UUID, Kept] = field(default_factory=lambda: Table("tasks"))
    outbox: Table[int, UUID] = field(default_factory=lambda: Table("outbox"))
    sessions: Sessions = field(default_factory=Sessions)
    appended: int = 0

    def append(self, session: Session, event_id: UUID) -> None:
        """Add an event's id under the next number of the sequence, which no rollback undoes."""
        self.appended += 1
        session.insert(self.outbox, self.appended, event_id)
