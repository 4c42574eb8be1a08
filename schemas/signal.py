"""A signal says that a record is not in agreement since a version; it carries no state."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from uuid import UUID

import orjson

from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, RealmId, RecordId, TenantId, lane_key


class Priority(IntEnum):
    """What goes first within a lane; the smaller the sooner."""

    PERSON = 0  # somebody waits at a screen
    PUSH = 1  # a change on the platform, as it happens
    NOTICE = 2  # the ledger said that something changed
    SCHEDULE = 3
    IMPORT = 4  # bulk, replay, drain


class Malformed(ValueError):
    """The bytes are no signal; the message says why."""


@dataclass(frozen=True, slots=True)
class Signal:
    """Asks that one record be brought into agreement.

    Attributes:
        version: The newest desired version when the signal was made.
        attempt: Which try this is, from 1.
        due_at: Not to be handled earlier, UTC; ``None`` is at once.
    """

    record_id: RecordId
    connection_id: ConnectionId
    tenant_id: TenantId
    realm_id: RealmId
    document_type: DocumentType
    version: int
    attempt: int = 1
    priority: Priority = Priority.PUSH
    due_at: datetime | None = None

    @property
    def lane_id(self) -> ConnectionId:
        """The lane that works on the record: a connection has one."""
        return self.connection_id

    @property
    def item_id(self) -> RecordId:
        """The item of the lane that the signal is about: the record."""
        return self.record_id

    @property
    def kind(self) -> DocumentType:
        """The kind of the item: records of one document type share calls."""
        return self.document_type

    @property
    def key(self) -> str:
        """The Kafka key: everything of one realm keeps together."""
        return lane_key(self.tenant_id, self.realm_id)

    def again(self, *, due_at: datetime) -> "Signal":
        """Give the signal of the next attempt, not before ``due_at``."""
        return replace(self, attempt=self.attempt + 1, due_at=due_at)

    def to_bytes(self) -> bytes:
        """Write the signal as JSON."""
        return orjson.dumps(
            {
                "record": str(self.record_id),
                "connection": str(self.connection_id),
                "tenant": self.tenant_id,
                "realm": self.realm_id,
                "type": self.document_type.value,
                "version": self.version,
                "attempt": self.attempt,
                "priority": int(self.priority),
                "due_at": self.due_at.isoformat() if self.due_at else None,
            }
        )

    @classmethod
    def from_bytes(cls, value: bytes) -> "Signal":
        """Read what :meth:`to_bytes` wrote.

        Raises:
            Malformed: the bytes are something else.
        """
        try:
            found = orjson.loads(value)
            due = found["due_at"]
            return cls(
                record_id=RecordId(UUID(found["record"])),
                connection_id=ConnectionId(UUID(found["connection"])),
                tenant_id=TenantId(found["tenant"]),
                realm_id=RealmId(found["realm"]),
                document_type=DocumentType(found["type"]),
                version=int(found["version"]),
                attempt=int(found["attempt"]),
                priority=Priority(found["priority"]),
                due_at=datetime.fromisoformat(due) if due else None,
            )
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise Malformed(f"not a signal: {type(exc).__name__}: {exc}") from exc
