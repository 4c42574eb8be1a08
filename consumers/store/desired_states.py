"""The platform's side of ``sync_records``: new desired states in batches, fenced by version."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, ProviderName, RealmId, RecordId, TenantId
from schemas.signal import Priority


@dataclass(frozen=True, slots=True)
class DesiredState:
    """A new desired state, as intake read it from an event.

    Attributes:
        record_id: The record, a hash of connection, type and document.
        connection_id: The connection that the document goes to.
        tenant_id: The tenant who owns document and connection.
        realm_id: The company at the provider.
        provider: The ledger's provider.
        document_type: The kind of the document.
        document_id: The platform's id of the document.
        document: The document as JSON text.
        version: The platform's version of it; a higher one is newer.
    """

    record_id: RecordId
    connection_id: ConnectionId
    tenant_id: TenantId
    realm_id: RealmId
    provider: ProviderName
    document_type: DocumentType
    document_id: str
    document: str
    version: int


@dataclass(frozen=True, slots=True)
class Upserted:
    """What storing desired states led to.

    Attributes:
        revisions: The records to send a signal for, with their revision.
        same_version: The documents, as JSON text, of the records that had the same version
            before with another text; their content may be the same all the same.
        changed: The records whose version was not known before.
    """

    revisions: dict[RecordId, int]
    same_version: dict[RecordId, str]
    changed: frozenset[RecordId]


# How urgent an announced state is beside other work of its realm.
ANNOUNCED: Final = Priority.PUSH

# A newer version replaces the desired state and makes the row pending, whatever it was; older
# and equal ones change nothing. The rows come sorted by record, and settling locks in the same
# order, so that transactions queue at a row in place of waiting for each other. A record that
# is held by a refused version stays so until one comes that is not older.
UPSERT: Final = text("""
    INSERT INTO sync_records AS r (
        record_id, connection_id, tenant_id, realm_id, provider, document_type, document_id,
        desired, desired_version, desired_at, state, priority, updated_at)
    SELECT n.record_id, n.connection_id, n.tenant_id, n.realm_id, n.provider,
           n.document_type, n.document_id, CAST(n.desired AS jsonb), n.version, :now, 'pending',
           :priority, :now
      FROM unnest(CAST(:record_ids AS uuid[]), CAST(:connection_ids AS uuid[]),
                  CAST(:tenants AS text[]), CAST(:realms AS text[]),
                  CAST(:providers AS text[]), CAST(:types AS text[]),
                  CAST(:document_ids AS text[]), CAST(:documents AS text[]),
                  CAST(:versions AS bigint[]))
        AS n (record_id, connection_id, tenant_id, realm_id, provider, document_type,
              document_id, desired, version)
        ON CONFLICT (record_id) DO UPDATE
       SET desired = excluded.desired, desired_version = excluded.desired_version,
           desired_at = excluded.desired_at, revision = r.revision + 1,
           state = CASE WHEN r.refused_version > excluded.desired_version THEN 'held'
                        ELSE 'pending' END,
           reason = CASE WHEN r.refused_version > excluded.desired_version THEN r.refusal END,
           refused_version = CASE WHEN r.refused_version > excluded.desired_version
                                  THEN r.refused_version END,
           refusal = CASE WHEN r.refused_version > excluded.desired_version THEN r.refusal END,
           attempts_this_version = 0,
           next_attempt_at = NULL, priority = excluded.priority,
           updated_at = excluded.updated_at
     WHERE r.desired_version IS NULL OR r.desired_version < excluded.desired_version
 RETURNING r.record_id, r.revision, r.state = 'pending' AS pending
""")

# What was not newer. Its signal may be lost, and what it says may be other than what is known.
KNOWN: Final = text("""
    SELECT r.record_id, r.revision, r.state = 'pending' AS pending,
           CASE WHEN r.desired_version = n.version AND r.desired <> CAST(n.desired AS jsonb)
                THEN r.desired::text END AS other
      FROM unnest(CAST(:record_ids AS uuid[]), CAST(:documents AS text[]),
                  CAST(:versions AS bigint[])) AS n (record_id, desired, version)
      JOIN sync_records r USING (record_id)
""")


async def upsert_desired(
    connection: AsyncConnection, states: Sequence[DesiredState], *, now: datetime
) -> Upserted:
    """Store new desired states; return what to send signals for, and what to compare.

    A repeat of an event that was stored, but whose signal may not have gone out, asks for the
    signal again. Two states of one record in one call leave the newer, and the first of equal
    versions.
    """
    rows = newest(states)
    shared = {"priority": int(ANNOUNCED), "now": now}
    stored = (await connection.execute(UPSERT, {**_columns(rows), **shared})).all()
    changed = frozenset(RecordId(record_id) for record_id, *_ in stored)
    rest = [one for one in rows if one.record_id not in changed]
    known = (await connection.execute(KNOWN, _of_known(rest))).all() if rest else []
    revisions = {
        RecordId(record_id): revision
        for record_id, revision, pending, *_ in (*stored, *known)
        if pending
    }
    others = {RecordId(row.record_id): row.other for row in known if row.other is not None}
    return Upserted(revisions, others, changed)


def newest(states: Iterable[DesiredState]) -> list[DesiredState]:
    """Return the newest state of each record, sorted by record."""
    # By the number that an id is: ids themselves compare in Python, a call each.
    return sorted(newest_by_record(states).values(), key=lambda one: one.record_id.int)


def newest_by_record(states: Iterable[DesiredState]) -> dict[RecordId, DesiredState]:
    """Return the newest state of each record, in the order in which records come first."""
    found: dict[RecordId, DesiredState] = {}
    for one in states:
        known = found.get(one.record_id)
        if known is None or known.version < one.version:
            found[one.record_id] = one
    return found


def _of_known(rows: Sequence[DesiredState]) -> dict[str, list[Any]]:
    columns = _columns(rows)
    return {name: columns[name] for name in ("record_ids", "documents", "versions")}


def _columns(rows: Sequence[DesiredState]) -> dict[str, list[Any]]:
    return {
        "record_ids": [r.record_id for r in rows],
        "connection_ids": [r.connection_id for r in rows],
        "tenants": [r.tenant_id for r in rows],
        "realms": [r.realm_id for r in rows],
        "providers": [r.provider for r in rows],
        "types": [r.document_type.value for r in rows],
        "document_ids": [r.document_id for r in rows],
        "documents": [r.document for r in rows],
        "versions": [r.version for r in rows],
    }
