"""What a settlement sends or opens about a loaded record: signal, task and result event."""

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from consumers.store.dead_letters import SOURCE
from consumers.store.fitting import fitted, shortened
from consumers.store.tasks import Task
from consumers.sync.loaded_record import LoadedRecord
from ledgerlane_outbox import OutboxMessage
from providers.http import Realm
from schemas.errors import Reason, Solver
from schemas.ids import lane_key
from schemas.result import SyncResult, SyncState
from schemas.signal import Signal
from schemas.topics import SYNC_RESULTS

# What a result is about; everything else of it is in the record as well.
_KEPT: Final = frozenset({"document_type", "document_id", "version", "state", "external_id"})


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
        id=uuid5(loaded.id, f"task/{reason.code}/{loaded.version}/{loaded.row.attempts_total}"),
        record_id=loaded.id,
        connection_id=realm.connection_id,
        tenant_id=realm.tenant_id,
        realm_id=realm.realm_id,
        provider=realm.provider,
        document_type=loaded.row.document_type,
        document_id=loaded.row.document_id,
        version=loaded.version,
        reason=reason,
        seen_at=now,
    )


def result_message(
    loaded: LoadedRecord, realm: Realm, result: SyncResult, now: datetime
) -> OutboxMessage:
    """Return the event that tells the platform what became of a record."""
    return OutboxMessage(
        event_id=_result_id(loaded, result.state),
        type=f"sync.{result.state.value}.v1",
        source=SOURCE,
        subject=shortened(f"{result.document_type}/{result.document_id}"),
        tenant_id=realm.tenant_id,
        realm_id=realm.realm_id,
        entity_version=result.version,
        partition_key=shortened(lane_key(realm.tenant_id, realm.realm_id)),
        topic=SYNC_RESULTS,
        time=now,
        payload=fitted(result.as_dict(), keep=_KEPT),
    )


def _result_id(loaded: LoadedRecord, state: SyncState) -> UUID:
    # A transaction that is repeated gives the same id, and the outbox keeps one event of it.
    return uuid5(loaded.id, f"{state.value}/{loaded.version}/{loaded.row.attempts_total}")
