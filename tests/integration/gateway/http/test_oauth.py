"""OAuth for integrators, spoken by Authlib's client against the API on a real database."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database.sessions import Sessions
from gateway.http.app import create_app
from gateway.http.dependencies import ApiDependencies
from gateway.identity.authentication import Authenticator
from gateway.identity.oauth_server import TOKEN_LASTS
from gateway.identity.principal import Scope
from gateway.operations.clients import create_client, revoke_client
from gateway.operations.trail import newest_entries
from schemas.ids import ProviderName, TenantId
from tests.fakes.sent_signals import SentSignals

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
T1 = TenantId("t1")
SCOPES = frozenset({Scope.RECORDS_READ, Scope.TASKS_READ})
BASE = "https://gateway"


@dataclass
class OAuthHarness:
    """The API, and integrators that call it, at a time that the test sets."""

    engine: AsyncEngine
    now: datetime = START
    transport: httpx.ASGITransport = field(init=False)

    def __post_init__(self) -> None:
        self.sessions = Sessions(self.engine)
        self.transport = httpx.ASGITransport(
            create_app(
                ApiDependencies(
                    sessions=self.sessions,
                    signals=SentSignals(),
                    now=lambda: self.now,
                    api_keys=(),
                    calls_per_minute=60_000,
                    configured={ProviderName("qbo"): True},
                    checks={},
                )
            )
        )

    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self.transport, base_url=BASE)

    async def integrator(
        self, method: str = "client_secret_basic", **changes: Any
    ) -> AsyncOAuth2Client:
        """Return the client of a new integrator of the first tenant."""
        made, secret = await create_client(
            self.sessions, "crm", tenant=T1, scopes=SCOPES, now=self.now
        )
        said = {"client_id": str(made.id), "client_secret": secret, **changes}
        return AsyncOAuth2Client(
            **said,
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method,
            transport=self.transport,
            base_url=BASE,
        )

    async def opens(self, token: str, path: str = "/v1/tenants/t1/records") -> int:
        """Return the status of a read with a token, by a process that has not seen it."""
        seen = Authenticator(self.sessions, (), now=lambda: self.now)
        if await seen.principal_of(token) is None:
            return 401
        async with self.http() as api:
            answer = await api.get(path, headers={"Authorization": f"Bearer {token}"})
        return answer.status_code


@pytest_asyncio.fixture
async def harness(engine: AsyncEngine) -> AsyncIterator[OAuthHarness]:
    yield OAuthHarness(engine)


async def fetch(client: AsyncOAuth2Client, **asked: str) -> dict[str, Any]:
    found = await client.fetch_token(f"{BASE}/oauth/token", **asked)
    return dict(found)


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_a_client_gets_a_token_that_opens_what_it_may(
    harness: OAuthHarness, method: str
) -> None:
    async with await harness.integrator(method) as client:
        token = await fetch(client, grant_type="client_credentials")
        assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)
        assert set(token["scope"].split()) == SCOPES
        assert "refresh_token" not in token
        answer = await client.get("/v1/tenants/t1/records")
        assert answer.status_code == 200
        assert (await client.get("/v1/tenants/t2/records")).status_code == 404
        assert (await client.get("/v1/tenants/t1/connections")).status_code == 403


async def test_a_token_may_do_less_than_its_client_and_never_more(
    harness: OAuthHarness,
) -> None:
    async with await harness.integrator() as client:
        token = await fetch(client, grant_type="client_credentials", scope="tasks:read")
        assert token["scope"] == "tasks:read"
        assert (await client.get("/v1/tasks")).status_code == 200
        assert (await client.get("/v1/tenants/t1/records")).status_code == 403
        for scope in ("sync:write", "tasks:read sync:write", "everything"):
            with pytest.raises(OAuthError, match="invalid_scope"):
                await fetch(client, grant_type="client_credentials", scope=scope)


async def test_a_token_ends_after_an_hour(harness: OAuthHarness) -> None:
    async with await harness.integrator() as client:
        token = (await fetch(client, grant_type="client_credentials"))["access_token"]
    harness.now = START + TOKEN_LASTS - timedelta(seconds=1)
    assert await harness.opens(token) == 200
    harness.now = START + TOKEN_LASTS
    assert await harness.opens(token) == 401


async def test_a_client_revokes_its_own_token_and_no_other(harness: OAuthHarness) -> None:
    async with await harness.integrator() as client, await harness.integrator() as other:
        kept = (await fetch(client, grant_type="client_credentials"))["access_token"]
        token = (await fetch(client, grant_type="client_credentials"))["access_token"]
        await fetch(other, grant_type="client_credentials")
        refused = await other.revoke_token(f"{BASE}/oauth/revoke", token=token)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
        assert await harness.opens(token) == 200
        for said in (token, token, "llt_nobodys"):
            answer = await client.revoke_token(f"{BASE}/oauth/revoke", token=said)
            assert answer.status_code == 200
    assert await harness.opens(token) == 401
    assert await harness.opens(kept) == 200


async def test_a_client_that_is_revoked_gets_no_token_and_its_tokens_end(
    harness: OAuthHarness,
) -> None:
    async with await harness.integrator() as client:
        token = (await fetch(client, grant_type="client_credentials"))["access_token"]
        (row,) = await rows(harness, "SELECT id FROM oauth_clients")
        await revoke_client(harness.sessions, row[0], now=harness.now)
        assert await harness.opens(token) == 401
        with pytest.raises(OAuthError, match="invalid_client"):
            await fetch(client, grant_type="client_credentials")


async def rows(harness: OAuthHarness, statement: str) -> list[Any]:
    async with harness.engine.connect() as database:
        return list(await database.execute(text(statement)))


async def test_the_database_holds_neither_token_nor_secret(harness: OAuthHarness) -> None:
    async with await harness.integrator() as client:
        token = (await fetch(client, grant_type="client_credentials"))["access_token"]
        secret = client.client_secret
    stored = str(
        await rows(harness, "SELECT t::text, c::text FROM oauth_tokens t, oauth_clients c")
    )
    assert token[4:] not in stored
    assert secret[4:] not in stored


Body = dict[str, str]
Change = Callable[[Body], Body | bytes]


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        (lambda body: {**body, "client_secret": "llc_" + "0" * 64}, 401, "invalid_client"),
        (lambda body: {**body, "client_id": "nobody"}, 400, "invalid_client"),
        (lambda body: {**body, "client_id": "\0"}, 400, "invalid_client"),
        (lambda body: {"grant_type": "client_credentials"}, 401, "invalid_client"),
        (lambda body: {**body, "grant_type": "password"}, 400, "unsupported_grant_type"),
        (lambda body: {}, 400, "unsupported_grant_type"),
        (lambda body: b"grant_type=a&grant_type=b", 400, "invalid_request"),
        (lambda body: b"\xff=\xff", 400, "invalid_request"),
        (lambda body: b"a=" + b"x" * 20_000, 400, "invalid_request"),
        (lambda body: b"&".join(b"f%d=" % n for n in range(50)), 400, "invalid_request"),
    ],
    ids=[
        "wrong secret", "wrong id", "zero", "no client", "grant", "empty", "twice", "bytes",
        "large", "many",
    ],
)  # fmt: skip
async def test_what_is_not_understood_is_refused_and_nothing_is_issued(
    harness: OAuthHarness, change: Change, status: int, error: str
) -> None:
    async with await harness.integrator() as client, harness.http() as api:
        body = {
            "grant_type": "client_credentials",
            "client_id": client.client_id,
            "client_secret": client.client_secret,
        }
        changed = change(body)
        content = str(httpx.QueryParams(changed)) if isinstance(changed, dict) else changed
        answer = await api.post(
            "/oauth/token",
            content=content,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert (answer.status_code, answer.json()["error"]) == (status, error)
        assert answer.headers["cache-control"] == "no-store"
        as_json = await api.post("/oauth/token", json=body)
        assert (as_json.status_code, as_json.json()["error"]) == (400, "invalid_request")
    assert await rows(harness, "SELECT * FROM oauth_tokens") == []


@pytest.mark.parametrize("header", ["Basic", "Basic !", "Basic /w==", "Basic Og==", "Bearer x"])
async def test_a_header_that_names_no_client_is_refused(
    harness: OAuthHarness, header: str
) -> None:
    async with harness.http() as api:
        for path in ("/oauth/token", "/oauth/revoke"):
            answer = await api.post(
                path,
                data={"grant_type": "client_credentials", "token": "x"},
                headers={"Authorization": header},
            )
            assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_the_server_describes_itself_as_the_standard_wants_it(
    harness: OAuthHarness,
) -> None:
    async with harness.http() as api:
        told = (await api.get("/.well-known/oauth-authorization-server")).json()
    assert told["issuer"] == BASE
    assert told["revocation_endpoint"] == f"{BASE}/oauth/revoke"
    described = AuthorizationServerMetadata(told)
    for name in ("issuer", "token_endpoint", "revocation_endpoint", "scopes_supported"):
        getattr(described, f"validate_{name}")()


async def test_what_integrators_do_is_in_the_audit_trail(harness: OAuthHarness) -> None:
    async with await harness.integrator() as client, harness.http() as api:
        token = (await fetch(client, grant_type="client_credentials"))["access_token"]
        await client.revoke_token(f"{BASE}/oauth/revoke", token=token)
        for _ in range(3):
            await api.post("/oauth/token", data={"grant_type": "client_credentials"})
    entries = [one.entry for one in await newest_entries(harness.sessions, None, limit=10)]
    assert sorted((one.tenant, one.who, one.what, one.outcome.value) for one in entries) == [
        ("", "127.0.0.1", "POST /oauth/token", "refused"),
        ("t1", "crm", "POST /oauth/revoke", "done"),
        ("t1", "crm", "POST /oauth/token", "done"),
    ]
    assert token not in str(entries)
