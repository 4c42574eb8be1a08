"""Push everything: set all records going that are not in agreement."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter

from gateway.http.ports import ApiPorts
from gateway.http.problems import Problem
from gateway.http.text import Text
from providers.connections import Connection, ConnectionState
from schemas.ids import ProviderName, TenantId


def sync_routes(ports: ApiPorts) -> APIRouter:
    """Make the routes that start work; they answer before any provider is called."""
    routes = APIRouter(prefix="/v1", tags=["sync"])

    @routes.post(
        "/tenants/{tenant}/providers/{provider}/sync",
        status_code=HTTPStatus.ACCEPTED,
        summary="Push every record of a tenant that is not in agreement.",
    )
    async def sync(tenant: Text, provider: Text) -> dict[str, list[dict[str, Any]]]:
        connected = await _connected(ports, TenantId(tenant), ProviderName(provider))
        return {
            "realms": [
                {"realm_id": one.realm_id, "signalled": await ports.push_all(one)}
                for one in connected
            ]
        }

    return routes


async def _connected(
    ports: ApiPorts, tenant: TenantId, provider: ProviderName
) -> Sequence[Connection]:
    """Give the tenant's usable connections, or refuse: in the order of who can act."""
    if provider not in ports.configured:
        raise Problem(
            HTTPStatus.NOT_FOUND, "unknown_provider", f"There is no provider {provider!r}."
        )
    if not ports.configured[provider]:
        raise Problem(
            HTTPStatus.FAILED_DEPENDENCY,
            "provider_not_configured",
            "The gateway has no client id and secret for this provider; an operator sets them.",
        )
    found = [
        one
        for one in await ports.connections.of_tenant(tenant)
        if one.provider == provider and one.state is ConnectionState.CONNECTED
    ]
    if not found:
        raise Problem(
            HTTPStatus.CONFLICT,
            "connection_required",
            "The tenant has no company connected at this provider; connect one first.",
        )
    return found
