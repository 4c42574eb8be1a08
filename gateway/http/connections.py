"""A tenant's connections and their states."""

from typing import Annotated

from fastapi import APIRouter

from gateway.http.access import needs
from gateway.http.answers import (
    ConnectionList,
    ConnectionStatus,
    ConnectionSummaries,
    ConnectionSummary,
)
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
    async def list_of_connections(
        tenant: Text, caller: Reader
    ) -> ConnectionList | ConnectionSummaries:
        found = await list_connections(given.sessions, TenantId(tenant))
        if not caller.allows(Scope.CONNECTIONS_READ):
            short = [ConnectionSummary.model_validate(summary_of(one)) for one in found]
            return ConnectionSummaries(connections=short)
        now = given.now()
        shown = [ConnectionStatus.model_validate(status_of(one, now=now)) for one in found]
        return ConnectionList(connections=shown)

    return routes
