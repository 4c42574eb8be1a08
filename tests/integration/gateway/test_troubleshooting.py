"""No company, a refresh that failed, nothing to push: each says so under a code of its own."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.cli.app import app
from gateway.cli.failures import run
from gateway.config.settings import Settings
from gateway.config.variables import ApiKey
from gateway.database.sessions import Sessions
from gateway.http.app import create_app
from gateway.http.dependencies import ApiDependencies
from providers.connections import ConnectionState
from providers.errors import Unauthorized
from schemas.ids import ProviderName
from tests.fakes.environment import environment
from tests.fakes.sent_signals import SentSignals
from tests.fakes.served import QBO_REALMS, Simulated
from tests.integration.gateway.connecting import connect, later, store_connection, workers
from tests.unit.docs.pages import Page

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEY = "k" * 32
REALM = QBO_REALMS[0]
PUSH = "/v1/tenants/t1/providers/qbo/sync"


@pytest_asyncio.fixture
async def api(engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    served = create_app(
        ApiDependencies(
            sessions=Sessions(engine),
            signals=SentSignals(),
            now=lambda: NOW,
            api_keys=(ApiKey("ops", KEY),),
            calls_per_minute=6_000,
            configured={ProviderName("qbo"): True},
            checks={},
        )
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(served),
        base_url="http://gateway",
        headers={"Authorization": f"Bearer {KEY}"},
    ) as client:
        yield client


def assert_advises(reason: dict[str, Any], code: str, begins: str) -> None:
    """Assert a code, what to do, and a link to more of it."""
    assert reason["code"] == code
    assert reason["fix"].startswith(begins)
    page, _, anchor = reason["link"].partition("#")
    assert anchor in Page(page).anchors


@pytest.mark.accepts("ERR-20")
async def test_each_condition_has_a_code_and_advice_of_its_own(
    api: httpx.AsyncClient, make_settings: Callable[..., Settings], qbo: Simulated
) -> None:
    settings = make_settings(qbo)
    refused = await api.post(PUSH)
    assert (refused.status_code, refused.json()["code"]) == (409, "connection_required")
    assert "Connect one first" in refused.json()["detail"]

    (connection,) = await connect(settings, qbo, REALM)
    [pushed] = (await api.post(PUSH)).json()["realms"]
    assert (pushed["realm_id"], pushed["signalled"]) == (REALM, 0)
    assert_advises(pushed["reason"], "no_records", "Announce the documents under this tenant")
    assert f"Nothing was announced for tenant t1 to qbo {REALM}" in pushed["reason"]["cause"]

    qbo.control(f"connections/{REALM}/disconnect", {})
    async with workers(settings, now=later(61)) as (tokens,):
        with pytest.raises(Unauthorized):
            await tokens.access_token(connection.id, connection.tenant_id)
    (found,) = (await api.get("/v1/tenants/t1/connections")).json()["connections"]
    assert found["state"] == "expired"
    assert_advises(found["reason"], "grant_refused", "Connect the company again")

    await connect(settings, qbo, REALM)
    (found,) = (await api.get("/v1/tenants/t1/connections")).json()["connections"]
    assert (found["state"], found["reason"]) == ("connected", None)


async def test_a_company_that_was_disconnected_says_no_older_reason(
    api: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await store_connection(engine, "t1", "1", ConnectionState.DISCONNECTED)
    (found,) = (await api.get("/v1/tenants/t1/connections")).json()["connections"]
    assert (found["state"], found["reason"]) == ("disconnected", None)


def test_a_tenant_for_whom_nothing_was_announced_is_told_so_in_a_shell(
    migrated_database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment(DATABASE_URL=migrated_database_url).items():
        monkeypatch.setenv(name, value)
    assert run(app, ["inspect", "--tenant", "t9"]) == 0
    said = capsys.readouterr().out
    assert "no_records: Nothing was announced for tenant t9 to any company yet." in said
    assert "See docs/errors.md#no_records" in said
