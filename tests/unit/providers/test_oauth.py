"""The OAuth flow against a provider that is a function."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from providers.errors import ProviderError, Unauthorized, Unavailable
from providers.oauth import (
    TOKEN_TIMEOUT,
    GrantRefused,
    OAuthApp,
    OAuthDialect,
    Token,
    authorize_url,
    exchange,
    refresh,
    revoke,
)
from providers.qbo.oauth import QboOAuth
from providers.xero.oauth import XeroOAuth

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
APP = OAuthApp(
    client_id="client",
    client_secret="canary-client-secret",  # noqa: S106 - looked for below
    redirect_uri="https://gateway.example/callback?x=1",
    authorize_url="https://provider.example/authorize",
    token_url="https://provider.example/token",  # noqa: S106 - an address
    revoke_url="https://provider.example/revoke",
    api_url="https://api.provider.example",
)
OLD = Token("canary-access", "canary-refresh", NOW, NOW + timedelta(days=10), ("a", "b"))
ANSWER = {"access_token": "new-access", "refresh_token": "new-refresh", "expires_in": 3600}

Handler = Callable[[httpx.Request], httpx.Response]


def client(handler: Handler) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(handler))


def answering(status: int, body: object) -> Handler:
    return lambda _: httpx.Response(status, json=body)


def test_the_authorize_url_says_who_asks_for_what() -> None:
    found = urlsplit(authorize_url(APP, ["one", "two"], state="s&1"))
    assert found.path == "/authorize"
    assert parse_qs(found.query) == {
        "response_type": ["code"],
        "client_id": ["client"],
        "redirect_uri": [APP.redirect_uri],
        "scope": ["one two"],
        "state": ["s&1"],
    }


def test_the_challenge_of_a_verifier_is_in_the_address_and_the_verifier_is_not() -> None:
    # The pair of RFC 7636, appendix B.
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    url = authorize_url(APP, ["one"], state="s", verifier=verifier)
    query = parse_qs(urlsplit(url).query)
    assert query["code_challenge"] == ["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"]
    assert query["code_challenge_method"] == ["S256"]
    assert verifier not in url


async def test_the_verifier_goes_with_the_code() -> None:
    seen: list[bytes] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        return httpx.Response(200, json=ANSWER)

    async with client(handler) as http:
        await exchange(http, APP, QboOAuth(), "the-code", now=NOW, verifier="v" * 43)
    assert parse_qs(seen[0].decode())["code_verifier"] == ["v" * 43]


async def test_calls_of_tokens_have_their_own_time_limits() -> None:
    seen: list[object] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        return httpx.Response(200, json=ANSWER)

    async with client(handler) as http:
        await exchange(http, APP, QboOAuth(), "the-code", now=NOW)
        await refresh(http, APP, QboOAuth(), OLD, now=NOW)
        await revoke(http, APP, QboOAuth(), OLD)
    assert seen == [TOKEN_TIMEOUT.as_dict()] * 3


@pytest.mark.accepts("TST-02")
async def test_a_code_is_exchanged_as_our_app() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={**ANSWER, "scope": "x y"})

    async with client(handler) as http:
        token = await exchange(http, APP, XeroOAuth(), "the-code", now=NOW)
    (request,) = seen
    assert request.headers["authorization"].startswith("Basic ")
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["authorization_code"],
        "code": ["the-code"],
        "redirect_uri": [APP.redirect_uri],
    }
    assert (token.access, token.refresh) == ("new-access", "new-refresh")
    assert token.scopes == ("x", "y")
    assert token.expires_at == NOW + timedelta(seconds=3600)


async def test_the_life_of_a_refresh_token_is_the_one_that_is_said() -> None:
    said = {**ANSWER, "x_refresh_token_expires_in": 8726400}
    async with client(answering(200, said)) as http:
        token = await refresh(http, APP, QboOAuth(), OLD, now=NOW)
    assert token.refresh_expires_at == NOW + timedelta(days=101)


async def test_where_it_is_not_said_the_provider_page_stands() -> None:
    async with client(answering(200, ANSWER)) as http:
        token = await refresh(http, APP, XeroOAuth(), OLD, now=NOW)
    assert token.refresh_expires_at == NOW + timedelta(days=60)


@pytest.mark.accepts("TST-02")
async def test_a_refresh_token_that_is_not_repeated_stays_the_same() -> None:
    answer = {"access_token": "new-access", "expires_in": 1800}
    async with client(answering(200, answer)) as http:
        token = await refresh(http, APP, QboOAuth(), OLD, now=NOW)
    assert token.refresh == OLD.refresh
    assert token.scopes == OLD.scopes


REFUSALS = [
    (400, {"error": "invalid_grant"}, GrantRefused),
    (400, {"error": "invalid_grant", "error_description": "Token invalid"}, GrantRefused),
    (401, {"error": "invalid_client"}, Unauthorized),
    (400, {"error": "unauthorized_client"}, Unauthorized),
    (400, {"error": "invalid_request"}, Unauthorized),
    (404, "no", Unauthorized),
    (400, {}, Unauthorized),
    (429, {}, Unavailable),
    (429, {"error": "invalid_grant"}, Unavailable),
    (500, {"error": "server_error"}, Unavailable),
    (503, "down", Unavailable),
    (200, ["not", "a", "token"], Unavailable),
]


@pytest.mark.accepts("TST-02")
@pytest.mark.parametrize(("status", "body", "expected"), REFUSALS)
async def test_a_refusal_says_what_to_do(
    status: int, body: object, expected: type[ProviderError]
) -> None:
    async with client(answering(status, body)) as http:
        with pytest.raises(expected) as caught:
            await refresh(http, APP, QboOAuth(), OLD, now=NOW)
    reason = caught.value.reason
    assert reason.cause
    assert reason.fix
    assert "canary" not in f"{caught.value!r} {reason}"


async def test_an_answer_that_is_no_json_is_no_answer() -> None:
    async with client(lambda _: httpx.Response(200, text="<html>")) as http:
        with pytest.raises(Unavailable):
            await refresh(http, APP, QboOAuth(), OLD, now=NOW)


async def test_no_answer_leaves_the_grant_in_doubt_not_dead() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    async with client(handler) as http:
        with pytest.raises(Unavailable):
            await refresh(http, APP, QboOAuth(), OLD, now=NOW)


@pytest.mark.parametrize(
    ("dialect", "sent"),
    [
        (QboOAuth(), b'{"token":"canary-refresh"}'),
        (XeroOAuth(), b"token=canary-refresh"),
    ],
    ids=["qbo", "xero"],
)
async def test_revocation_speaks_each_providers_way(dialect: OAuthDialect, sent: bytes) -> None:
    seen: list[bytes] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        return httpx.Response(200)

    async with client(handler) as http:
        await revoke(http, APP, dialect, OLD)
    assert [content.replace(b" ", b"") for content in seen] == [sent]


@pytest.mark.parametrize(
    ("status", "ended"), [(200, True), (204, True), (400, True), (500, False)]
)
async def test_a_revoked_token_counts_as_revoked(status: int, ended: bool) -> None:
    async with client(answering(status, {})) as http:
        if ended:
            await revoke(http, APP, XeroOAuth(), OLD)
        else:
            with pytest.raises(Unavailable):
                await revoke(http, APP, XeroOAuth(), OLD)


@pytest.mark.accepts("TOK-09")
def test_neither_app_nor_token_shows_its_secrets() -> None:
    assert "canary" not in f"{APP!r} {OLD!r} {json.dumps(str(OLD))}"
