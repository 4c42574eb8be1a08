import base64
import hashlib
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from providers.simulators.qbo.config import QboAppSpec
from tests.unit.simulators.qbo.books import APP, REDIRECT, US, Books, simulator

DAY_S = 86_400
VERIFIER = "v" * 43
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)


async def _error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


async def _code(books: Books, **fields: str) -> str:
    return (await books.consent(**fields))["code"]


async def test_the_hard_expiry_is_told_when_it_is_asked_for(books: Books) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": books.token["refresh_token"]}
    answer = await books.http.post(
        "/oauth2/v1/tokens/bearer",
        data=form,
        auth=(APP.client_id, APP.client_secret),
        headers={"x-include-refresh-token-hard-expires-in": "true"},
    )
    assert 157_000_000 < answer.json()["x_refresh_token_hard_expires_in"] <= 157_766_400
    assert "x_refresh_token_hard_expires_in" not in books.token
    assert ".." in answer.json()["access_token"]


async def test_a_code_expires_is_bound_to_its_uri_and_works_once(books: Books) -> None:
    code = await _code(books)
    wrong_uri = await books.exchange(code, redirect_uri="http://localhost/other")
    assert await _error(wrong_uri) == (400, "invalid_request")
    assert (await books.exchange(code)).status_code == 200
    assert await _error(await books.exchange(code)) == (400, "invalid_grant")
    late = await _code(books)
    await books.control("clock", {"advance_s": 301})
    assert await _error(await books.exchange(late)) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "RT1-x"}, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "AB"}, "invalid_request"),
    ],
)
async def test_the_token_endpoint_says_what_is_wrong(
    books: Books, form: dict[str, str], error: str
) -> None:
    answer = await books.tokens(**form)
    assert await _error(answer) == (400, error)
    assert answer.headers["intuit_tid"]


@pytest.mark.parametrize("authorization", ["Basic !!!", "Basic eDp5", "Bearer x", ""])
async def test_wrong_credentials(books: Books, authorization: str) -> None:
    answer = await books.http.post(
        "/oauth2/v1/tokens/bearer",
        data={"grant_type": "refresh_token"},
        headers={"authorization": authorization},
    )
    assert await _error(answer) == (401, "invalid_client")


async def test_a_challenge_needs_its_verifier(books: Books) -> None:
    asked = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    missing = await books.exchange(await _code(books, **asked))
    assert await _error(missing) == (400, "invalid_grant")
    wrong = await books.exchange(await _code(books, **asked), code_verifier="w" * 43)
    assert await _error(wrong) == (400, "invalid_grant")
    right = await books.exchange(await _code(books, **asked), code_verifier=VERIFIER)
    assert right.status_code == 200
    await books.control("switches", {"pkce": "ignore"})
    assert (await books.exchange(await _code(books, **asked))).status_code == 200


async def test_a_strict_rotation_kills_the_old_value_at_once(books: Books) -> None:
    await books.control("switches", {"rotates_after_s": 0, "old_value_grace_s": 0})
    first = books.token["refresh_token"]
    second = (await books.refresh(first)).json()["refresh_token"]
    assert second != first
    assert await _error(await books.refresh(first)) == (400, "invalid_grant")
    assert (await books.refresh(second)).status_code == 200


async def test_the_next_refresh_can_be_told_to_rotate(books: Books) -> None:
    first = books.token["refresh_token"]
    await books.control(f"connections/{US}/rotate-refresh", {})
    second = (await books.refresh(first)).json()["refresh_token"]
    assert second != first
    assert (await books.refresh(first)).json()["refresh_token"] == second


async def test_a_grant_lives_100_days_from_its_last_use(books: Books) -> None:
    value = books.token["refresh_token"]
    for _ in range(3):
        await books.control("clock", {"advance_s": 99 * DAY_S})
        value = (await books.refresh(value)).json()["refresh_token"]
    await books.control("clock", {"advance_s": 100 * DAY_S})
    assert await _error(await books.refresh(value)) == (400, "invalid_grant")


async def test_a_grant_ends_after_five_years_however_often_it_is_used(books: Books) -> None:
    await books.control("clock", {"frozen": True})
    await books.connect()
    value = books.token["refresh_token"]
    left = []
    for _ in range(20):
        await books.control("clock", {"advance_s": 91 * DAY_S})
        answer = (await books.refresh(value)).json()
        value = answer["refresh_token"]
        left.append(answer["x_refresh_token_expires_in"])
    assert left[0] == 8_726_400
    assert left[-1] == 6 * DAY_S
    await books.control("clock", {"advance_s": 6 * DAY_S})
    assert await _error(await books.refresh(value)) == (400, "invalid_grant")


async def test_connecting_again_replaces_the_connection(books: Books) -> None:
    old = books.token
    await books.connect()
    assert await _error(await books.refresh(old["refresh_token"])) == (400, "invalid_grant")
    assert (await books.ask("GET", "companyinfo/1")).status_code == 200


async def test_access_ends_with_the_hour_or_by_command(books: Books) -> None:
    await books.control(f"connections/{US}/expire-access", {})
    answer = await books.ask("GET", "companyinfo/1")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="Intuit", error="invalid_token"'
    fault = answer.json()["fault"]
    assert (fault["type"], fault["error"][0]["code"]) == ("AUTHENTICATION", "3200")
    assert isinstance(answer.json()["time"], int)
    books.token = (await books.refresh(books.token["refresh_token"])).json()
    assert (await books.ask("GET", "companyinfo/1")).status_code == 200


async def test_a_token_of_another_scope_or_company_is_forbidden(books: Books) -> None:
    await books.connect(scope="openid email")
    answer = await books.ask("GET", "companyinfo/1")
    assert (answer.status_code, answer.json()["fault"]["type"]) == (403, "SERVICE")
    assert "realmId" not in await books.consent(scope="openid")
    await books.connect()
    books.realm = "1"
    assert (await books.ask("GET", "companyinfo/1")).status_code == 403


async def test_a_second_revocation_is_refused(books: Books) -> None:
    body = {"token": books.token["refresh_token"]}
    auth = (APP.client_id, APP.client_secret)
    revoke = "/v2/oauth2/tokens/revoke"
    first = await books.http.post(revoke, json=body, auth=auth)
    assert (first.status_code, first.content) == (200, b"")
    assert (await books.http.post(revoke, json=body, auth=auth)).status_code == 400
    assert (await books.http.post(revoke, json={}, auth=auth)).status_code == 400
    assert (await books.http.post(revoke, json=body)).status_code == 401


@pytest_asyncio.fixture
async def registered() -> AsyncIterator[Books]:
    async with simulator(apps=(QboAppSpec(redirect_uris=(REDIRECT,)),)) as http:
        yield Books(http, US)


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "nobody"},
        {"redirect_uri": "http://evil.example/"},
        {"response_type": "token"},
        {"scope": ""},
        {"state": ""},
        {"realm": "77"},
    ],
)
async def test_a_bad_request_never_goes_back_to_the_browser(
    registered: Books, wrong: dict[str, str]
) -> None:
    assert await registered.consent(**wrong) == {}


async def test_the_callback_keeps_a_query_of_the_redirect_uri(books: Books) -> None:
    callback = await books.consent(redirect_uri="http://localhost/cb?tenant=7")
    assert (callback["tenant"], callback["realmId"]) == ("7", US)
