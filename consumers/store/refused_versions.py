"""Versions that intake refused, as ``sync_records`` keep them: the record is held by one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.store.desired_states import ANNOUNCED
from schemas.documents.document import DocumentType
from schemas.errors import Reason
from schemas.ids import ConnectionId, ProviderName, RealmId, RecordId, TenantId


@dataclass(frozen=True, slots=True)
class RefusedVersion:
    """A version of a document that intake refused, at one connection that it was meant for.

    Attributes:
        record_id: The record, a hash of connection, type and document.
        connection_id: The connection that the document would have gone to.
        tenant_id: The tenant who owns document and connection.
        realm_id: The company at the provider.
        provider: The ledger's provider.
        document_type: The kind of the document.
        document_id: The platform's id of the document.
        version: The platform's version of it that was refused.
        reason: Why it was refused, with the version.
    """

    record_id: RecordId
    connection_id: ConnectionId
    tenant_id: TenantId
    realm_id: RealmId
    provider: ProviderName
    document_type: DocumentType
    document_id: str
    version: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class NewerRefused:
    """A newer version than the desired one, which intake refused.

    Attributes:
        version: The platform's version of it.
        reason: Why it was refused, with the version.
    """

    version: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A record that is held by a refused version since now.

    Attributes:
        external_id: The ledger's id of its record; ``None`` without a link.
        attempts_total: How many tries and versions of it ever failed, this one among them.
    """

    external_id: str | None
    attempts_total: int


# The record is held whatever it was: what it would bring to the ledger is known to be out of
# date. What was desired and agreed stays as it is. The new revision keeps the outcome of a try
# in progress from being the last word. It counts as a failure, which is what has a later
# agreement close the task. A version that is known already, or a newer one, is left alone.
HOLD: Final = text("""
    INSERT INTO sync_records AS r (
        record_id, connection_id, tenant_id, realm_id, provider, document_type, document_id,
        state, reason, refused_version, refusal, attempts_total, priority, updated_at)
    SELECT n.record_id, n.connection_id, n.tenant_id, n.realm_id, n.provider,
           n.document_type, n.document_id, 'held', CAST(n.reason AS jsonb), n.version,
           CAST(n.reason AS jsonb), 1, :priority, :now
      FROM unnest(CAST(:record_ids AS uuid[]), CAST(:connection_ids AS uuid[]),
                  CAST(:tenants AS text[]), CAST(:realms AS text[]),
                  CAST(:providers AS text[]), CAST(:types AS text[]),
                  CAST(:document_ids AS text[]), CAST(:versions AS bigint[]),
                  CAST(:reasons AS text[]))
        AS n (record_id, connection_id, tenant_id, realm_id, provider, document_type,
              document_id, version, reason)
        ON CONFLICT (record_id) DO UPDATE
       SET state = 'held', reason = excluded.reason, refused_version = excluded.refused_version,
           refusal = excluded.refusal, revision = r.revision + 1,
           attempts_total = r.attempts_total + 1, next_attempt_at = NULL, resolved_at = NULL,
           updated_at = excluded.updated_at
     WHERE COALESCE(r.desired_version, -1) < excluded.refused_version
       AND COALESCE(r.refused_version, -1) <= excluded.refused_version
 RETURNING r.record_id, r.external_id, r.attempts_total
""")


async def hold_refused(
    connection: AsyncConnection, versions: Sequence[RefusedVersion], *, now: datetime
) -> dict[RecordId, HeldRecord]:
    """Hold the records of refused versions; return those that are held by them now.

    A record that does not exist is made, without a desired document. Of several versions of one
    record in one call the newest counts, and the last of equals.
    """
    if not versions:
        return {}
    held = await connection.execute(
        HOLD, {**_columns(newest_refused(versions)), "priority": int(ANNOUNCED), "now": now}
    )
    return {
        RecordId(row.record_id): HeldRecord(row.external_id, row.attempts_total)
        for row in held.all()
    }


def newer_refused(version: int | None, reason: Mapping[str, str] | None) -> NewerRefused | None:
    """Return what the columns of a row say of a refused version; ``None`` if nothing."""
    if version is None or reason is None:
        return None
    return NewerRefused(version, Reason.from_dict(reason))


def newest_refused(versions: Iterable[RefusedVersion]) -> list[RefusedVersion]:
    """Return the newest refused version of each record, sorted by record."""
    found: dict[RecordId, RefusedVersion] = {}
    for one in versions:
        known = found.get(one.record_id)
        if known is None or known.version <= one.version:
            found[one.record_id] = one
    return sorted(found.values(), key=lambda one: one.record_id)


def _columns(rows: Sequence[RefusedVersion]) -> dict[str, list[Any]]:
    return {
        "record_ids": [r.record_id for r in rows],
        "connection_ids": [r.connection_id for r in rows],
        "tenants": [r.tenant_id for r in rows],
        "realms": [r.realm_id for r in rows],
        "providers": [r.provider for r in rows],
        "types": [r.document_type.value for r in rows],
        "document_ids": [r.document_id for r in rows],
        "versions": [r.version for r in rows],
        "reasons": [orjson.dumps(r.reason.as_dict()).decode() for r in rows],
    }
