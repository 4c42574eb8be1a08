"""The routes that push every record that is not in agreement, and have companies read."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter

from gateway.errors import ConnectionRequired
from gateway.http.access import needs
from gateway.http.dependencies import ApiDependencies
from gateway.http.problems import Problem
from gateway.http.text import Text
from gateway.identity.principal import Scope
from gateway.operations.connections import read_companies_again
from gateway.operations.push_all import PushedRealm, push_all
from schemas.ids import ProviderName, RealmId, TenantId


def sync_routes(given: ApiDependencies) -> APIRouter:
    """Return the routes that start work; they answer before any provider is called."""
    routes = APIRouter(prefix="/v1", tags=["sync"])

    @routes.post(
        "/tenants/{tenant}/providers/{provider}/sync",
        status_code=HTTPStatus.ACCEPTED,
        summary="Push every record of a tenant that is not in agreement.",
        dependencies=[needs(Scope.SYNC_WRITE)],
    )
    async def sync(tenant: Text, provider: Text) -> dict[str, list[dict[str, Any]]]:
        name = ProviderName(provider)
        _check_configured(given, name)
        try:
            pushed = await push_all(
                TenantId(tenant),
                name,
                sessions=given.sessions,
                signals=given.signals,
                now=given.now,
            )
        except ConnectionRequired as exc:
            raise _not_connected() from exc
        return {"realms": [_shown(one) for one in pushed]}

    @routes.post(
        "/tenants/{tenant}/providers/{provider}/refresh",
        status_code=HTTPStatus.ACCEPTED,
        summary="Read a tenant's companies again before anything more is written to them.",
        dependencies=[needs(Scope.SYNC_WRITE)],
    )
    async def refresh(
        tenant: Text, provider: Text, realm: Text | None = None
    ) -> dict[str, list[dict[str, Any]]]:
        name = ProviderName(provider)
        _check_configured(given, name)
        try:
            read = await read_companies_again(
                TenantId(tenant),
                name,
                realm=RealmId(realm) if realm else None,
                sessions=given.sessions,
            )
        except ConnectionRequired as exc:
            raise _not_connected() from exc
        return {"realms": [{"realm_id": one.realm_id} for one in read]}

    return routes


def _shown(pushed: PushedRealm) -> dict[str, Any]:
    shown: dict[str, Any] = {"realm_id": pushed.realm_id, "signalled": pushed.signalled}
    return {**shown, "reason": pushed.reason.as_dict()} if pushed.reason else shown


def _check_configured(given: ApiDependencies, provider: ProviderName) -> None:
    """Refuse a provider at which no work is possible, before any connection is read.

    Raises:
        Problem: it is unknown, or we are not registered there.
    """
    if provider not in given.configured:
        raise Problem(
            HTTPStatus.NOT_FOUND, "unknown_provider", f"There is no provider {provider!r}."
        )
    if not given.configured[provider]:
        raise Problem(
            HTTPStatus.FAILED_DEPENDENCY,
            "provider_not_configured",
            "The gateway has no client id and secret for this provider; an operator sets them.",
        )


def _not_connected() -> Problem:
    return Problem(
        HTTPStatus.CONFLICT,
        "connection_required",
        "The tenant has no company connected at this provider; connect one first.",
    )
