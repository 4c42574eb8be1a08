"""Events of the platform: read, routed to connections, and refused where they can't be."""

from collections.abc import Sequence, Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from consumers.position import Position
from consumers.store.desired_states import DesiredState
from providers.connections import Connection
from schemas import reasons
from schemas.documents.catalogue import (
    Undecodable,
    UnknownEvent,
    document_type_of,
    encode,
    read,
)
from schemas.documents.document import Document, DocumentType, Reference
from schemas.documents.exact_json import Unreadable, parse
from schemas.envelope import Envelope, MalformedEnvelope, envelope_from
from schemas.errors import Reason
from schemas.ids import TenantId, record_id

_ID_LENGTHS: Final = range(1, 65)  # as the schema has them


@dataclass(frozen=True, slots=True)
class Received:
    """A record as it came from Kafka.

    Attributes:
        position: The record's topic, partition and offset.
        headers: The record's headers, in their order; a name may come twice.
        value: The record's value; empty where it has none.
    """

    position: Position
    headers: Sequence[tuple[str, bytes]]
    value: bytes


@dataclass(frozen=True, slots=True)
class Event:
    """An event that was read.

    Attributes:
        envelope: The event's attributes: id, type, tenant, version.
        document_type: The kind of the document.
        document: The document's new state.
        text: The same as JSON text: normalised, and without the fields that are not known,
            since what nobody checked might not be stored, and would be read by no one.
        unknown_fields: The dotted names of the fields that are not known.
    """

    envelope: Envelope
    document_type: DocumentType
    document: Document
    text: str
    unknown_fields: tuple[str, ...] = ()


class Refused(Exception):
    """An event can't be taken in.

    Attributes:
        reason: Why, and what to do about it.
        envelope: The event's attributes; ``None`` where they could not be read.
        about: The document that it is about; ``None`` where that can't be told.
    """

    def __init__(
        self,
        reason: Reason,
        envelope: Envelope | None = None,
        about: Reference | None = None,
    ) -> None:
        super().__init__(reason.cause)
        self.reason = reason
        self.envelope = envelope
        self.about = about


def read_event(received: Received, strict_sources: AbstractSet[str] = frozenset()) -> Event:
    """Read an event.

    Raises:
        Refused: it is malformed, of an unknown type, or its document is not valid, as one with
            unknown fields is where its source is strict.
    """
    try:
        envelope = envelope_from(received.headers)
    except MalformedEnvelope as exc:
        raise Refused(reasons.MALFORMED_EVENT.reason(why=exc)) from exc
    try:
        document_type = document_type_of(envelope.type)
        strict = envelope.source in strict_sources
        found = read(document_type, received.value, strict=strict)
    except UnknownEvent as exc:
        reason = reasons.UNKNOWN_EVENT_TYPE.reason(why=exc)
        raise Refused(reason, envelope, _about(envelope, received.value)) from exc
    except Undecodable as exc:
        reason = reasons.INVALID_DOCUMENT.reason(why=exc)
        raise Refused(reason, envelope, _about(envelope, received.value)) from exc
    text = encode(found.document).decode()
    return Event(envelope, document_type, found.document, text, found.unknown_fields)


@dataclass(frozen=True, slots=True)
class Reading:
    """A record of Kafka, and what reading it led to.

    Attributes:
        received: The record as it came.
        found: The event that it is, or why it can't be taken in.
    """

    received: Received
    found: Event | Refused

    @property
    def tenant_id(self) -> TenantId | None:
        """The tenant whose event it is; ``None`` where the event does not tell."""
        envelope = self.found.envelope
        return None if envelope is None else envelope.tenant_id


def reading_of(received: Received, strict_sources: AbstractSet[str] = frozenset()) -> Reading:
    """Return what reading a record leads to; see :func:`read_event`."""
    try:
        return Reading(received, read_event(received, strict_sources))
    except Refused as exc:
        return Reading(received, exc)


def _about(envelope: Envelope, payload: bytes) -> Reference | None:
    """Return the document that a refused event is about, as far as it can be told.

    Its payload may still say so; else the subject does, by the platform's custom of writing it
    as ``invoice/4711``.
    """
    # A type in other letters is refused, but nobody doubts which document it is about.
    name = envelope.type.partition(".")[0].lower()
    if name not in set(DocumentType):
        return None
    kind, _, subject = envelope.subject.partition("/")
    said = _id_in(payload)
    # A number is no id, but says which document is meant where nothing else does.
    number = "" if isinstance(said, str) else str(said or "")
    for id_ in (said, subject if kind == name else "", number):
        if isinstance(id_, str) and len(id_.strip()) in _ID_LENGTHS:
            return Reference(DocumentType(name), id_.strip())
    return None


def _id_in(payload: bytes) -> str | int | None:
    try:
        found = parse(payload)
    except Unreadable:
        return None
    id_ = found.get("id") if isinstance(found, dict) else None
    return id_ if isinstance(id_, str | int) and not isinstance(id_, bool) else None


def route(envelope: Envelope, connections: Sequence[Connection]) -> Sequence[Connection]:
    """Return the connections of its tenant that an event goes to.

    One that names a realm goes there and nowhere else; any other to the default connection at
    every provider.

    Raises:
        Refused: the tenant has no such connection.
    """
    found = routed(envelope, connections)
    if not found:
        to = "a ledger" if envelope.realm_id is None else f"realm {envelope.realm_id}"
        tenant = envelope.tenant_id
        reason = reasons.CONNECTION_REQUIRED_FOR_EVENT.reason(tenant=tenant, to=to)
        raise Refused(reason, envelope)
    return found


def routed(envelope: Envelope, connections: Sequence[Connection]) -> Sequence[Connection]:
    """Return the same connections, or none where the tenant has no such connection."""
    # A named realm is looked for among the tenant's own connections: whatever an event names,
    # it leads to no other tenant's company.
    if envelope.realm_id is None:
        return [c for c in connections if c.is_default]
    return [c for c in connections if c.realm_id == envelope.realm_id]


def desired_states(event: Event, connections: Sequence[Connection]) -> list[DesiredState]:
    """Return what the record of each connection is to become."""
    return [
        DesiredState(
            record_id=record_id(c.id, event.document_type, event.document.id),
            connection_id=c.id,
            tenant_id=c.tenant_id,
            realm_id=c.realm_id,
            provider=c.provider,
            document_type=event.document_type,
            document_id=event.document.id,
            document=event.text,
            version=event.envelope.entity_version,
        )
        for c in connections
    ]
