"""Access tokens from real grants: PostgreSQL, and the providers' simulators over HTTP."""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import httpx
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from gateway.config.settings import Settings
from gateway.database.sessions import Sessions
from gateway.vault import AesVault
from gateway.wiring.providers import oauth_app
from providers.connections import Connection, ConnectionState, ConnectionStore
from providers.errors import Unauthorized, Unavailable
from providers.grants import GrantStore
from providers.http import ApiCall
from providers.oauth import Token
from providers.reasons import GRANT_REFUSED
from providers.simulators.xero.config import TokenRules
from providers.tokens import Registration, VaultedTokens
from schemas.ids import ConnectionId, TenantId
from tests.eventually import eventually
from tests.fakes.environment import environment
from tests.fakes.served import (
    QBO_REALMS,
    XERO_REALMS,
    Simulated,
    simulated_xero,
)
from tests.integration.gateway.connecting import connect, later, workers

MakeSettings = Callable[..., Settings]
REALM = QBO_REALMS[0]


def of(connection: Connection) -> tuple[ConnectionId, TenantId]:
    return connection.id, connection.tenant_id


@pytest.fixture
def settings(make_settings: MakeSettings, qbo: Simulated) -> Settings:
    return make_settings(qbo)


async def state_of(engine: AsyncEngine, connection: ConnectionId) -> ConnectionState:
    async with engine.connect() as database:
        found = await ConnectionStore(database).get(connection)
    assert found is not None
    return found.state


async def revision_of(engine: AsyncEngine) -> int:
    async with engine.connect() as database:
        found = await database.scalar(text("SELECT max(revision) FROM grants"))
    return int(found or 0)


REALMS = {"qbo": QBO_REALMS[0], "xero": XERO_REALMS[0]}
LIFE_MINUTES = {"qbo": 60, "xero": 30}  # of an access token
each_provider = pytest.mark.parametrize("name", ["qbo", "xero"])


@pytest.mark.accepts("TOK-01")
@each_provider
async def test_a_token_that_is_good_is_given_without_asking(
    make_settings: MakeSettings, name: str, request: pytest.FixtureRequest
) -> None:
    simulator: Simulated = request.getfixturevalue(name)
    settings = make_settings(simulator)
    (connection,) = await connect(settings, simulator, REALMS[name])
    async with workers(settings) as (tokens,):
        first = await tokens.access_token(*of(connection))
        assert await tokens.access_token(*of(connection)) == first
    assert simulator.token_requests() == 1, "the exchange"


@pytest.mark.accepts("TOK-01", "OBS-01")
@each_provider
@pytest.mark.parametrize(("left_minutes", "refreshes"), [(5.5, 0), (2, 1), (-10, 1)])
async def test_a_token_is_refreshed_once_before_it_ends(
    make_settings: MakeSettings,
    name: str,
    request: pytest.FixtureRequest,
    left_minutes: float,
    refreshes: int,
) -> None:
    simulator: Simulated = request.getfixturevalue(name)
    settings = make_settings(simulator)
    (connection,) = await connect(settings, simulator, REALMS[name])
    rows: list[ApiCall] = []
    ahead = later(LIFE_MINUTES[name] - left_minutes)
    async with workers(settings, now=ahead, audit=rows.append) as (tokens,):
        given = {await tokens.access_token(*of(connection)) for _ in range(5)}
    assert len(given) == 1
    assert simulator.token_requests() == 1 + refreshes
    assert [(row.method, row.status) for row in rows] == [("POST", 200)] * refreshes


@pytest.mark.accepts("TOK-03")
@each_provider
async def test_50_calls_over_4_workers_refresh_once(
    make_settings: MakeSettings, name: str, request: pytest.FixtureRequest, engine: AsyncEngine
) -> None:
    simulator: Simulated = request.getfixturevalue(name)
    settings = make_settings(simulator)
    (connection,) = await connect(settings, simulator, REALMS[name])
    async with (
        workers(settings, count=4, now=later(61)) as sources,
        asyncio.TaskGroup() as group,
    ):
        calls = [
            group.create_task(sources[n % 4].access_token(*of(connection))) for n in range(50)
        ]
    assert len({call.result() for call in calls}) == 1
    assert simulator.token_requests() == 2, "the exchange and one refresh"
    assert await state_of(engine, connection.id) is ConnectionState.CONNECTED


@pytest.mark.accepts("TOK-03")
@each_provider
async def test_50_refused_calls_over_4_workers_refresh_once(
    make_settings: MakeSettings, name: str, request: pytest.FixtureRequest
) -> None:
    simulator: Simulated = request.getfixturevalue(name)
    settings = make_settings(simulator)
    (connection,) = await connect(settings, simulator, REALMS[name])
    async with workers(settings, count=4) as sources:
        (refused,) = {await source.access_token(*of(connection)) for source in sources}
        async with asyncio.TaskGroup() as group:
            calls = [
                group.create_task(sources[n % 4].replace(*of(connection), refused))
                for n in range(50)
            ]
    assert {call.result() for call in calls}.isdisjoint({refused})
    assert simulator.token_requests() == 2, "the exchange and one refresh"


PROCESSES = 4
CALLS = 50

CALL_AT_ONCE = """
import asyncio, sys
from datetime import timedelta
from uuid import UUID
from gateway.config.settings import Settings
from gateway.database.engine import open_database
from gateway.database.sessions import Sessions
from gateway.runtime.lifecycle import utc_now
from gateway.vault import AesVault
from gateway.wiring.providers import open_registrations
from providers.tokens import VaultedTokens
from schemas.ids import ConnectionId, TenantId

async def main():
    settings = Settings.from_environ()
    async with (
        open_database(settings.database_url) as engine,
        open_registrations(settings, audit=lambda call: None) as registrations,
    ):
        vault = AesVault(settings.vault_keys)
        ahead = timedelta(minutes=61)
        tokens = VaultedTokens(
            Sessions(engine).session,
            vault,
            registrations,
            now=lambda: utc_now() + ahead,
        )
        connection = ConnectionId(UUID(sys.argv[1]))
        async with engine.connect():
            print("ready", flush=True)
            sys.stdin.readline()
        async with asyncio.TaskGroup() as group:
            calls = [
                group.create_task(tokens.access_token(connection, TenantId(sys.argv[2])))
                for _ in range(int(sys.argv[3]))
            ]
        print(*{call.result() for call in calls}, sep="\\n", flush=True)

asyncio.run(main())
"""


@pytest.mark.accepts("TOK-03")
@each_provider
async def test_50_calls_over_4_processes_refresh_once(
    make_settings: MakeSettings,
    name: str,
    request: pytest.FixtureRequest,
    engine: AsyncEngine,
    migrated_database_url: str,
) -> None:
    simulator: Simulated = request.getfixturevalue(name)
    (connection,) = await connect(make_settings(simulator), simulator, REALMS[name])
    variables = environment(DATABASE_URL=migrated_database_url, **simulator.variables())
    shares = [len(range(n, CALLS, PROCESSES)) for n in range(PROCESSES)]
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", CALL_AT_ONCE, *map(str, of(connection)), str(share)),
            env=variables,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for share in shares
    ]
    for process in started:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    answers = await asyncio.gather(*(process.communicate(b"go\n") for process in started))
    assert [process.returncode for process in started] == [0] * PROCESSES
    tokens = {line for said, _ in answers for line in said.splitlines()}
    assert len(tokens) == 1, "every call of every process has the same token"
    assert simulator.token_requests() == 2, "the exchange and one refresh, none refused"
    assert await state_of(engine, connection.id) is ConnectionState.CONNECTED


async def test_a_caller_that_is_cancelled_does_not_lose_the_token(
    settings: Settings, qbo: Simulated, engine: AsyncEngine
) -> None:
    (connection,) = await connect(settings, qbo, REALM)
    rule = {"name": "slow", "kind": "slow", "path": "tokens/bearer", "slow_ms": 500}
    qbo.control("faults", rule)
    async with workers(settings, now=later(61)) as (tokens,):
        asked = qbo.token_requests()
        async with asyncio.TaskGroup() as group:
            call = group.create_task(tokens.access_token(*of(connection)))

            async def under_way() -> bool:
                return qbo.token_requests() > asked

            await eventually(under_way)
            call.cancel()

        async def stored() -> bool:
            return await revision_of(engine) == 2

        await eventually(stored)
        await tokens.access_token(*of(connection))
    assert qbo.token_requests() == asked + 1


async def test_a_revoked_consent_expires_the_connection_and_is_asked_no_more(
    settings: Settings, qbo: Simulated, engine: AsyncEngine
) -> None:
    (connection,) = await connect(settings, qbo, REALM)
    qbo.control(f"connections/{REALM}/disconnect", {})
    async with workers(settings, now=later(61)) as (tokens,):
        for _ in range(3):
            with pytest.raises(Unauthorized):
                await tokens.access_token(*of(connection))
        assert qbo.token_requests() == 2, "the exchange and one refusal"
        assert await state_of(engine, connection.id) is ConnectionState.EXPIRED
        (again,) = await connect(settings, qbo, REALM)
        assert again.id == connection.id
        assert await tokens.access_token(*of(connection))
    assert await state_of(engine, connection.id) is ConnectionState.CONNECTED


@pytest.mark.parametrize("kind", ["server_error", "unavailable", "drop_before_commit"])
async def test_trouble_at_the_token_endpoint_is_no_end_of_the_consent(
    settings: Settings, qbo: Simulated, engine: AsyncEngine, kind: str
) -> None:
    (connection,) = await connect(settings, qbo, REALM)
    rule = {"name": "down", "kind": kind, "path": "tokens/bearer", "at_most": 1}
    qbo.control("faults", rule)
    async with workers(settings, now=later(61)) as (tokens,):
        with pytest.raises(Unavailable):
            await tokens.access_token(*of(connection))
        assert await state_of(engine, connection.id) is ConnectionState.CONNECTED
        assert await tokens.access_token(*of(connection))


async def test_a_refusal_is_not_believed_when_somebody_stored_another_token(
    settings: Settings, qbo: Simulated, engine: AsyncEngine
) -> None:
    """A company is connected again while the refresh of its old consent is on its way."""
    (connection,) = await connect(settings, qbo, REALM)
    app = oauth_app(qbo.provider, settings)
    fresh = Token(
        access="fresh",
        refresh="fresh-refresh",
        expires_at=datetime.now(UTC) + timedelta(days=1),
        refresh_expires_at=datetime.now(UTC) + timedelta(days=1),
        scopes=(),
    )

    async def refuse(request: httpx.Request) -> httpx.Response:
        now = datetime.now(UTC)
        async with engine.begin() as database:
            grants = GrantStore(database, AesVault(settings.vault_keys))
            grant = await grants.add(connection.tenant_id, connection.provider, fresh, now=now)
            await ConnectionStore(database).share_grant(
                connection.tenant_id, connection.provider, [connection.realm_id], grant, now=now
            )
        return httpx.Response(400, json={"error": "invalid_grant"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as client:
        tokens = VaultedTokens(
            Sessions(engine).session,
            AesVault(settings.vault_keys),
            {qbo.name: Registration(app, qbo.provider.oauth, client)},
            now=later(61),
        )
        assert await tokens.access_token(*of(connection)) == "fresh"
    assert await state_of(engine, connection.id) is ConnectionState.CONNECTED


async def test_a_refusal_of_a_token_that_was_refreshed_meanwhile_ends_no_connection(
    settings: Settings, qbo: Simulated, engine: AsyncEngine
) -> None:
    (connection,) = await connect(settings, qbo, REALM)
    now = datetime.now(UTC)
    async with engine.begin() as database:
        grants = GrantStore(database, AesVault(settings.vault_keys))
        refused = await grants.of(connection.id)
        assert refused is not None
        await grants.save(refused.id, refused.token, now=now)
        assert not await grants.expire(refused, GRANT_REFUSED.reason(), now=now)
    assert await state_of(engine, connection.id) is ConnectionState.CONNECTED


async def test_connections_of_one_consent_rotate_together(make_settings: MakeSettings) -> None:
    """At Xero one refresh token serves several organisations; here it dies when it rotates."""
    with simulated_xero(TokenRules(refresh_grace=None)) as xero:
        settings = make_settings(xero)
        first, second = await connect(settings, xero, *XERO_REALMS)
        async with workers(settings, count=2, now=later(31)) as (one, other):
            assert await one.access_token(*of(first)) == await other.access_token(*of(second))
        assert xero.token_requests() == 2, "the exchange and one refresh"


@pytest.mark.accepts("TOK-12", "SEC-11")
@each_provider
async def test_the_secret_of_another_tenant_is_not_given_and_its_asking_is_a_security_event(
    make_settings: MakeSettings, engine: AsyncEngine, name: str, request: pytest.FixtureRequest
) -> None:
    simulator: Simulated = request.getfixturevalue(name)
    settings = make_settings(simulator)
    (connection,) = await connect(settings, simulator, REALMS[name])
    other = TenantId("another")
    async with Sessions(engine).tenant_session(other) as database:
        grants = GrantStore(database, AesVault(settings.vault_keys))
        assert await grants.of(connection.id) is None
    async with Sessions(engine).tenant_session(connection.tenant_id) as database:
        grants = GrantStore(database, AesVault(settings.vault_keys))
        assert await grants.of(connection.id) is not None
    counted = partial(
        REGISTRY.get_sample_value,
        "ledgerlane_security_events_total",
        {"event": "foreign_secret"},
    )
    before = counted() or 0
    async with workers(settings) as (tokens,):
        given = await tokens.access_token(*of(connection))  # so that it is in memory as well
        with capture_logs() as logs:
            with pytest.raises(Unauthorized, match="connection_required"):
                await tokens.access_token(connection.id, other)
            with pytest.raises(Unauthorized, match="connection_required"):
                await tokens.replace(connection.id, other, given)
    assert counted() == before + 2
    assert logs == 2 * [
        {
            "event": "security.foreign_secret",
            "log_level": "error",
            "connection": str(connection.id),
            "tenant": other,
            "owner": connection.tenant_id,
        }
    ]


async def test_an_unknown_connection_has_no_token(settings: Settings) -> None:

    async with workers(settings) as (tokens,):
        with pytest.raises(Unauthorized, match="connection_required"):
            await tokens.access_token(ConnectionId(uuid4()), TenantId("t1"))
