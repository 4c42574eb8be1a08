"""A tenant's connections and their states."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter

from gateway.http.access import needs
from gateway.http.dependencies import ApiDependencies
from gateway.http.text import Text
from gateway.identity.principal import Principal, Scope
from gateway.operations.connections import list_connections, status_of, summary_of
from schemas.ids import TenantId

Reader = Annotated[Principal, needs(Scope.CONNECTIONS_STATUS, whole=Scope.CONNECTIONS_READ)]


def connection_routes(given: ApiDependencies) -> APIRouter:
    """Return the routes about connections."""
    routes = APIRouter(prefix="/v1", tags=["connections"])

    @routes.get(
        "/tenants/{tenant}/connections",
        summary="List a tenant's connections.",
    )
    async def connections(tenant: Text, caller: Reader) -> dict[str, list[Mapping[str, Any]]]:
        found = await list_connections(given.sessions, TenantId(tenant))
        now = given.now()
        if caller.allows(Scope.CONNECTIONS_READ):
            return {"connections": [status_of(one, now=now) for one in found]}
        return {"connections": [summary_of(one) for one in found]}

    return routes
