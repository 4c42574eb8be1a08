"""Identifiers: one type each, so that a realm is never passed where a tenant is meant."""

from typing import NewType
from uuid import UUID, uuid5

TenantId = NewType("TenantId", str)
RealmId = NewType("RealmId", str)
ProviderName = NewType("ProviderName", str)
ConnectionId = NewType("ConnectionId", UUID)
RecordId = NewType("RecordId", UUID)


def record_id(connection: ConnectionId, document_type: str, document_id: str) -> RecordId:
    """Name the sync record of one document in one connection, the same in every process."""
    return RecordId(uuid5(connection, f"{document_type}/{document_id}"))


def lane_key(tenant: TenantId, realm: RealmId) -> str:
    """Give the Kafka key under which everything of one realm of one tenant travels."""
    return f"{tenant}:{realm}"
