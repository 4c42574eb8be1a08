"""A tenant's connections and their states."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from gateway.http.access import needs
from gateway.http.dependencies import ApiDependencies
from gateway.http.text import Text
from gateway.identity.principal import Scope
from gateway.operations.connections import list_connections, status_of
from schemas.ids import TenantId


def connection_routes(given: ApiDependencies) -> APIRouter:
    """Return the routes about connections."""
    routes = APIRouter(prefix="/v1", tags=["connections"])

    @routes.get(
        "/tenants/{tenant}/connections",
        summary="List a tenant's connections.",
        dependencies=[needs(Scope.CONNECTIONS_READ)],
    )
    async def connections(tenant: Text) -> dict[str, list[Mapping[str, Any]]]:
        found = await list_connections(given.sessions, TenantId(tenant))
        return {"connections": [status_of(connection) for connection in found]}

    return routes
