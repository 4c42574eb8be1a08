"""Identifiers: one type for each, so that a realm can't be passed as a tenant."""

from hashlib import sha1
from typing import Final, NewType
from uuid import UUID, uuid5

TenantId = NewType("TenantId", str)
RealmId = NewType("RealmId", str)
ProviderName = NewType("ProviderName", str)
ConnectionId = NewType("ConnectionId", UUID)
RecordId = NewType("RecordId", UUID)


_VERSION_AND_VARIANT: Final = 0x5 << 76 | 0x8 << 60
_BITS_OF_THE_DIGEST: Final = (1 << 128) - 1 & ~(0xF << 76 | 0xC << 60)


def record_id(connection: ConnectionId, document_type: str, document_id: str) -> RecordId:
    """Return the id of a document's sync record, the same in every process."""
    name = f"{document_type}/{document_id}".encode()
    return RecordId(UUID(int=_version_5(sha1(connection.bytes + name).digest())))  # noqa: S324  RFC 9562


def _version_5(digest: bytes) -> int:
    """Return what `uuid5` makes of a digest; it takes twice the time, once for each event."""
    return int.from_bytes(digest[:16], "big") & _BITS_OF_THE_DIGEST | _VERSION_AND_VARIANT


def ledger_document_id(connection: ConnectionId, document_type: str, external_id: str) -> str:
    """Return the document id of a record that was born in the ledger, from the ledger's id.

    The platform makes its document under this id, so :func:`record_id` leads both sides to the
    same row and no look-up is needed. It is a hash under a namespace of its own: no document
    of the platform has it by chance, whatever its ids look like.
    """
    return str(uuid5(uuid5(connection, "ledger"), f"{document_type}/{external_id}"))


def lane_key(tenant: TenantId, realm: RealmId) -> str:
    """Return the Kafka key of all messages of one realm of one tenant."""
    return f"{tenant}:{realm}"
