"""The sync records: one row for every document of a connection, as lanes read and settle it.

Each function takes an open connection and commits nothing. A row is changed to an outcome
only while its desired version is the one that the outcome is about: an edit that intake wrote
in the meantime keeps the row pending.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from providers.base import External, Written
from schemas.documents.document import DocumentType
from schemas.errors import Reason
from schemas.ids import ConnectionId, ProviderName, RecordId
from schemas.result import SyncState
from schemas.signal import Priority


@dataclass(frozen=True, slots=True)
class Intent:
    """A write that was begun and whose outcome is not stored."""

    operation: str
    version: int
    idempotency_key: UUID


@dataclass(frozen=True, slots=True)
class Row:
    """A sync record as it is stored; documents are JSON text."""

    record_id: RecordId
    document_type: DocumentType
    document_id: str
    desired: str
    desired_version: int
    desired_at: datetime
    base: str | None
    base_version: int | None
    external: External | None
    state: SyncState
    attempts: int
    tries: int
    next_attempt_at: datetime | None
    intent: Intent | None


@dataclass(frozen=True, slots=True)
class OpenWork:
    """A record that is not in agreement, as a lane needs to know it.

    Attributes:
        repeat: Whether a try of its newest version failed before.
    """

    record_id: RecordId
    document_type: DocumentType
    priority: Priority
    repeat: bool = False


LOAD: Final = text("""
    SELECT r.record_id, r.document_type, r.document_id, r.desired::text AS desired,
           r.desired_version, r.desired_at, r.base::text AS base, r.base_version, r.external_id,
           r.external_code, r.sync_token, r.state, r.attempts, r.tries, r.next_attempt_at,
           i.operation, i.version AS intent_version, i.idempotency_key
      FROM sync_records r LEFT JOIN intents i USING (record_id)
     WHERE r.connection_id = :connection_id
       AND r.record_id = ANY(CAST(:record_ids AS uuid[]))
""")


async def load(
    connection: AsyncConnection, connection_id: ConnectionId, record_ids: Sequence[RecordId]
) -> dict[RecordId, Row]:
    """Read records of one connection; one of another connection is not found."""
    found = await connection.execute(
        LOAD, {"connection_id": connection_id, "record_ids": list(record_ids)}
    )
    rows = [_row(mapping) for mapping in found.mappings()]
    return {row.record_id: row for row in rows}


def _row(found: RowMapping) -> Row:
    return Row(
        record_id=RecordId(found["record_id"]),
        document_type=DocumentType(found["document_type"]),
        document_id=found["document_id"],
        desired=found["desired"],
        desired_version=found["desired_version"],
        desired_at=found["desired_at"],
        base=found["base"],
        base_version=found["base_version"],
        external=_external(found),
        state=SyncState(found["state"]),
        attempts=found["attempts"],
        tries=found["tries"],
        next_attempt_at=found["next_attempt_at"],
        intent=_intent(found),
    )


def _external(found: RowMapping) -> External | None:
    if found["external_id"] is None:
        return None
    return External(
        found["external_id"], found["sync_token"] or "", found["external_code"] or ""
    )


def _intent(found: RowMapping) -> Intent | None:
    if found["operation"] is None:
        return None
    return Intent(found["operation"], found["intent_version"], found["idempotency_key"])


@dataclass(frozen=True, slots=True)
class Linked:
    """The ledger's side of a record, and whether it is the newest that was announced."""

    external: External
    agreed: bool


LINKS: Final = text("""
    SELECT record_id, external_id, external_code, sync_token, state = 'agreed' AS agreed
      FROM sync_records
     WHERE connection_id = :connection_id
       AND record_id = ANY(CAST(:record_ids AS uuid[])) AND external_id IS NOT NULL
""")


async def links(
    connection: AsyncConnection, connection_id: ConnectionId, record_ids: Sequence[RecordId]
) -> dict[RecordId, Linked]:
    """Give the ledger's side of those records that are linked."""
    if not record_ids:
        return {}
    found = await connection.execute(
        LINKS, {"connection_id": connection_id, "record_ids": list(record_ids)}
    )
    return {
        RecordId(row["record_id"]): Linked(external, row["agreed"])
        for row in found.mappings()
        if (external := _external(row)) is not None
    }


# A row that waits for a retry is work of the table too once it is due: its signal may have
# been spilled, or lost with a topic.
OPEN_WORK: Final = text("""
    SELECT record_id, document_type, priority, attempts > 0 AS repeat FROM sync_records
     WHERE connection_id = :connection_id AND state IN ('pending', 'retrying')
       AND (state = 'pending' OR next_attempt_at <= :now)
       AND record_id <> ALL(CAST(:except_ids AS uuid[]))
     ORDER BY priority, desired_at LIMIT :limit
""")


async def open_work(
    connection: AsyncConnection,
    connection_id: ConnectionId,
    *,
    without: Sequence[RecordId],
    limit: int,
    now: datetime,
) -> list[OpenWork]:
    """Read a page of records that are not in agreement, most urgent and oldest first."""
    found = await connection.execute(
        OPEN_WORK,
        {
            "connection_id": connection_id,
            "except_ids": list(without),
            "limit": limit,
            "now": now,
        },
    )
    return [
        OpenWork(
            RecordId(r["record_id"]),
            DocumentType(r["document_type"]),
            Priority(r["priority"]),
            r["repeat"],
        )
        for r in found.mappings()
    ]


CONNECTIONS_WITH_WORK: Final = text("""
    SELECT DISTINCT connection_id FROM sync_records
     WHERE provider = :provider AND state IN ('pending', 'retrying')
       AND (state = 'pending' OR next_attempt_at <= :now)
""")


async def connections_with_work(
    connection: AsyncConnection, provider: ProviderName, *, now: datetime
) -> list[ConnectionId]:
    """Name the connections that have work in the table."""
    found = await connection.execute(CONNECTIONS_WITH_WORK, {"provider": provider, "now": now})
    return [ConnectionId(row) for row in found.scalars()]


# What the ledger got. The state follows from whether the platform has moved on since.
AGREE: Final = text("""
    UPDATE sync_records
       SET base = CAST(:base AS jsonb), base_version = :version,
           observed = COALESCE(CAST(:observed AS jsonb), observed),
           external_id = COALESCE(:external_id, external_id),
           external_code = COALESCE(:external_code, external_code),
           sync_token = COALESCE(:sync_token, sync_token),
           state = CASE WHEN desired_version = :version THEN 'agreed' ELSE 'pending' END,
           reason = NULL, next_attempt_at = NULL, synced_at = :now, updated_at = :now,
           resolved_at = CASE WHEN desired_version = :version AND tries > 0
                              THEN COALESCE(resolved_at, :now) ELSE resolved_at END,
           attempts = CASE WHEN desired_version = :version THEN 0 ELSE attempts END
     WHERE record_id = :record_id AND (base_version IS NULL OR base_version <= :version)
""")


async def agree(
    connection: AsyncConnection,
    record_id: RecordId,
    *,
    version: int,
    base: str | None,
    written: Written | None,
    now: datetime,
) -> None:
    """Store that the ledger holds ``version``; an older one never replaces a newer one.

    Raises:
        IntegrityError: the ledger's record is linked to another document of the same type.
    """
    external = written.external if written else None
    await connection.execute(
        AGREE,
        {
            "record_id": record_id,
            "version": version,
            "base": base,
            "observed": _observed(written),
            "external_id": external.id if external else None,
            "external_code": external.code if external else None,
            "sync_token": external.sync_token if external else None,
            "now": now,
        },
    )


def _observed(written: Written | None) -> str | None:
    if written is None:
        return None
    figures = written.figures
    seen: dict[str, Any] = {"voided": written.voided}
    if figures is not None:
        seen |= {
            "total": str(figures.total),
            "tax": str(figures.tax),
            "balance": str(figures.balance),
        }
    return orjson.dumps(seen).decode()


SETTLE: Final = text("""
    UPDATE sync_records
       SET state = :state, reason = CAST(:reason AS jsonb), attempts = attempts + :failed,
           tries = tries + :failed, next_attempt_at = :next_attempt_at, updated_at = :now,
           resolved_at = CASE WHEN :failed = 0 THEN resolved_at END
     WHERE record_id = :record_id AND desired_version = :version
""")


async def settle(
    connection: AsyncConnection,
    record_id: RecordId,
    state: SyncState,
    *,
    version: int,
    reason: Reason | None,
    now: datetime,
    failed: bool = False,
    next_attempt_at: datetime | None = None,
) -> bool:
    """Store how a record stands; say whether that was still about its newest version.

    Args:
        failed: Whether a try failed, which counts as an attempt.
    """
    done = await connection.execute(
        SETTLE,
        {
            "record_id": record_id,
            "state": state.value,
            "version": version,
            "reason": orjson.dumps(reason.as_dict()).decode() if reason else None,
            "failed": int(failed),
            "next_attempt_at": next_attempt_at,
            "now": now,
        },
    )
    return done.rowcount == 1
