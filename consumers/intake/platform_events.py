"""Intake: platform events become desired states and signals, in batches.

An event is read, routed by its tenant, stored under its version, and signalled. One that
can't be becomes a dead letter and is shown at its record, and the others go on. Handling a
batch again changes nothing but asks for the signals again.
"""

from collections.abc import Callable, Mapping, Sequence, Set as AbstractSet
from datetime import datetime, timedelta
from typing import Final

import structlog

from consumers.intake import refusals
from consumers.intake.conflicts import Taken, conflicts, uncorrected
from consumers.intake.events import (
    Received,
    Refused,
    desired_states,
    read_event,
    route,
    routed,
)
from consumers.intake.refusals import Refusal
from consumers.intake.unknown_fields import UnknownFields
from consumers.metrics import ERRORS, EVENTS
from consumers.store.desired_states import ANNOUNCED, DesiredState, newest
from consumers.store.protocols import RecordStore, Transaction
from providers.connections import Connection
from schemas.ids import RecordId, TenantId
from schemas.signal import Signal
from schemas.topics import work_topic

log: Final = structlog.get_logger("intake")


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
        # One transaction for the batch: an insert for each event would cost more than its row.
        async with self._store.transaction() as tx:
            taken, refused = await self._read(tx, batch)
            states = [state for one in taken for state in one.states]
            await refusals.lock(tx, refused, states)
            stored = await tx.records.upsert_desired(states, now=self._now())
            refused = uncorrected(refused, taken, stored.changed)
            refused += conflicts(taken, stored.same_version)
            marked = await refusals.store(tx, refused, now=self._now())
        for one in refused:
            _log(one)
        EVENTS.labels("accepted").inc(len(batch) - len(refused))
        EVENTS.labels("refused").inc(len(refused))
        for provider, reason in marked:
            ERRORS.labels(provider, reason.category.value, reason.code).inc()
        return _signals(states, stored.revisions)

    async def _read(
        self, tx: Transaction, batch: Sequence[Received]
    ) -> tuple[list[Taken], list[Refusal]]:
        """Read and route the events of a batch; return them, and those that are refused."""
        taken: list[Taken] = []
        refused: list[Refusal] = []
        for received in batch:
            try:
                event = read_event(received, self._strict_sources)
                self._unknown_fields.count(
                    event.envelope, event.document_type, event.unknown_fields
                )
                known = await self._connections_of(tx, event.envelope.tenant_id)
                connections = route(event.envelope, known)
            except Refused as exc:
                refused.append(await self._refusal(tx, received, exc))
                continue
            taken.append(Taken(received, event, desired_states(event, connections)))
        return taken, refused

    async def _refusal(self, tx: Transaction, received: Received, refused: Refused) -> Refusal:
        connections: Sequence[Connection] = ()
        if refused.envelope is not None and refused.about is not None:
            known = await self._connections_of(tx, refused.envelope.tenant_id)
            connections = routed(refused.envelope, known)
        return refusals.refusal_of(received, refused, connections)

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
