"""Xero's OAuth: granular scopes, and the organisations behind a token.

Source: Xero developer pages "Granular Scopes FAQ", "OAuth 2.0 FAQ" and the identity API
definition 16.1.0, read 2026-09.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import httpx

from providers.http import Call, Reply, transport_errors
from providers.oauth import Endpoints, GrantedRealm, OAuthApp, Token
from providers.quotas import CallKind
from providers.xero.errors import classify
from providers.xero.faults import parsed
from schemas.ids import RealmId

SCOPES: Final = (
    "offline_access",
    "accounting.contacts",
    "accounting.invoices",
    "accounting.payments",
    "accounting.banktransactions",
    "accounting.settings",
)
_XERO: Final = Endpoints(
    authorize_url="https://login.xero.com/identity/connect/authorize",
    token_url="https://identity.xero.com/connect/token",  # noqa: S106 - an address
    revoke_url="https://identity.xero.com/connect/revocation",
    api_url="https://api.xero.com",
)


class XeroOAuth:
    """The OAuth of Xero.

    Xero has no sandbox: its demo companies live beside the real ones. A refresh token dies
    after 60 days without use, and its answer does not say so.
    """

    scopes: Sequence[str] = SCOPES
    sandbox: Endpoints = _XERO
    production: Endpoints = _XERO
    refresh_life: timedelta = timedelta(days=60)
    consent_life: timedelta | None = None
    revokes_with_json: bool = False

    async def realms(
        self, client: httpx.AsyncClient, app: OAuthApp, token: Token, *, said: RealmId | None
    ) -> Sequence[GrantedRealm]:
        """List the organisations that the token reaches; practices have no books.

        Raises:
            ProviderError: Xero did not answer, or not with a list.
        """
        call = Call("GET", "/connections", CallKind.READ)
        headers = {"Authorization": f"Bearer {token.access}", "Accept": "application/json"}
        async with transport_errors(call):
            response = await client.get(f"{app.api_url}{call.path}", headers=headers)
        found = {name.lower(): value for name, value in response.headers.items()}
        reply = Reply(response.status_code, found, response.content)
        error = classify(call, reply)
        if error is not None:
            raise error
        return [_granted(tenant) for tenant in parsed(reply) if _is_organisation(tenant)]


def _is_organisation(tenant: dict[str, Any]) -> bool:
    return tenant.get("tenantType") == "ORGANISATION"


def _granted(tenant: dict[str, Any]) -> GrantedRealm:
    return GrantedRealm(RealmId(tenant["tenantId"]), tenant.get("tenantName") or "")
