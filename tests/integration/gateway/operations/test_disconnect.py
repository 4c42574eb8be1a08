"""Disconnecting: PostgreSQL, and the providers' simulators over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.cli.app import app
from gateway.cli.failures import FAILED, run
from gateway.config.settings import Settings
from gateway.runtime.lifecycle import utc_now
from gateway.wiring.connect import open_disconnector
from providers.base import Operation, Write
from providers.connections import ConnectionState, ConnectionStore
from providers.errors import Unauthorized, Unavailable
from providers.http import RealmSession
from schemas.documents.customer import Customer
from schemas.documents.document import DocumentType
from schemas.ids import RealmId, TenantId
from tests.eventually import PATIENCE_S
from tests.fakes.environment import environment
from tests.fakes.served import QBO_REALMS, XERO_REALMS, Simulated
from tests.fakes.unpaced import Unpaced
from tests.integration.gateway.connecting import connect, unheard, workers

MakeSettings = Callable[..., Settings]
REALM = RealmId(QBO_REALMS[0])
TENANT = TenantId("t1")


def revocations(simulator: Simulated) -> int:
    return sum(path.endswith(("/revoke", "/revocation")) for _, path in simulator.requests)


async def states(engine: AsyncEngine) -> dict[str, ConnectionState]:
    async with engine.connect() as database:
        found = await ConnectionStore(database).of_tenant(TENANT)
    return {one.realm_id: one.state for one in found}


REALMS = {"qbo": REALM, "xero": RealmId(XERO_REALMS[0])}
READS = {"qbo": f"/v3/company/{REALM}/companyinfo/{REALM}", "xero": "/api.xro/2.0/Organisation"}


async def status_with(simulator: Simulated, token: str) -> int:
    """Return the provider's status to a read with this token."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
        "xero-tenant-id": REALMS[simulator.name],
    }
    async with httpx.AsyncClient(base_url=simulator.url, timeout=PATIENCE_S) as client:
        return (await client.get(READS[simulator.name], headers=headers)).status_code


@pytest.mark.parametrize("name", ["qbo", "xero"])
async def test_a_consent_is_revoked_once_and_its_token_is_of_no_use(
    make_settings: MakeSettings,
    engine: AsyncEngine,
    name: str,
    request: pytest.FixtureRequest,
) -> None:
    simulator: Simulated = request.getfixturevalue(name)
    realm = REALMS[name]
    settings = make_settings(simulator)
    (connection,) = await connect(settings, simulator, realm)
    ahead = timedelta()
    async with (
        workers(settings, now=lambda: utc_now() + ahead) as (tokens,),
        open_disconnector(settings, simulator.provider) as disconnector,
    ):
        old = await tokens.access_token(connection.id, TENANT)
        assert await status_with(simulator, old) == 200
        await disconnector.disconnect(TENANT, realm)
        assert revocations(simulator) == 1
        assert await states(engine) == {realm: ConnectionState.DISCONNECTED}
        with pytest.raises(Unauthorized, match="connection_required"):
            await tokens.replace(connection.id, TENANT, old)
        ahead = timedelta(minutes=1)
        with pytest.raises(Unauthorized, match="connection_required"):
            await tokens.access_token(connection.id, TENANT)
    assert await status_with(simulator, old) in (401, 403)
    assert simulator.token_requests() == 1, "the exchange; a dead consent is not asked"
    async with engine.connect() as database:
        assert await database.scalar(text("SELECT count(*) FROM grants")) == 0


@pytest.mark.parametrize("name", ["qbo", "xero"])
async def test_a_push_after_disconnecting_is_refused_without_a_call(
    make_settings: MakeSettings, name: str, request: pytest.FixtureRequest
) -> None:
    simulator: Simulated = request.getfixturevalue(name)
    settings = make_settings(simulator)
    (connection,) = await connect(settings, simulator, REALMS[name])
    async with (
        workers(settings) as (tokens,),
        open_disconnector(settings, simulator.provider) as disconnector,
        httpx.AsyncClient(base_url=simulator.url, timeout=PATIENCE_S) as client,
    ):
        await disconnector.disconnect(TENANT, REALMS[name])
        session = RealmSession(
            client,
            connection.realm,
            tokens=tokens,
            pace=Unpaced(),
            dialect=simulator.provider.dialect,
            audit=unheard,
        )
        calls = len(simulator.requests)
        customer = Customer(id="c1", name="Acme")
        write = Write(DocumentType.CUSTOMER, customer, None, {}, uuid4())
        with pytest.raises(Unauthorized, match="connection_required"):
            await simulator.provider.open_ledger(session).write(Operation.CREATE, [write])
    assert len(simulator.requests) == calls


async def test_when_the_provider_does_not_answer_nothing_changes(
    make_settings: MakeSettings, qbo: Simulated, engine: AsyncEngine
) -> None:
    settings = make_settings(qbo)
    await connect(settings, qbo, REALM)
    qbo.control("faults", {"name": "down", "kind": "unavailable", "path": "tokens/revoke"})
    async with open_disconnector(settings, qbo.provider) as disconnector:
        with pytest.raises(Unavailable):
            await disconnector.disconnect(TENANT, REALM)
    assert await states(engine) == {REALM: ConnectionState.CONNECTED}


async def test_a_consent_that_serves_another_company_is_left_alone(
    make_settings: MakeSettings, xero: Simulated, engine: AsyncEngine
) -> None:
    settings = make_settings(xero)
    _, second = await connect(settings, xero, *XERO_REALMS)
    async with open_disconnector(settings, xero.provider) as disconnector:
        await disconnector.disconnect(TENANT, RealmId(XERO_REALMS[0]))
        assert revocations(xero) == 0
        async with workers(settings) as (tokens,):
            assert await tokens.access_token(second.id, TENANT)
        await disconnector.disconnect(TENANT, RealmId(XERO_REALMS[1]))
    assert revocations(xero) == 1
    assert set((await states(engine)).values()) == {ConnectionState.DISCONNECTED}


def test_an_unknown_company_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    migrated_database_url: str,
    qbo: Simulated,
) -> None:
    for name, value in environment(
        DATABASE_URL=migrated_database_url, **qbo.variables()
    ).items():
        monkeypatch.setenv(name, value)
    arguments = ["disconnect", "--tenant", "t1", "--provider", "qbo", "--realm", REALM]
    assert run(app, arguments) == FAILED
    assert capsys.readouterr().err == f"ledgerlane: tenant t1 has no qbo company {REALM}\n"
