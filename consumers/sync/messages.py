"""What a settlement sends or opens about a loaded record: signal, task and result event."""

from dataclasses import replace
from datetime import datetime
from uuid import uuid5

from consumers.store.results import result_event
from consumers.store.tasks import Task
from consumers.sync.loaded_record import LoadedRecord
from ledgerlane_outbox import OutboxMessage
from providers.http import Realm
from schemas.errors import Reason, Solver
from schemas.result import SyncResult
from schemas.signal import Signal


def signal_of(
    loaded: LoadedRecord, realm: Realm, *, attempt: int, due_at: datetime | None = None
) -> Signal:
    """Return the signal that names a record."""
    return Signal(
        record_id=loaded.id,
        connection_id=realm.connection_id,
        tenant_id=realm.tenant_id,
        realm_id=realm.realm_id,
        document_type=loaded.row.document_type,
        version=loaded.version,
        revision=loaded.revision,
        attempt=attempt,
        due_at=due_at,
    )


def task_of(loaded: LoadedRecord, realm: Realm, reason: Reason, now: datetime) -> Task:
    """Return the task for what stopped a record.

    A reason that leaves it to time is given to the tenant's admin, as time has not helped.
    """
    if reason.solver is Solver.NOBODY:
        reason = replace(reason, solver=Solver.TENANT_ADMIN)
    return Task(
        id=uuid5(loaded.id, f"task/{reason.code}/{_try(loaded)}"),
        record_id=loaded.id,
        connection_id=realm.connection_id,
        tenant_id=realm.tenant_id,
        realm_id=realm.realm_id,
        provider=realm.provider,
        document_type=loaded.row.document_type,
        document_id=loaded.row.document_id,
        version=loaded.newest_version,
        reason=reason,
        seen_at=now,
    )


def result_message(
    loaded: LoadedRecord, realm: Realm, result: SyncResult, now: datetime
) -> OutboxMessage:
    """Return the event that tells the platform what became of a record."""
    # A transaction that is repeated gives the same id, and the outbox keeps one event of it.
    event_id = uuid5(loaded.id, f"{result.state.value}/{_try(loaded)}")
    return result_event(event_id, realm.tenant_id, realm.realm_id, result, now=now)


def _try(loaded: LoadedRecord) -> str:
    return f"{loaded.newest_version}/{loaded.row.attempts_total}"
