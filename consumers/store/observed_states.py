"""The ledger's side of ``sync_records``: what was seen there, fenced by its version."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.store.dependencies import EXCLUDE
from providers.base import External
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, ProviderName, RealmId, RecordId, TenantId
from schemas.presence import Presence
from schemas.signal import Priority


@dataclass(frozen=True, slots=True)
class ObservedDocument:
    """The ledger's side of a record, as it is stored.

    Attributes:
        document: The ledger's document as JSON text; ``None`` where only its version is known.
        version: The ledger's version of it, which rises with every change there; -1 if the
            answer to our write named none.
        presence: Whether the ledger's record is there, void or deleted.
    """

    document: str | None
    version: int
    presence: Presence = Presence.PRESENT


@dataclass(frozen=True, slots=True)
class ObservedState:
    """A record as it was seen in the ledger.

    Attributes:
        record_id: The record to make where none is linked to the ledger's record.
        connection_id: The connection to the company in which it was seen.
        tenant_id: The tenant who owns the connection.
        realm_id: The company at the provider.
        provider: The ledger's provider.
        document_type: The kind of the document.
        document_id: The platform's id of the document where the ledger's record carries it,
            else the one that `schemas.ids.ledger_document_id` returns. The record's id is the
            hash of it.
        external: The ledger's record.
        seen: What it holds, in the version that was seen.
        priority: How urgent the work is beside other work of the realm.
    """

    record_id: RecordId
    connection_id: ConnectionId
    tenant_id: TenantId
    realm_id: RealmId
    provider: ProviderName
    document_type: DocumentType
    document_id: str
    external: External
    seen: ObservedDocument
    priority: Priority = Priority.NOTICE


# A row that is linked to the ledger's record is the one that was seen, whatever its id; only
# where there is none is a row made. A newer version makes the row pending, as an announcement
# does, but for a retry, which stays when it is due: a busy bookkeeper must not hurry it.
UPSERT: Final = text("""
    WITH seen AS (
        SELECT DISTINCT ON (COALESCE(r.record_id, n.record_id))
               COALESCE(r.record_id, n.record_id) AS id, n.*
          FROM unnest(CAST(:record_ids AS uuid[]), CAST(:connection_ids AS uuid[]),
                      CAST(:tenants AS text[]), CAST(:realms AS text[]),
                      CAST(:providers AS text[]), CAST(:types AS text[]),
                      CAST(:document_ids AS text[]), CAST(:external_ids AS text[]),
                      CAST(:external_codes AS text[]), CAST(:sync_tokens AS text[]),
                      CAST(:documents AS text[]), CAST(:versions AS bigint[]),
                      CAST(:presences AS text[]), CAST(:priorities AS smallint[]))
            AS n (record_id, connection_id, tenant_id, realm_id, provider, document_type,
                  document_id, external_id, external_code, sync_token, observed, version,
                  presence, priority)
          LEFT JOIN sync_records r USING (connection_id, document_type, external_id)
         ORDER BY COALESCE(r.record_id, n.record_id), n.version DESC)
    INSERT INTO sync_records AS r (
        record_id, connection_id, tenant_id, realm_id, provider, document_type, document_id,
        external_id, external_code, sync_token, observed, observed_version, observed_presence,
        state, priority, updated_at)
    SELECT id, connection_id, tenant_id, realm_id, provider, document_type, document_id,
           external_id, external_code, sync_token, CAST(observed AS jsonb), version, presence,
           'pending', priority, :now
      FROM seen ORDER BY id
        ON CONFLICT (record_id) DO UPDATE
       SET observed = excluded.observed, observed_version = excluded.observed_version,
           observed_presence = excluded.observed_presence, revision = r.revision + 1,
           sync_token = CASE WHEN r.external_id IS NULL THEN r.sync_token
                             ELSE excluded.sync_token END,
           state = CASE r.state WHEN 'retrying' THEN r.state ELSE 'pending' END,
           reason = CASE r.state WHEN 'retrying' THEN r.reason END,
           attempts_this_version = CASE r.state WHEN 'retrying' THEN r.attempts_this_version
                                                ELSE 0 END,
           updated_at = excluded.updated_at
     WHERE COALESCE(r.observed_version, -1) < excluded.observed_version
       AND (r.external_id IS NULL OR r.external_id = excluded.external_id)
 RETURNING r.record_id, r.revision
""")


async def upsert_observed(
    connection: AsyncConnection, states: Sequence[ObservedState], *, now: datetime
) -> dict[RecordId, int]:
    """Store what was seen in the ledger; return the records to signal, with their revision.

    Two states of one of the ledger's records in one call leave the newer.
    """
    # Who links a record holds the same lock: else the row that is made here and the row that is
    # linked there would both claim the ledger's record, and one transaction would fail.
    for id_ in sorted({one.connection_id for one in states}):
        await connection.execute(EXCLUDE, {"connection_id": str(id_)})
    stored = await connection.execute(UPSERT, {**_columns(newest_seen(states)), "now": now})
    return {RecordId(id_): revision for id_, revision in stored.all()}


def newest_seen(states: Iterable[ObservedState]) -> list[ObservedState]:
    """Return the newest state of each of the ledger's records."""
    found: dict[tuple[ConnectionId, DocumentType, str], ObservedState] = {}
    for one in states:
        key = (one.connection_id, one.document_type, one.external.id)
        known = found.get(key)
        if known is None or known.seen.version < one.seen.version:
            found[key] = one
    return list(found.values())


def _columns(rows: Sequence[ObservedState]) -> dict[str, list[Any]]:
    return {
        "record_ids": [r.record_id for r in rows],
        "connection_ids": [r.connection_id for r in rows],
        "tenants": [r.tenant_id for r in rows],
        "realms": [r.realm_id for r in rows],
        "providers": [r.provider for r in rows],
        "types": [r.document_type.value for r in rows],
        "document_ids": [r.document_id for r in rows],
        "external_ids": [r.external.id for r in rows],
        "external_codes": [r.external.code for r in rows],
        "sync_tokens": [r.external.sync_token for r in rows],
        "documents": [r.seen.document for r in rows],
        "versions": [r.seen.version for r in rows],
        "presences": [r.seen.presence.value for r in rows],
        "priorities": [int(r.priority) for r in rows],
    }
