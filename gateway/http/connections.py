"""How a tenant's connections stand; no token is told, only when it ends."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from gateway.http.ports import ApiPorts
from gateway.http.text import Text
from providers.connections import Connection
from schemas.ids import TenantId


def connection_routes(ports: ApiPorts) -> APIRouter:
    """Make the routes about connections."""
    routes = APIRouter(prefix="/v1", tags=["connections"])

    @routes.get("/tenants/{tenant}/connections", summary="List a tenant's connections.")
    async def connections(tenant: Text) -> dict[str, list[Mapping[str, Any]]]:
        found = await ports.connections.of_tenant(TenantId(tenant))
        return {"connections": [status_of(connection) for connection in found]}

    return routes


def status_of(connection: Connection) -> Mapping[str, Any]:
    """Write a connection as plain JSON; times are UTC."""
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
