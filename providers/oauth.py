"""The OAuth 2.0 authorisation-code flow, as both providers have it.

Authlib speaks the protocol, through the client that each call is given. Nothing here stores
or logs anything: an Authlib client is made for one call and forgotten, because one that holds
a token refreshes it on its own, past the row lock that keeps a refresh single.

Source: RFC 6749, RFC 7009, RFC 7636; Intuit and Xero OAuth 2.0 pages, read 2026-11.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import httpx
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

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
        scopes: What we ask a consent for.
    """

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    authorize_url: str
    token_url: str
    revoke_url: str
    api_url: str
    scopes: tuple[str, ...] = ()


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
        scopes: What we ask a consent for where the settings name nothing else.
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


def authorize_url(
    app: OAuthApp, scopes: Sequence[str], *, state: str, verifier: str = ""
) -> str:
    """Return the address at which a person consents; ``state`` comes back with the code.

    Args:
        verifier: What the exchange of the code will prove itself with (PKCE): 43 characters
            or more. Its S256 challenge is in the address; none where it is empty.
    """
    url, _ = _protocol(app).create_authorization_url(
        app.authorize_url,
        state=state,
        scope=" ".join(scopes),
        code_verifier=verifier or None,
    )
    return str(url)


async def exchange(
    client: httpx.AsyncClient,
    app: OAuthApp,
    dialect: OAuthDialect,
    code: str,
    *,
    now: datetime,
    verifier: str = "",
) -> Token:
    """Trade an authorisation code for a token; a code works once.

    Args:
        verifier: The one whose challenge the address of the consent had; empty for none.

    Raises:
        GrantRefused: the code was used before, is too old, or was never given out; or the
            verifier is another one's.
        Unauthorized: the provider does not know our client id, secret or redirect URI.
        Unavailable: the token endpoint did not answer.
    """
    proof = {"code_verifier": verifier} if verifier else {}
    with _token_errors():
        body = await _protocol(app, client).fetch_token(
            app.token_url, grant_type="authorization_code", code=code, **proof
        )
    return _to_token(body, dialect, now=now, asked=app.scopes or tuple(dialect.scopes))


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
    with _token_errors():
        body = await _protocol(app, client).refresh_token(
            app.token_url, refresh_token=token.refresh
        )
    return _to_token(body, dialect, now=now, asked=token.scopes, before=token)


async def revoke(
    client: httpx.AsyncClient, app: OAuthApp, dialect: OAuthDialect, token: Token
) -> None:
    """End the consent at the provider. A token that it no longer knows counts as ended.

    Raises:
        Unavailable: the endpoint did not answer; the consent may live on.
    """
    # By hand, as Authlib has RFC 7009's form only.
    said = {"token": token.refresh}
    content: dict[str, Any] = {"json": said} if dialect.revokes_with_json else {"data": said}
    with _transport_errors():
        response = await client.post(
            app.revoke_url,
            auth=(app.client_id, app.client_secret),
            headers={"Accept": "application/json"},
            timeout=TOKEN_TIMEOUT,
            **content,
        )
    if response.status_code not in (200, 204, 400):
        raise Unavailable(no_answer(f"HTTP {response.status_code}"))


class _Through(httpx.AsyncBaseTransport):
    """Sends by another client, so that its audit, its pool and its proxies hold."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request whose authorisation is complete."""
        return await self._client.send(request)


class _NoTransport(httpx.AsyncBaseTransport):
    """Sends nothing: what only writes an address needs no connection."""


def _protocol(app: OAuthApp, client: httpx.AsyncClient | None = None) -> AsyncOAuth2Client:
    protocol = AsyncOAuth2Client(
        client_id=app.client_id,
        client_secret=app.client_secret,
        redirect_uri=app.redirect_uri,
        code_challenge_method="S256",
        timeout=TOKEN_TIMEOUT,
        transport=_Through(client) if client else _NoTransport(),
    )
    for kind in ("access_token_response", "refresh_token_response"):
        protocol.register_compliance_hook(kind, _with_answer)
    return protocol


def _with_answer(response: httpx.Response) -> httpx.Response:
    """Return a response that has a token, or one of RFC 6749's errors.

    Checked before Authlib reads it, which takes any JSON object without an error for a token,
    and the error in a 429 for the end of a consent.

    Raises:
        ProviderError: it has neither, or comes from an endpoint that has no time for us.
    """
    body, status = _json_object(response), response.status_code
    busy = status == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error
    if busy or not ("access_token" in body or "error" in body):
        raise _without_answer(status)
    return response


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
    asked: tuple[str, ...],
    before: Token | None = None,
) -> Token:
    """Read a token answer.

    ``x_refresh_token_expires_in`` is Intuit's; Xero says nothing, so the dialect's figure
    stands. A scope left out means the scopes asked for, by RFC 6749 section 5.1.

    Source: Intuit "OAuth 2.0" and Xero "OAuth 2.0 FAQ" pages, read 2026-11.
    """
    life = body.get("x_refresh_token_expires_in")
    refresh_life = timedelta(seconds=int(life)) if life else dialect.refresh_life
    said = str(body.get("scope", "")).split()
    return Token(
        access=str(body["access_token"]),
        refresh=str(body.get("refresh_token") or (before.refresh if before else "")),
        expires_at=now + timedelta(seconds=int(body.get("expires_in", 0))),
        refresh_expires_at=now + refresh_life,
        scopes=tuple(said) or asked,
    )


@contextmanager
def _token_errors() -> Iterator[None]:
    """Turn what a token endpoint said instead of a token into errors of ours.

    Source: RFC 6749 section 5.2; Intuit and Xero error tables, read 2026-11.
    """
    try:
        with _transport_errors():
            yield
    except OAuthError as exc:
        raise _refusal(str(exc.error), str(exc.description or "")) from exc


@contextmanager
def _transport_errors() -> Iterator[None]:
    """Turn an answer that never came into :class:`Unavailable`."""
    try:
        yield
    except httpx.TransportError as exc:
        raise Unavailable(no_answer(type(exc).__name__)) from exc


def _refusal(error: str, description: str) -> ProviderError:
    if error == "invalid_grant":
        return GrantRefused(GRANT_REFUSED.reason(error))
    if error in ("invalid_client", "unauthorized_client"):
        return Unauthorized(CLIENT_UNKNOWN.reason(error))
    return Unauthorized(APP_REFUSED.reason((description or error)[:_SHOWN_CHARACTERS]))


def _without_answer(status: int) -> ProviderError:
    if 400 <= status < 500 and status != httpx.codes.TOO_MANY_REQUESTS:
        return Unauthorized(APP_REFUSED.reason(f"HTTP {status}"))
    return Unavailable(no_answer(f"HTTP {status}"))
