"""The OAuth 2.0 authorisation-code flow, as both providers have it.

Source: RFC 6749 and RFC 7636; Intuit and Xero OAuth 2.0 pages, read 2026-11.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import httpx

from schemas.ids import RealmId


@dataclass(frozen=True, slots=True)
class OAuthApp:
    """Our registration at a provider, and where its endpoints are."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    authorize_url: str
    token_url: str
    revoke_url: str
    api_url: str


@dataclass(frozen=True, slots=True)
class Token:
    """What a token endpoint gave; never printed. Times are UTC."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime
    refresh_expires_at: datetime
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GrantedRealm:
    """A company that a consent covers; the name may be empty where it is not known yet."""

    realm_id: RealmId
    name: str


class OAuthDialect(Protocol):
    """What one provider's OAuth does its own way."""

    scopes: Sequence[str]

    async def realms(
        self, client: httpx.AsyncClient, app: OAuthApp, token: Token, *, said: RealmId | None
    ) -> Sequence[GrantedRealm]:
        """List the companies that this token reaches.

        Args:
            said: The company that the callback named; QuickBooks says it there, Xero does not.
        """
