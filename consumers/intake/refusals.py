"""What refused events leave where people look: dead letters, held records, tasks, results.

All of it is in intake's transaction, and happens once: what is read again adds no letter, and
only a new letter marks a record.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from consumers.intake.events import Received, Refused
from consumers.metrics import WAITS
from consumers.store.dead_letters import DeadLetter, readable
from consumers.store.dependencies import reason_of_wait
from consumers.store.desired_states import DesiredState
from consumers.store.protocols import Transaction
from consumers.store.refused_versions import HeldRecord, RefusedVersion, newest_refused
from consumers.store.results import result_event
from consumers.store.tasks import Task
from providers.connections import Connection
from schemas.documents.catalogue import Undecodable, decode
from schemas.envelope import Envelope
from schemas.errors import Reason
from schemas.ids import ConnectionId, ProviderName, RecordId, record_id
from schemas.reasons import VERSION_CONFLICT
from schemas.result import SyncResult, SyncState
from schemas.topics import PLATFORM_DEAD

# A dead letter's id follows from its position: a batch that is handled again adds none.
_LETTERS: Final = UUID("6f1c4f6e-8b1e-4d0e-9a39-0f4f3f0c8d11")


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that was refused, and the records that it is about.

    Attributes:
        received: The event as it came.
        reason: Why it was refused, and what to do about it.
        envelope: The event's attributes; ``None`` where they could not be read.
        versions: The refused version at each connection that the event was meant for; empty
            where it can't be told which document it is about.
        conflicts: The states of the event that say something else than what is known of the
            same version, by record.
    """

    received: Received
    reason: Reason
    envelope: Envelope | None
    versions: Sequence[RefusedVersion] = ()
    conflicts: Sequence[DesiredState] = field(default=())

    @property
    def letter_id(self) -> UUID:
        """The id of its dead letter."""
        return uuid5(_LETTERS, "/".join(map(str, self.received.position)))


def refusal_of(
    received: Received, refused: Refused, connections: Sequence[Connection]
) -> Refusal:
    """Return what is to be stored of an event that was refused.

    Args:
        connections: Those that the event goes to.
    """
    envelope, about = refused.envelope, refused.about
    if envelope is None or about is None:
        return Refusal(received, refused.reason, envelope)
    said = f"Version {envelope.entity_version} was refused: {refused.reason.cause}"
    versions = [
        RefusedVersion(
            record_id=record_id(c.id, about.type, about.id),
            connection_id=c.id,
            tenant_id=c.tenant_id,
            realm_id=c.realm_id,
            provider=c.provider,
            document_type=about.type,
            document_id=about.id,
            version=envelope.entity_version,
            reason=replace(refused.reason, cause=said),
        )
        for c in connections
    ]
    return Refusal(received, refused.reason, envelope, versions)


async def lock(
    tx: Transaction, refusals: Iterable[Refusal], states: Iterable[DesiredState]
) -> None:
    """Lock the records of a batch that holds some, and those that wait for them.

    Settling locks the same rows; in another order the two would wait for each other.
    """
    refused: dict[ConnectionId, set[RecordId]] = defaultdict(set)
    for one in (version for refusal in refusals for version in refusal.versions):
        refused[one.connection_id].add(one.record_id)
    for state in states:
        if state.connection_id in refused:
            refused[state.connection_id].add(state.record_id)
    for connection in sorted(refused):
        await tx.dependencies.lock(connection, sorted(refused[connection]))


async def store(
    tx: Transaction, refusals: Sequence[Refusal], *, now: datetime
) -> list[tuple[ProviderName, Reason]]:
    """Store refusals; return the reason of each record that was marked, with its provider."""
    new = await tx.dead_letters.store([_letter(one, now) for one in refusals])
    fresh = [one for one in refusals if one.letter_id in new]
    versions = newest_refused(version for one in fresh for version in one.versions)
    marked: list[tuple[ProviderName, Reason]] = []
    held = await tx.records.hold_refused(versions, now=now) if versions else {}
    for version in versions:
        if (record := held.get(version.record_id)) is not None:
            await _announce_hold(tx, version, record, now)
            marked.append((version.provider, version.reason))
    for one in fresh:
        await _open_conflicts(tx, one, one.conflicts, one.reason, now)
        marked += [(state.provider, one.reason) for state in one.conflicts]
        if one.versions:
            known = [v for v in one.versions if await _says_otherwise(tx, v, one.received)]
            await _open_conflicts(tx, one, known, _unreadable(one), now)
    return marked


async def _says_otherwise(tx: Transaction, version: RefusedVersion, event: Received) -> bool:
    """Return whether a refused event is not what is known of the same version.

    It is where only a field was refused that is not known, as strict sources have it.
    """
    found = await tx.records.load(version.connection_id, [version.record_id])
    row = found.get(version.record_id)
    if row is None or row.desired is None or row.desired_version != version.version:
        return False
    try:
        said = decode(version.document_type, event.value)
        return bool(said.changed_fields(decode(version.document_type, row.desired)))
    except Undecodable:
        return True


def _unreadable(refusal: Refusal) -> Reason:
    """Return that an event says something else of a known version, but can't be read."""
    fields = f"the whole document, which was refused: {refusal.reason.cause}"
    return VERSION_CONFLICT.reason(version=refusal.versions[0].version, fields=fields)


async def _announce_hold(
    tx: Transaction, version: RefusedVersion, held: HeldRecord, now: datetime
) -> None:
    """Open the task of a record that is held, in the place of those of other causes.

    The platform is told, and so is what waits for the record.

    What contradicted an older version than the desired one is compared again: a version that
    came in between is never settled, as the record is held. The sweep of its lane finds it.
    """
    kind, id_ = version.document_type.value, version.document_id
    at = f"refused/{version.version}/{held.attempts_total}"
    await tx.tasks.open(
        _task(uuid5(version.record_id, f"task/{at}"), version, version.reason, now)
    )
    await tx.tasks.close(version.record_id, now=now)
    result = SyncResult(
        kind, id_, version.version, SyncState.HELD, held.external_id, version.reason
    )
    await tx.outbox.append(
        result_event(
            uuid5(version.record_id, at), version.tenant_id, version.realm_id, result, now=now
        )
    )
    reason = reason_of_wait(version.document_type, id_, SyncState.HELD, version.reason)
    told = await tx.dependencies.update_waiting_reasons(version.record_id, reason, now=now)
    WAITS.labels(reason.code).inc(told)
    await tx.dependencies.wake(version.connection_id, [version.record_id], now=now)


async def _open_conflicts(
    tx: Transaction,
    refusal: Refusal,
    conflicts: Sequence[DesiredState | RefusedVersion],
    reason: Reason,
    now: datetime,
) -> None:
    """Open a task at each record of which the event says something else."""
    for one in conflicts:
        task_id = uuid5(one.record_id, f"task/conflict/{refusal.letter_id}")
        await tx.tasks.open(_task(task_id, one, reason, now))
    if conflicts:
        await tx.records.count_failures([one.record_id for one in conflicts])


def _task(
    task_id: UUID, about: RefusedVersion | DesiredState, reason: Reason, now: datetime
) -> Task:
    return Task(
        id=task_id,
        record_id=about.record_id,
        connection_id=about.connection_id,
        tenant_id=about.tenant_id,
        realm_id=about.realm_id,
        provider=about.provider,
        document_type=about.document_type,
        document_id=about.document_id,
        version=about.version,
        reason=reason,
        seen_at=now,
    )


def _letter(refusal: Refusal, now: datetime) -> DeadLetter:
    received, envelope = refusal.received, refusal.envelope
    return DeadLetter(
        id=refusal.letter_id,
        topic=PLATFORM_DEAD,
        tenant_id=envelope.tenant_id if envelope else "",
        realm_id=(envelope.realm_id or "") if envelope else "",
        provider="",
        document_type=envelope.type if envelope else "",
        document_id=envelope.subject if envelope else "",
        version=envelope.entity_version if envelope else 0,
        attempts=1,
        reason=refusal.reason,
        position=received.position,
        original_headers=readable(received.headers),
        original_value=received.value,
        died_at=now,
    )
