"""A tenant's records: state, reason, attempts made, the next one, when trouble was over."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter

from consumers.store.record_queries import RecordPlace
from gateway.http.access import needs
from gateway.http.answers import RecordPage
from gateway.http.dependencies import ApiDependencies
from gateway.http.document import refusals
from gateway.http.pages import Cursor, Limit, page, place_of, unreadable
from gateway.http.problem_codes import INVALID_CURSOR
from gateway.http.text import Text
from gateway.identity.principal import Scope
from gateway.operations.records import RecordSearch, search_records
from schemas.documents.document import DocumentType
from schemas.ids import TenantId
from schemas.result import SyncState

_ORDER: Final = ("connection_id", "document_type", "document_id")


def record_routes(given: ApiDependencies) -> APIRouter:
    """Return the routes about records."""
    routes = APIRouter(prefix="/v1", tags=["records"])

    @routes.get(
        "/tenants/{tenant}/records",
        summary="List how a tenant's records stand, or those of one document.",
        dependencies=[needs(Scope.RECORDS_READ)],
        responses=refusals(INVALID_CURSOR),
    )
    async def list_records(
        tenant: Text,
        type: DocumentType | None = None,
        document: Text | None = None,
        state: SyncState | None = None,
        limit: Limit = 100,
        cursor: Cursor = "",
    ) -> RecordPage:
        wanted = RecordSearch(TenantId(tenant), type, document, state)
        after = _place(cursor) if cursor else None
        found = await search_records(given.sessions, wanted, limit=limit + 1, after=after)
        return RecordPage.model_validate(page("records", found, limit, *_ORDER))

    return routes


def _place(cursor: str) -> RecordPlace:
    try:
        connection_id, document_type, document_id = place_of(cursor)
        return RecordPlace(UUID(connection_id), document_type, document_id)
    except ValueError as exc:
        raise unreadable() from exc
