"""A signal: a record is not in agreement since a version. It carries no state."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final
from uuid import UUID

import orjson

from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, RealmId, RecordId, TenantId, lane_key


class Priority(IntEnum):
    """The order of signals within a lane; smaller values go first."""

    PERSON = 0  # a person waits for the result
    PUSH = 1  # a change on the platform, as it happens
    NOTICE = 2  # a change that the ledger announced
    SCHEDULE = 3
    IMPORT = 4  # bulk, replay, drain


# The version of a record that the platform does not have, in signals, tasks and dead letters.
NO_VERSION: Final = -1


class MalformedSignal(ValueError):
    """The bytes are not a signal; the message names the reason."""


@dataclass(frozen=True, slots=True)
class Signal:
    """A request to bring one record into agreement.

    Attributes:
        record_id: The record.
        connection_id: The connection that the record belongs to.
        tenant_id: The customer that owns the connection.
        realm_id: The company file at the provider.
        document_type: The type of the record's document.
        version: The newest desired version when the signal was made; -1 for a record that the
            platform does not have.
        revision: The record's revision when the signal was made, from 1; 0 if the sender did
            not know it, as the last release did not.
        attempt: The number of the try that it asks for, from 1.
        priority: The order within the lane.
        due_at: The earliest time at which to handle it, in UTC; ``None`` is at once.
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
    revision: int = 0

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
        """Return the Kafka key, which is the same for everything of one realm."""
        return lane_key(self.tenant_id, self.realm_id)

    def to_bytes(self) -> bytes:
        """Return the signal as JSON."""
        return orjson.dumps(
            {
                "record": self.record_id,
                "connection": self.connection_id,
                "tenant": self.tenant_id,
                "realm": self.realm_id,
                "type": self.document_type.value,
                "version": self.version,
                "revision": self.revision,
                "attempt": self.attempt,
                "priority": int(self.priority),
                "due_at": self.due_at.isoformat() if self.due_at else None,
            },
            default=str,  # ids as the database's driver has them
        )

    @classmethod
    def from_bytes(cls, value: bytes) -> "Signal":
        """Return the signal that :meth:`to_bytes` wrote.

        Raises:
            MalformedSignal: the bytes are not a signal.
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
                # The last release sent none, and its signals stay on the topics for days. It
                # reads ours too, by the names that it knows, should this one be taken back.
                # Processes of both at once are another matter, and not allowed: ADR 0018.
                revision=int(found.get("revision", 0)),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise MalformedSignal(f"not a signal: {type(exc).__name__}: {exc}") from exc
