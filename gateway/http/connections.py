"""A tenant's connections and their states."""

from fastapi import APIRouter

from gateway.http.access import needs
from gateway.http.answers import ConnectionList, ConnectionStatus
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
    async def list_of_connections(tenant: Text) -> ConnectionList:
        found = await list_connections(given.sessions, TenantId(tenant))
        shown = [ConnectionStatus.model_validate(status_of(one)) for one in found]
        return ConnectionList(connections=shown)

    return routes
