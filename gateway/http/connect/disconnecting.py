"""The API by which a company is disconnected, after a look at what that means."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from gateway.database.sessions import Sessions
from gateway.errors import NoSuchConnection
from gateway.http.access import needs
from gateway.http.document import refusals
from gateway.http.problem_codes import (
    PROVIDER_NOT_CONFIGURED,
    PROVIDER_UNAVAILABLE,
    UNKNOWN_CONNECTION,
)
from gateway.http.text import Text
from gateway.identity.principal import Scope
from gateway.operations.connections import connection_of
from gateway.operations.disconnect import DisconnectMode, Disconnector
from providers.connections import Connection
from providers.errors import Unavailable
from schemas.ids import ConnectionId, ProviderName, TenantId


def disconnect_routes(
    sessions: Sessions, disconnectors: Mapping[ProviderName, Disconnector]
) -> APIRouter:
    """Return the routes; a connection of another tenant is not there."""
    routes = APIRouter(prefix="/v1/tenants/{tenant}/connections", tags=["connections"])

    async def chosen(tenant: str, connection: UUID) -> tuple[Connection, Disconnector]:
        try:
            found = await connection_of(sessions, TenantId(tenant), ConnectionId(connection))
        except NoSuchConnection as exc:
            raise UNKNOWN_CONNECTION.problem(connection=connection) from exc
        if found.provider not in disconnectors:
            raise PROVIDER_NOT_CONFIGURED.problem(provider=found.provider)
        return found, disconnectors[found.provider]

    @routes.get(
        "/{connection}/disconnection",
        summary="Say what disconnecting a company would mean; nothing is changed.",
        dependencies=[needs(Scope.CONNECTIONS_READ)],
        responses=refusals(UNKNOWN_CONNECTION, PROVIDER_NOT_CONFIGURED),
    )
    async def disconnection(tenant: Text, connection: UUID) -> dict[str, Any]:
        found, disconnector = await chosen(tenant, connection)
        seen = await disconnector.preview(found.tenant_id, found.realm_id)
        return {
            "company_name": seen.company_name,
            "pending_records": seen.pending,
            "linked_records": seen.linked,
            "revokes_consent": seen.revokes,
            "modes": {
                "archive": "Records, links and settings stay; connecting again restores them.",
                "purge": "Records, links and settings are deleted; the audit of calls stays.",
            },
        }

    @routes.delete(
        "/{connection}",
        summary="Disconnect a company: end its consent, and keep or delete its records.",
        dependencies=[needs(Scope.CONNECTIONS_WRITE)],
        responses=refusals(UNKNOWN_CONNECTION, PROVIDER_NOT_CONFIGURED, PROVIDER_UNAVAILABLE),
    )
    async def disconnect(
        tenant: Text, connection: UUID, mode: DisconnectMode = DisconnectMode.ARCHIVE
    ) -> dict[str, Any]:
        found, disconnector = await chosen(tenant, connection)
        try:
            await disconnector.disconnect(found.tenant_id, found.realm_id, mode=mode)
        except Unavailable as exc:
            raise PROVIDER_UNAVAILABLE.problem() from exc
        return {"id": str(found.id), "state": "disconnected", "mode": mode.value}

    return routes
