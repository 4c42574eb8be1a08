"""The routes that push every record that is not in agreement, and have companies read."""

from http import HTTPStatus

from fastapi import APIRouter

from gateway.errors import ConnectionRequired
from gateway.http.access import needs
from gateway.http.answers import (
    CompaniesMarked,
    CompaniesPushed,
    CompanyMarked,
    CompanyPushed,
    ReasonGiven,
)
from gateway.http.configured import OF_A_PROVIDER, check_configured, not_connected
from gateway.http.dependencies import ApiDependencies
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
        responses=OF_A_PROVIDER,
    )
    async def push_records(tenant: Text, provider: Text) -> CompaniesPushed:
        name = ProviderName(provider)
        check_configured(given, name)
        try:
            pushed = await push_all(
                TenantId(tenant),
                name,
                sessions=given.sessions,
                signals=given.signals,
                now=given.now,
            )
        except ConnectionRequired as exc:
            raise not_connected() from exc
        return CompaniesPushed(realms=[_shown(one) for one in pushed])

    @routes.post(
        "/tenants/{tenant}/providers/{provider}/refresh",
        status_code=HTTPStatus.ACCEPTED,
        summary="Read a tenant's companies again before anything more is written to them.",
        dependencies=[needs(Scope.SYNC_WRITE)],
        responses=OF_A_PROVIDER,
    )
    async def read_companies(
        tenant: Text, provider: Text, realm: Text | None = None
    ) -> CompaniesMarked:
        name = ProviderName(provider)
        check_configured(given, name)
        try:
            read = await read_companies_again(
                TenantId(tenant),
                name,
                realm=RealmId(realm) if realm else None,
                sessions=given.sessions,
            )
        except ConnectionRequired as exc:
            raise not_connected() from exc
        return CompaniesMarked(realms=[CompanyMarked(realm_id=one.realm_id) for one in read])

    return routes


def _shown(pushed: PushedRealm) -> CompanyPushed:
    reason = ReasonGiven(**pushed.reason.as_dict()) if pushed.reason else None
    return CompanyPushed(realm_id=pushed.realm_id, signalled=pushed.signalled, reason=reason)
