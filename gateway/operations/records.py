"""Sync records: the state of each, and their number by state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consumers.store import record_queries
from consumers.store.reopen import counts
from consumers.store.valves import listed
from gateway.database.sessions import Sessions
from providers.connections import ConnectionStore
from schemas.documents.document import DocumentType
from schemas.ids import TenantId
from schemas.result import SyncState

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class RecordSearch:
    """A filter on the records of a tenant; ``None`` stands for any value."""

    tenant: TenantId
    document_type: DocumentType | None = None
    document_id: str | None = None
    state: SyncState | None = None


@dataclass(frozen=True, slots=True)
class RecordCounts:
    """The number of records by state, and the lanes at rest.

    Attributes:
        records: One row for each tenant, provider, realm, document type and state.
        valves: The lanes that rest after many failures of one kind.
    """

    records: Rows
    valves: Rows


async def search_records(
    sessions: Sessions,
    wanted: RecordSearch,
    *,
    limit: int,
    after: record_queries.RecordPlace | None = None,
) -> Rows:
    """Return the state of a tenant's records, in the order of their places.

    Args:
        after: Only records that come behind this place.
    """
    async with sessions.tenant_session(wanted.tenant) as database:
        connections = await ConnectionStore(database).of_tenant(wanted.tenant)
        asked = record_queries.RecordFilter(
            [one.id for one in connections],
            wanted.document_type,
            wanted.document_id,
            wanted.state,
        )
        return await record_queries.search(database, asked, limit=limit, after=after)


async def count_records(sessions: Sessions, tenant: TenantId | None = None) -> RecordCounts:
    """Return the number of records by state, and the lanes at rest; of one tenant or of all."""
    async with sessions.session_of(tenant, purpose="counts of records") as database:
        records, valves = await counts(database), await listed(database)
    return RecordCounts(_of(tenant, records), _of(tenant, valves))


def _of(tenant: TenantId | None, rows: Rows) -> Rows:
    return [row for row in rows if tenant in (None, row["tenant_id"])]
