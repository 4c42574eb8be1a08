"""The API by which one connection is looked at, and tested at the provider."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from gateway.database.sessions import Sessions
from gateway.errors import ConnectionRequired, NoSuchConnection
from gateway.http.access import needs
from gateway.http.configured import NOT_CONNECTED, not_connected
from gateway.http.document import refusals
from gateway.http.problem_codes import PROVIDER_NOT_CONFIGURED, UNKNOWN_CONNECTION
from gateway.http.text import Text
from gateway.identity.principal import Scope
from gateway.operations.connections import connection_of, full_status_of
from gateway.operations.probe import ConnectionProbe
from providers.connections import Connection
from schemas.ids import ConnectionId, ProviderName, TenantId


def probe_routes(
    sessions: Sessions,
    probes: Mapping[ProviderName, ConnectionProbe],
    *,
    now: Callable[[], datetime],
) -> APIRouter:
    """Return the routes; a connection of another tenant is not there."""
    routes = APIRouter(prefix="/v1/tenants/{tenant}/connections", tags=["connections"])

    async def stored(tenant: str, connection: UUID) -> Connection:
        try:
            return await connection_of(sessions, TenantId(tenant), ConnectionId(connection))
        except NoSuchConnection as exc:
            raise UNKNOWN_CONNECTION.problem(connection=connection) from exc

    @routes.get(
        "/{connection}",
        summary="Show one connection: its company, state, and until when its token is good.",
        dependencies=[needs(Scope.CONNECTIONS_READ)],
        responses=refusals(UNKNOWN_CONNECTION),
    )
    async def connection_status(tenant: Text, connection: UUID) -> Mapping[str, Any]:
        return full_status_of(await stored(tenant, connection), now=now())

    @routes.post(
        "/{connection}/test",
        summary="Read the company at the provider now, and say how it went.",
        dependencies=[needs(Scope.CONNECTIONS_WRITE)],
        responses={
            **refusals(UNKNOWN_CONNECTION, PROVIDER_NOT_CONFIGURED),
            **NOT_CONNECTED,
        },
    )
    async def connection_test(tenant: Text, connection: UUID) -> Mapping[str, Any]:
        seen = await stored(tenant, connection)
        if seen.provider not in probes:
            raise PROVIDER_NOT_CONFIGURED.problem(provider=seen.provider)
        try:
            found = await probes[seen.provider].test(seen)
        except ConnectionRequired as exc:
            raise not_connected() from exc
        after = await stored(tenant, connection)
        return {
            "ok": found.reason is None,
            "latency_ms": round(found.duration_s * 1_000, 1),
            "company_name": after.company_name,
            "state": after.state.value,
            "reason": found.reason.as_dict() if found.reason else None,
        }

    return routes
