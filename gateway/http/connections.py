"""A tenant's connections and their states; of a token only the time at which it ends."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from gateway.http.dependencies import ApiDependencies
from gateway.http.text import Text
from gateway.operations.connections import list_connections
from providers.connections import Connection
from schemas.ids import TenantId


def connection_routes(given: ApiDependencies) -> APIRouter:
    """Return the routes about connections."""
    routes = APIRouter(prefix="/v1", tags=["connections"])

    @routes.get("/tenants/{tenant}/connections", summary="List a tenant's connections.")
    async def connections(tenant: Text) -> dict[str, list[Mapping[str, Any]]]:
        found = await list_connections(given.sessions, TenantId(tenant))
        return {"connections": [status_of(connection) for connection in found]}

    return routes


def status_of(connection: Connection) -> Mapping[str, Any]:
    """Return a connection as plain JSON; times are UTC."""
    return {
        "id": str(connection.id),
        "tenant_id": connection.tenant_id,
        "provider": connection.provider,
        "realm_id": connection.realm_id,
        "company_name": connection.company_name,
        "country": connection.country,
        "currency": connection.currency,
        "environment": connection.environment,
        "state": connection.state.value,
        "is_default": connection.is_default,
        "scopes": list(connection.scopes),
        "connected_at": connection.connected_at,
        "token_expires_at": connection.token_expires_at,
        "refresh_expires_at": connection.refresh_expires_at,
    }
