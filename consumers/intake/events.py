"""Events of the platform: read, routed to connections, and refused where they can't be."""

from collections.abc import Sequence, Set as AbstractSet
from dataclasses import dataclass

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
from schemas.documents.document import Document, DocumentType
from schemas.envelope import Envelope, MalformedEnvelope, envelope_from
from schemas.errors import Reason
from schemas.ids import record_id


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
    """

    def __init__(self, reason: Reason, envelope: Envelope | None = None) -> None:
        super().__init__(reason.cause)
        self.reason = reason
        self.envelope = envelope


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
        raise Refused(reasons.UNKNOWN_EVENT_TYPE.reason(why=exc), envelope) from exc
    except Undecodable as exc:
        raise Refused(reasons.INVALID_DOCUMENT.reason(why=exc), envelope) from exc
    text = encode(found.document).decode()
    return Event(envelope, document_type, found.document, text, found.unknown_fields)


def route(event: Event, connections: Sequence[Connection]) -> Sequence[Connection]:
    """Return the connections of its tenant that an event goes to.

    One that names a realm goes there and nowhere else; any other to the default connection at
    every provider.

    Raises:
        Refused: the tenant has no such connection.
    """
    # A named realm is looked for among the tenant's own connections: whatever an event names,
    # it leads to no other tenant's company.
    realm = event.envelope.realm_id
    if realm is None:
        found = [c for c in connections if c.is_default]
        to = "a ledger"
    else:
        found = [c for c in connections if c.realm_id == realm]
        to = f"realm {realm}"
    if not found:
        tenant = event.envelope.tenant_id
        reason = reasons.CONNECTION_REQUIRED_FOR_EVENT.reason(tenant=tenant, to=to)
        raise Refused(reason, event.envelope)
    return found


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
