"""What is QuickBooks' own about OAuth.

Source: Intuit "OAuth 2.0", endpoints, scopes and callback, read 2026-11.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import httpx

from providers.errors import Unauthorized
from providers.oauth import Endpoints, GrantedRealm, OAuthApp, Token
from providers.qbo.reasons.calls import REALM_MISSING
from schemas.ids import RealmId

ACCOUNTING: Final = "com.intuit.quickbooks.accounting"
_PRODUCTION: Final = Endpoints(
    authorize_url="https://appcenter.intuit.com/connect/oauth2",
    token_url="https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",  # noqa: S106 - an address
    revoke_url="https://developer.api.intuit.com/v2/oauth2/tokens/revoke",
    api_url="https://quickbooks.api.intuit.com",
)


class QboOAuth:
    """The OAuth of Intuit.

    Which world a token belongs to is decided by the key pair; only the API's host differs.
    """

    scopes: Sequence[str] = (ACCOUNTING,)
    sandbox: Endpoints = replace(
        _PRODUCTION, api_url="https://sandbox-quickbooks.api.intuit.com"
    )
    production: Endpoints = _PRODUCTION
    refresh_life: timedelta = timedelta(days=100)
    # Five years, in Intuit's own seconds. A refresh does not set this clock back.
    consent_life: timedelta | None = timedelta(days=5 * 365)
    revokes_with_json: bool = True

    async def realms(
        self, client: httpx.AsyncClient, app: OAuthApp, token: Token, *, said: RealmId | None
    ) -> Sequence[GrantedRealm]:
        """Return the one company that the callback named; no call tells it afterwards.

        Its name is left to ``describe``, which reads the company anyway.

        Raises:
            Unauthorized: the callback named none, so the accounting scope was not granted.
        """
        if not said:
            raise Unauthorized(REALM_MISSING.reason())
        return (GrantedRealm(said, ""),)
