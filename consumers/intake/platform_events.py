"""Intake: platform events become desired states and signals, in batches.

An event is read, routed by its tenant, stored under its version, and signalled. One that
can't be becomes a dead letter, and the others go on. Handling a batch again changes nothing
but asks for the signals again.
"""

from collections.abc import Callable, Mapping, Sequence, Set as AbstractSet
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

import structlog

from consumers.intake.events import Received, Refused, desired_states, read_event, route
from consumers.intake.unknown_fields import UnknownFields
from consumers.metrics import EVENTS
from consumers.store.dead_letters import DeadLetter, readable
from consumers.store.desired_states import ANNOUNCED, DesiredState, newest
from consumers.store.protocols import RecordStore, Transaction
from providers.connections import Connection
from schemas.ids import RecordId, TenantId
from schemas.signal import Signal
from schemas.topics import PLATFORM_DEAD, work_topic

log: Final = structlog.get_logger("intake")

# A dead letter's id follows from its position: a batch that is handled again adds none.
_LETTERS: Final = UUID("6f1c4f6e-8b1e-4d0e-9a39-0f4f3f0c8d11")


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
