"""Identifiers: one type for each, so that a realm can't be passed as a tenant."""

from typing import NewType
from uuid import UUID, uuid5

TenantId = NewType("TenantId", str)
RealmId = NewType("RealmId", str)
ProviderName = NewType("ProviderName", str)
ConnectionId = NewType("ConnectionId", UUID)
RecordId = NewType("RecordId", UUID)


def record_id(connection: ConnectionId, document_type: str, document_id: str) -> RecordId:
    """Return the id of a document's sync record, the same in every process."""
    return RecordId(uuid5(connection, f"{document_type}/{document_id}"))


def lane_key(tenant: TenantId, realm: RealmId) -> str:
    """Return the Kafka key of all messages of one realm of one tenant."""
    return f"{tenant}:{realm}"
