"""Intake: platform events become desired states and signals, in batches.

An event is read, routed by its tenant, stored under its version, and signalled. One that
can't be becomes a dead letter and is shown at its record, and the others go on. Handling a
batch again changes nothing but asks for the signals again.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence, Set as AbstractSet
from datetime import datetime, timedelta
from typing import Final

import structlog

from consumers.intake import refusals
from consumers.intake.conflicts import Taken, conflicts, uncorrected
from consumers.intake.events import (
    Event,
    Reading,
    Received,
    Refused,
    desired_states,
    reading_of,
    route,
    routed,
)
from consumers.intake.known_connections import KnownConnections
from consumers.intake.refusals import Refusal
from consumers.intake.unknown_fields import UnknownFields
from consumers.metrics import ERRORS, EVENTS
from consumers.store.desired_states import ANNOUNCED, DesiredState, newest_by_record
from consumers.store.fitting import shortened
from consumers.store.protocols import RecordStore
from providers.connections import Connection
from schemas.ids import RecordId, TenantId
from schemas.signal import Signal
from schemas.topics import work_topic

log: Final = structlog.get_logger("intake")

# Events that are read in one go, a few milliseconds of processor time.
_READ_AT_ONCE: Final = 100


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
        self._connections = KnownConnections(now, remember)

    async def accept(self, batch: Sequence[Received]) -> list[tuple[str, Signal]]:
        """Read a batch and store it: see :meth:`store`."""
        return await self.store(await self.read(batch))

    async def read(self, batch: Sequence[Received]) -> list[Reading]:
        """Read the events of a batch; nothing is asked or stored, and none is left out.

        Other work of the process goes on in between, such as storing the batch before.
        """
        found: list[Reading] = []
        for n in range(0, len(batch), _READ_AT_ONCE):
            found += [
                reading_of(received, self._strict_sources)
                for received in batch[n : n + _READ_AT_ONCE]
            ]
            await asyncio.sleep(0)
        return found

    async def store(self, batch: Sequence[Reading]) -> list[tuple[str, Signal]]:
        """Store what the events say; return the signals that must go out, each with its topic.

        All or nothing: when it returns, every event is a desired state or a dead letter.
        """
        # One transaction for the batch: an insert for each event would cost more than its row.
        async with self._store.transaction(*_named(batch)) as tx:
            tenants = {one.tenant_id for one in batch if one.tenant_id is not None}
            taken, refused = self._route(batch, await self._connections.of(tx, tenants))
            states = [state for one in taken for state in one.states]
            newest = newest_by_record(states)
            await refusals.lock(tx, refused, states)
            stored = await tx.records.upsert_desired(states, now=self._now())
            refused = uncorrected(refused, taken, stored.changed)
            refused += conflicts(taken, newest, stored.same_version)
            marked = await refusals.store(tx, refused, now=self._now())
        for one in refused:
            _log(one)
        EVENTS.labels("accepted").inc(len(batch) - len(refused))
        EVENTS.labels("refused").inc(len(refused))
        for provider, reason in marked:
            ERRORS.labels(provider, reason.category.value, reason.code).inc()
        return _signals(newest, stored.revisions)

    def _route(
        self,
        batch: Sequence[Reading],
        connections: Mapping[TenantId, Sequence[Connection]],
    ) -> tuple[list[Taken], list[Refusal]]:
        """Route the events of a batch; return them, and those that are refused."""
        taken: list[Taken] = []
        refused: list[Refusal] = []
        for one in batch:
            if isinstance(one.found, Event):
                event = one.found
                self._unknown_fields.count(
                    event.envelope, event.document_type, event.unknown_fields
                )
            of_tenant = connections.get(one.tenant_id, ()) if one.tenant_id else ()
            found = _routed(one, of_tenant)
            if isinstance(found, Refused):
                refused.append(_refusal(one.received, found, of_tenant))
            else:
                taken.append(found)
        return taken, refused


def _named(batch: Sequence[Reading]) -> list[TenantId]:
    """Return the tenants whose rows a batch may change.

    A dead letter belongs to the tenant that its event names, as far as that is stored, and to
    none where it names none.
    """
    said = {one.tenant_id or TenantId("") for one in batch}
    return sorted(said | {TenantId(shortened(tenant)) for tenant in said})


def _routed(reading: Reading, connections: Sequence[Connection]) -> Taken | Refused:
    event = reading.found
    if isinstance(event, Refused):
        return event
    try:
        states = desired_states(event, route(event.envelope, connections))
    except Refused as exc:
        return exc
    return Taken(reading.received, event, states)


def _refusal(
    received: Received, refused: Refused, connections: Sequence[Connection]
) -> Refusal:
    meant_for = routed(refused.envelope, connections) if refused.envelope else ()
    return refusals.refusal_of(received, refused, meant_for)


def _log(refusal: Refusal) -> None:
    envelope, reason = refusal.envelope, refusal.reason
    log.warning(
        "intake.refused",
        code=reason.code,
        cause=reason.cause,
        fix=reason.fix,
        link=reason.link,
        event_id=envelope.id if envelope else None,
        tenant=envelope.tenant_id if envelope else None,
        offset=list(refusal.received.position),
    )


def _signals(
    newest: Mapping[RecordId, DesiredState], changed: Mapping[RecordId, int]
) -> list[tuple[str, Signal]]:
    """Return one signal for each changed record, of its newest version and its revision."""
    # In the order in which the records were announced first: what others refer to comes mostly
    # before them, and then none of them has to wait.
    return [
        (work_topic(one.provider), _signal(one, revision))
        for id_, one in newest.items()
        if (revision := changed.get(id_)) is not None
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
