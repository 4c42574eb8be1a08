"""The routes that push every record that is not in agreement, and have companies read."""

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter

from gateway.errors import ConnectionRequired
from gateway.http.access import needs
from gateway.http.answers import (
    PROBLEM_CONTENT,
    CompaniesMarked,
    CompaniesPushed,
    CompanyMarked,
    CompanyPushed,
    ReasonGiven,
)
from gateway.http.dependencies import ApiDependencies
from gateway.http.document import Responses, refusals
from gateway.http.problem_codes import PROVIDER_NOT_CONFIGURED, UNKNOWN_PROVIDER
from gateway.http.problems import Problem, problem_of
from gateway.http.text import Text
from gateway.identity.principal import Scope
from gateway.operations.connections import read_companies_again
from gateway.operations.push_all import PushedRealm, push_all
from schemas.ids import ProviderName, RealmId, TenantId
from schemas.reasons import CONNECTION_REQUIRED, NO_COMPANY_CONNECTED

_REFUSALS: Final[Responses] = {
    **refusals(UNKNOWN_PROVIDER, PROVIDER_NOT_CONFIGURED),
    HTTPStatus.CONFLICT: {
        "description": f"`{CONNECTION_REQUIRED.code}`: {NO_COMPANY_CONNECTED.cause}",
        "content": PROBLEM_CONTENT,
    },
}


def sync_routes(given: ApiDependencies) -> APIRouter:
    """Return the routes that start work; they answer before any provider is called."""
    routes = APIRouter(prefix="/v1", tags=["sync"])

    @routes.post(
        "/tenants/{tenant}/providers/{provider}/sync",
        status_code=HTTPStatus.ACCEPTED,
        summary="Push every record of a tenant that is not in agreement.",
        dependencies=[needs(Scope.SYNC_WRITE)],
        responses=_REFUSALS,
    )
    async def push_records(tenant: Text, provider: Text) -> CompaniesPushed:
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
        return CompaniesPushed(realms=[_shown(one) for one in pushed])

    @routes.post(
        "/tenants/{tenant}/providers/{provider}/refresh",
        status_code=HTTPStatus.ACCEPTED,
        summary="Read a tenant's companies again before anything more is written to them.",
        dependencies=[needs(Scope.SYNC_WRITE)],
        responses=_REFUSALS,
    )
    async def read_companies(
        tenant: Text, provider: Text, realm: Text | None = None
    ) -> CompaniesMarked:
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
        return CompaniesMarked(realms=[CompanyMarked(realm_id=one.realm_id) for one in read])

    return routes


def _shown(pushed: PushedRealm) -> CompanyPushed:
    reason = ReasonGiven(**pushed.reason.as_dict()) if pushed.reason else None
    return CompanyPushed(realm_id=pushed.realm_id, signalled=pushed.signalled, reason=reason)


def _check_configured(given: ApiDependencies, provider: ProviderName) -> None:
    """Refuse a provider at which no work is possible, before any connection is read.

    Raises:
        Problem: it is unknown, or we are not registered there.
    """
    if provider not in given.configured:
        known = ", ".join(given.configured)
        raise UNKNOWN_PROVIDER.problem(provider=provider, known=known)
    if not given.configured[provider]:
        raise PROVIDER_NOT_CONFIGURED.problem(provider=provider)


def _not_connected() -> Problem:
    return problem_of(NO_COMPANY_CONNECTED.reason(), HTTPStatus.CONFLICT)
