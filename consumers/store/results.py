"""The result event: what tells the platform of the state of a record, on ``sync.results``."""

from datetime import datetime
from typing import Final
from uuid import UUID

from consumers.store.dead_letters import SOURCE
from consumers.store.fitting import fitted, shortened
from ledgerlane_outbox import OutboxMessage
from schemas.ids import RealmId, TenantId, lane_key
from schemas.result import SyncResult
from schemas.topics import SYNC_RESULTS

# What a result is about; everything else of it is in the record as well.
_KEPT: Final = frozenset({"document_type", "document_id", "version", "state", "external_id"})


def result_event(
    event_id: UUID, tenant_id: TenantId, realm_id: RealmId, result: SyncResult, *, now: datetime
) -> OutboxMessage:
    """Return the event that tells the platform what became of a record.

    Args:
        event_id: The id of the event, the same in each repeat of the transaction.
    """
    return OutboxMessage(
        event_id=event_id,
        type=f"sync.{result.state.value}.v1",
        source=SOURCE,
        subject=shortened(f"{result.document_type}/{result.document_id}"),
        tenant_id=tenant_id,
        realm_id=realm_id,
        entity_version=result.version,
        partition_key=shortened(lane_key(tenant_id, realm_id)),
        topic=SYNC_RESULTS,
        time=now,
        payload=fitted(result.as_dict(), keep=_KEPT),
    )
