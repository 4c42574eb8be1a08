"""The OAuth 2.0 authorisation-code flow, as both providers have it.

Plain HTTP: every call takes the client it is made with. Nothing here stores or logs anything.

Source: RFC 6749, RFC 7009; Intuit and Xero OAuth 2.0 pages, read 2026-11.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from urllib.parse import urlencode

import httpx

from providers.errors import ProviderError, Unauthorized, Unavailable
from providers.http import no_answer
from providers.reasons import APP_REFUSED, CLIENT_UNKNOWN, GRANT_REFUSED
from schemas.ids import RealmId

TOKEN_TIMEOUT: Final = httpx.Timeout(connect=5.0, read=15.0, write=5.0, pool=5.0)
_SHOWN_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a provider's OAuth and API are, in one of its two worlds.

    Attributes:
        authorize_url: Where a person consents.
        token_url: Where a code or a refresh token is exchanged.
        revoke_url: Where a consent is ended.
        api_url: The root of the API, without a slash at the end.
    """

    authorize_url: str
    token_url: str
    revoke_url: str
    api_url: str


@dataclass(frozen=True, slots=True)
class OAuthApp:
    """Our registration at a provider, and where its endpoints are.

    Attributes:
        client_id: What the provider knows us as.
        client_secret: What proves it; never printed.
        redirect_uri: Where the code comes back to, exactly as it is registered.
        authorize_url: Where a person consents.
        token_url: Where a code or a refresh token is exchanged.
        revoke_url: Where a consent is ended.
        api_url: The root of the API, without a slash at the end.
    """

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    authorize_url: str
    token_url: str
    revoke_url: str
    api_url: str


@dataclass(frozen=True, slots=True)
class Token:
    """What a token endpoint gave; never printed. Times are UTC.

    Attributes:
        access: What calls are authorised by.
        refresh: What the next token is asked for with; it may work once only.
        expires_at: When the access token ends.
        refresh_expires_at: When the refresh token ends unless it is used.
        scopes: What the consent covers.
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime
    refresh_expires_at: datetime
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GrantedRealm:
    """A company that a consent covers.

    Attributes:
        realm_id: The provider's id of the company.
        name: The company's name; empty where it is not known yet.
    """

    realm_id: RealmId
    name: str


class OAuthDialect(Protocol):
    """What one provider's OAuth does its own way.

    Attributes:
        scopes: What we ask a consent for.
        sandbox: The endpoints for trying things out.
        production: The endpoints of real companies.
        refresh_life: How long a refresh token lasts where the answer does not say it.
        consent_life: How long a consent lasts however often it is used; ``None`` for no end.
        revokes_with_json: Whether revocation takes JSON instead of RFC 7009's form.
    """

    scopes: Sequence[str]
    sandbox: Endpoints
    production: Endpoints
    refresh_life: timedelta
    consent_life: timedelta | None
    revokes_with_json: bool

    async def realms(
        self, client: httpx.AsyncClient, app: OAuthApp, token: Token, *, said: RealmId | None
    ) -> Sequence[GrantedRealm]:
        """List the companies that this token reaches.

        Args:
            said: The company that the callback named; QuickBooks says it there, Xero does not.
        """


class GrantRefused(ProviderError):
    """The code or the refresh token is spent, unknown or revoked (``invalid_grant``)."""


def authorize_url(app: OAuthApp, scopes: Sequence[str], *, state: str) -> str:
    """Return the address at which a person consents; ``state`` comes back with the code."""
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
    }
    return f"{app.authorize_url}?{urlencode(query)}"


async def exchange(
    client: httpx.AsyncClient, app: OAuthApp, dialect: OAuthDialect, code: str, *, now: datetime
) -> Token:
    """Trade an authorisation code for a token; a code works once.

    Raises:
        GrantRefused: the code was used before, is too old, or was never given out.
        Unauthorized: the provider does not know our client id, secret or redirect URI.
        Unavailable: the token endpoint did not answer.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": app.redirect_uri,
    }
    body = await _ask_for_token(client, app, form)
    return _to_token(body, dialect, now=now)


async def refresh(
    client: httpx.AsyncClient,
    app: OAuthApp,
    dialect: OAuthDialect,
    token: Token,
    *,
    now: datetime,
) -> Token:
    """Get the next token; it must be stored before it is used, for the old one may be dead.

    Raises:
        GrantRefused: the refresh token is rotated away, expired or revoked.
        Unauthorized: the provider does not know our client id or secret.
        Unavailable: the token endpoint did not answer; the token may be good still.
    """
    form = {"grant_type": "refresh_token", "refresh_token": token.refresh}
    body = await _ask_for_token(client, app, form)
    return _to_token(body, dialect, now=now, before=token)


async def revoke(
    client: httpx.AsyncClient, app: OAuthApp, dialect: OAuthDialect, token: Token
) -> None:
    """End the consent at the provider. A token that it no longer knows counts as ended.

    Raises:
        Unavailable: the endpoint did not answer; the consent may live on.
    """
    said = {"token": token.refresh}
    content: dict[str, Any] = {"json": said} if dialect.revokes_with_json else {"data": said}
    response = await _post(client, app, app.revoke_url, content)
    if response.status_code not in (200, 204, 400):
        raise Unavailable(no_answer(f"HTTP {response.status_code}"))


async def _ask_for_token(
    client: httpx.AsyncClient, app: OAuthApp, form: Mapping[str, str]
) -> Mapping[str, Any]:
    response = await _post(client, app, app.token_url, {"data": form})
    body = _json_object(response)
    if response.status_code == httpx.codes.OK and "access_token" in body:
        return body
    raise _refusal(response.status_code, body)


async def _post(
    client: httpx.AsyncClient, app: OAuthApp, url: str, content: Mapping[str, Any]
) -> httpx.Response:
    try:
        return await client.post(
            url,
            auth=(app.client_id, app.client_secret),
            headers={"Accept": "application/json"},
            timeout=TOKEN_TIMEOUT,
            **content,
        )
    except httpx.TransportError as exc:
        raise Unavailable(no_answer(type(exc).__name__)) from exc


def _json_object(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _to_token(
    body: Mapping[str, Any],
    dialect: OAuthDialect,
    *,
    now: datetime,
    before: Token | None = None,
) -> Token:
    """Read a token answer.

    ``x_refresh_token_expires_in`` is Intuit's; Xero says nothing, so the dialect's figure
    stands. A scope left out means the scopes asked for, by RFC 6749 section 5.1.

    Source: Intuit "OAuth 2.0" and Xero "OAuth 2.0 FAQ" pages, read 2026-11.
    """
    life = body.get("x_refresh_token_expires_in")
    refresh_life = timedelta(seconds=int(life)) if life else dialect.refresh_life
    asked = before.scopes if before else tuple(dialect.scopes)
    said = str(body.get("scope", "")).split()
    return Token(
        access=str(body["access_token"]),
        refresh=str(body.get("refresh_token") or (before.refresh if before else "")),
        expires_at=now + timedelta(seconds=int(body.get("expires_in", 0))),
        refresh_expires_at=now + refresh_life,
        scopes=tuple(said) or asked,
    )


def _refusal(status: int, body: Mapping[str, Any]) -> ProviderError:
    """Classify what a token endpoint said instead of a token.

    Source: RFC 6749 section 5.2; Intuit and Xero error tables, read 2026-11.
    """
    error = str(body.get("error", ""))
    if error == "invalid_grant":
        return GrantRefused(GRANT_REFUSED.reason(error))
    if error in ("invalid_client", "unauthorized_client"):
        return Unauthorized(CLIENT_UNKNOWN.reason(error))
    if 400 <= status < 500 and status != httpx.codes.TOO_MANY_REQUESTS:
        said = str(body.get("error_description") or error or f"HTTP {status}")
        return Unauthorized(APP_REFUSED.reason(said[:_SHOWN_CHARACTERS]))
    return Unavailable(no_answer(f"HTTP {status}"))
