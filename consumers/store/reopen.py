"""Sync records that a person wants tried again, and how many there are in which state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, ProviderName, RealmId, RecordId, TenantId
from schemas.signal import NO_VERSION, Priority, Signal

# The rows are locked in the order in which settling and intake lock them, so that transactions
# queue at a row in place of waiting for each other.
REOPEN: Final = text("""
    WITH locked AS MATERIALIZED (
        SELECT record_id FROM sync_records
         WHERE record_id = ANY(CAST(:record_ids AS uuid[])) AND state <> 'agreed'
         ORDER BY record_id FOR NO KEY UPDATE)
    UPDATE sync_records r
       SET state = 'pending', reason = NULL, attempts_this_version = 0,
           next_attempt_at = NULL, updated_at = :now
      FROM locked WHERE r.record_id = locked.record_id AND r.state <> 'agreed'
""")
REOPEN_CONNECTION: Final = text("""
    WITH locked AS MATERIALIZED (
        SELECT record_id FROM sync_records
         WHERE connection_id = :connection_id AND state IN ('held', 'dead', 'retrying')
         ORDER BY record_id FOR NO KEY UPDATE)
    UPDATE sync_records r
       SET state = 'pending', reason = NULL, attempts_this_version = 0,
           next_attempt_at = NULL, updated_at = :now
      FROM locked
     WHERE r.record_id = locked.record_id AND r.state IN ('held', 'dead', 'retrying')
""")
OPEN_OF_CONNECTION: Final = text("""
    SELECT record_id, document_type, desired_version, revision FROM sync_records
     WHERE provider = :provider AND connection_id = :connection_id AND state = 'pending'
     ORDER BY priority, desired_at LIMIT :limit
""")
HAS_RECORDS: Final = text("""
    SELECT EXISTS (SELECT FROM sync_records WHERE connection_id = :connection_id)
""")
# A record that is stopped at the version of its base has not agreed since: the ledger's side
# changed after that.
AGREED_VERSIONS: Final = text("""
    SELECT record_id, base_version FROM sync_records
     WHERE record_id = ANY(CAST(:record_ids AS uuid[]))
       AND NOT (state IN ('held', 'dead') AND base_version = desired_version)
""")
COUNTS: Final = text("""
    SELECT tenant_id, provider, realm_id, document_type, state, count(*) AS records
      FROM sync_records GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
""")


@dataclass(frozen=True, slots=True)
class PendingRecord:
    """A record that is pending, as a signal names it.

    Attributes:
        record_id: The record.
        document_type: The kind of the document.
        version: The newest desired version; ``None`` if the platform does not have it.
        revision: The record's revision.
    """

    record_id: RecordId
    document_type: DocumentType
    version: int | None
    revision: int


async def reopen(
    connection: AsyncConnection, record_ids: Sequence[UUID], *, now: datetime
) -> None:
    """Make these records pending again, as if no try had failed."""
    await connection.execute(REOPEN, {"record_ids": list(record_ids), "now": now})


async def reopen_connection(
    connection: AsyncConnection, connection_id: ConnectionId, *, now: datetime
) -> int:
    """Make all held, dead and retrying records of a connection pending; return how many."""
    done: Any = await connection.execute(
        REOPEN_CONNECTION, {"connection_id": connection_id, "now": now}
    )
    return int(done.rowcount)


async def pending_of(
    connection: AsyncConnection,
    provider: ProviderName,
    connection_id: ConnectionId,
    *,
    limit: int,
) -> list[PendingRecord]:
    """Return the first pending records of a connection."""
    found = await connection.execute(
        OPEN_OF_CONNECTION,
        {"provider": provider, "connection_id": connection_id, "limit": limit},
    )
    return [
        PendingRecord(RecordId(id_), DocumentType(kind), version, revision)
        for id_, kind, version, revision in found.all()
    ]


async def has_records(connection: AsyncConnection, connection_id: ConnectionId) -> bool:
    """Return whether anything was ever announced to a connection, or seen there."""
    found = await connection.execute(HAS_RECORDS, {"connection_id": connection_id})
    return bool(found.scalar_one())


def signal_about(
    row: Mapping[Any, Any], *, version: int | None, priority: Priority, revision: int = 0
) -> Signal:
    """Return the signal that has a record tried again, from a row that names it."""
    return Signal(
        record_id=RecordId(row["record_id"]),
        connection_id=ConnectionId(row["connection_id"]),
        tenant_id=TenantId(row["tenant_id"]),
        realm_id=RealmId(row["realm_id"]),
        document_type=DocumentType(row["document_type"]),
        version=NO_VERSION if version is None else version,
        revision=revision,
        priority=priority,
    )


async def agreed_versions(
    connection: AsyncConnection, record_ids: Sequence[UUID]
) -> dict[UUID, int | None]:
    """Return the version on which each of these records last agreed; ``None`` for never.

    A record is missing that was stopped since at the same version.
    """
    found = await connection.execute(AGREED_VERSIONS, {"record_ids": list(record_ids)})
    return {row.record_id: row.base_version for row in found.all()}


async def counts(connection: AsyncConnection) -> list[Mapping[str, Any]]:
    """Return how many records there are by tenant, provider, realm, document type and state."""
    found = await connection.execute(COUNTS)
    return [dict(row) for row in found.mappings()]
