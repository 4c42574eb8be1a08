"""Intake: platform events become desired states and signals, in batches.

An event is read, routed by its tenant, stored under its version, and signalled. One that
can't be becomes a dead letter, and the others go on. Handling a batch again changes nothing
but asks for the signals again.
"""

from collections.abc import Callable, Mapping, Sequence, Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

import structlog

from consumers.intake.unknown_fields import UnknownFields
from consumers.metrics import EVENTS
from consumers.position import Position
from consumers.store.dead_letters import DeadLetter, readable
from consumers.store.desired_states import ANNOUNCED, DesiredState, newest
from consumers.store.protocols import RecordStore, Transaction
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
from schemas.ids import RecordId, TenantId, record_id
from schemas.signal import Signal
from schemas.topics import PLATFORM_DEAD, work_topic

log: Final = structlog.get_logger("intake")

# A dead letter's id follows from its position: a batch that is handled again adds none.
_LETTERS: Final = UUID("6f1c4f6e-8b1e-4d0e-9a39-0f4f3f0c8d11")


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


class Intake:
    """Takes platform events in. Several may run side by side.

    Args:
        strict_sources: The sources whose events may not have unknown fields.
        remember: How long a tenant's connections are known without asking again. So long an
            event may still go to a company that was just disconnected, where its lane stops it.
    """

    def __init__(
        self,
        store: RecordStore,
        *,
        now: Callable[[], datetime],
        strict_sources: AbstractSet[str] = frozenset(),
        remember: timedelta = timedelta(seconds=2),
    ) -> None:
        self._store = store
        self._now = now
        self._strict_sources = strict_sources
        self._unknown_fields = UnknownFields()
        self._remember = remember
        self._known: dict[TenantId, tuple[datetime, Sequence[Connection]]] = {}

    async def accept(self, batch: Sequence[Received]) -> list[tuple[str, Signal]]:
        """Store what the events say; return the signals that must go out, each with its topic.

        All or nothing: when it returns, every event is a desired state or a dead letter.
        """
        letters: list[DeadLetter] = []
        states: list[DesiredState] = []
        # One transaction for the batch: an insert for each event would cost more than its row.
        async with self._store.transaction() as tx:
            for received in batch:
                try:
                    event = read_event(received, self._strict_sources)
                    self._unknown_fields.count(
                        event.envelope, event.document_type, event.unknown_fields
                    )
                    known = await self._connections_of(tx, event.envelope.tenant_id)
                    states += desired_states(event, route(event, known))
                except Refused as refused:
                    letters.append(self._letter(received, refused))
            changed = await tx.records.upsert_desired(states, now=self._now())
            await tx.dead_letters.store(letters)
        EVENTS.labels("accepted").inc(len(batch) - len(letters))
        EVENTS.labels("refused").inc(len(letters))
        return _signals(states, changed)

    async def _connections_of(self, tx: Transaction, tenant: TenantId) -> Sequence[Connection]:
        """Return a tenant's connections, asked for at most every ``remember``."""
        asked_at, known = self._known.get(tenant, (None, ()))
        if asked_at is None or self._now() - asked_at > self._remember:
            known = await tx.connections.of_tenant(tenant)
            # That there are none is not remembered: the tenant may be connecting right now, and
            # each of its events would become a dead letter.
            if known:
                self._known[tenant] = (self._now(), known)
        return known

    def _letter(self, received: Received, refused: Refused) -> DeadLetter:
        envelope = refused.envelope
        log.warning(
            "intake.refused",
            code=refused.reason.code,
            cause=refused.reason.cause,
            fix=refused.reason.fix,
            link=refused.reason.link,
            event_id=envelope.id if envelope else None,
            tenant=envelope.tenant_id if envelope else None,
            offset=list(received.position),
        )
        return DeadLetter(
            id=uuid5(_LETTERS, "/".join(map(str, received.position))),
            topic=PLATFORM_DEAD,
            tenant_id=envelope.tenant_id if envelope else "",
            realm_id=(envelope.realm_id or "") if envelope else "",
            provider="",
            document_type=envelope.type if envelope else "",
            document_id=envelope.subject if envelope else "",
            version=envelope.entity_version if envelope else 0,
            attempts=1,
            reason=refused.reason,
            position=received.position,
            original_headers=readable(received.headers),
            original_value=received.value,
            died_at=self._now(),
        )


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


def _signals(
    states: Sequence[DesiredState], changed: Mapping[RecordId, int]
) -> list[tuple[str, Signal]]:
    """Return one signal for each changed record, of its newest version and its revision."""
    signalled = {one.record_id: one for one in newest(states) if one.record_id in changed}
    # In the order in which the records were announced first: what others refer to comes mostly
    # before them, and then none of them has to wait.
    return [
        (work_topic(one.provider), _signal(one, changed[id_]))
        for id_ in dict.fromkeys(state.record_id for state in states)
        if (one := signalled.get(id_)) is not None
    ]


def _signal(one: DesiredState, revision: int) -> Signal:
    return Signal(
        record_id=one.record_id,
        connection_id=one.connection_id,
        tenant_id=one.tenant_id,
        realm_id=one.realm_id,
        document_type=one.document_type,
        version=one.version,
        revision=revision,
        priority=ANNOUNCED,
    )
