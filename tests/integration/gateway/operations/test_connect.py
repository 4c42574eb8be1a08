"""`ledgerlane connect` from the shell's side: PostgreSQL, and simulators over HTTP."""

import asyncio
import json
import shlex
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import text

from gateway.cli.app import app
from gateway.cli.failures import FAILED, run
from gateway.config.settings import Settings
from gateway.database.engine import open_database
from gateway.wiring.providers import oauth_app
from schemas.ids import RealmId
from tests.eventually import PATIENCE_S
from tests.fakes.environment import environment
from tests.fakes.served import QBO_REALMS, XERO_REALMS, Simulated

REALM, OTHER, _ = QBO_REALMS
REALMS = {"qbo": RealmId(REALM), "xero": RealmId(XERO_REALMS[0])}
ROWS = text("""
    SELECT c.tenant_id, c.provider, c.realm_id, c.state, c.environment, c.company_name,
           c.is_default, g.scopes, g.expires_at > now() AS good, g.key_id
      FROM connections c JOIN grants g ON g.id = c.grant_id ORDER BY c.realm_id
""")
TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")

Shell = Callable[..., int]


@pytest.fixture
def variables(
    monkeypatch: pytest.MonkeyPatch,
    migrated_database_url: str,
    qbo: Simulated,
    xero: Simulated,
) -> Mapping[str, str]:
    found = environment(
        DATABASE_URL=migrated_database_url, **qbo.variables(), **xero.variables()
    )
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


@pytest.fixture
def connect(variables: Mapping[str, str]) -> Shell:
    """Run `ledgerlane connect` as a shell would."""

    def shell(simulator: Simulated, code: str, *realms: str, tenant: str = "t1") -> int:
        named = [part for realm in realms for part in ("--realm", realm)]
        provider = ["--provider", simulator.name]
        arguments = ["connect", "--tenant", tenant, *provider, "--code", code, *named]
        return run(app, [*arguments, "--json"])

    return shell


@pytest.fixture
def settings(variables: Mapping[str, str]) -> Settings:
    return Settings.from_environ(variables)


async def _read(settings: Settings) -> tuple[list[dict[str, Any]], str]:
    async with open_database(settings.database_url) as engine, engine.connect() as database:
        rows = [dict(row) for row in (await database.execute(ROWS)).mappings()]
        dumped: list[str] = []
        for table in list(await database.scalars(TABLES)):
            dumped += await database.scalars(text(f"SELECT t::text FROM {table} t"))  # noqa: S608
    return rows, "\n".join(dumped)


@pytest.mark.accepts("CON-05", "CON-19", "TST-02")
def test_a_code_becomes_a_connection_with_its_token(
    connect: Shell, settings: Settings, qbo: Simulated, capsys: pytest.CaptureFixture[str]
) -> None:
    assert connect(qbo, qbo.consent(settings, REALM), REALM) == 0
    (said,) = json.loads(capsys.readouterr().out)
    assert (said["realm_id"], said["state"]) == (REALM, "connected")
    (row,), _ = asyncio.run(_read(settings))
    assert row == {
        "tenant_id": "t1",
        "provider": "qbo",
        "realm_id": REALM,
        "state": "connected",
        "environment": "sandbox",
        "company_name": f"Co {REALM}",
        "is_default": True,
        "scopes": ["com.intuit.quickbooks.accounting"],
        "good": True,
        "key_id": "k1",
    }


@pytest.mark.accepts("CON-19")
@pytest.mark.parametrize("name", ["qbo", "xero"])
def test_a_second_use_of_the_code_fails_with_advice_that_can_be_followed(
    connect: Shell,
    settings: Settings,
    name: str,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    simulator: Simulated = request.getfixturevalue(name)
    realm = REALMS[name]
    code = simulator.consent(settings, realm)
    assert connect(simulator, code, realm) == 0
    capsys.readouterr()
    assert connect(simulator, code, realm) == FAILED
    line = capsys.readouterr().err
    assert line.startswith("ledgerlane: the code was used before or is too old")
    assert line.count("\n") == 1
    _, advised, _ = line.split("`")
    command, *words = shlex.split(advised)
    assert command == "ledgerlane"
    assert run(app, words) == 0
    address, _ = capsys.readouterr().out.splitlines()
    assert address.startswith(simulator.url)
    assert connect(simulator, simulator.consent(settings, realm), realm) == 0


@pytest.mark.accepts("CON-20")
def test_the_code_is_kept_nowhere(
    connect: Shell,
    settings: Settings,
    qbo: Simulated,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    code = qbo.consent(settings, REALM)
    caplog.set_level("DEBUG")
    caplog.clear()
    for _ in range(2):
        connect(qbo, code, REALM)
    _, dumped = asyncio.run(_read(settings))
    written = capsys.readouterr()
    ours = [record.getMessage() for record in caplog.records]
    for place in (dumped, written.out, written.err, "\n".join(ours)):
        assert code not in place
    assert "Co " in dumped, "the dump holds what it should"


def test_a_company_that_was_not_consented_to_is_not_stored(
    connect: Shell, settings: Settings, qbo: Simulated, capsys: pytest.CaptureFixture[str]
) -> None:
    assert connect(qbo, qbo.consent(settings, REALM), OTHER) == FAILED
    assert capsys.readouterr().err.count("\n") == 1
    assert asyncio.run(_read(settings))[0] == []


def test_a_company_of_another_tenant_is_not_taken_over(
    connect: Shell, settings: Settings, qbo: Simulated, capsys: pytest.CaptureFixture[str]
) -> None:
    connect(qbo, qbo.consent(settings, REALM), REALM)
    assert connect(qbo, qbo.consent(settings, REALM), REALM, tenant="t2") == FAILED
    assert "another tenant" in capsys.readouterr().err
    (row,), _ = asyncio.run(_read(settings))
    assert row["tenant_id"] == "t1"


def test_of_several_organisations_those_named_are_connected(
    connect: Shell, settings: Settings, xero: Simulated, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = XERO_REALMS
    assert connect(xero, xero.consent(settings, first, second)) == FAILED
    line = capsys.readouterr().err
    assert first in line
    assert second in line
    assert "--realm" in line
    assert connect(xero, xero.consent(settings, first, second), second) == 0
    rows, _ = asyncio.run(_read(settings))
    assert [(row["realm_id"], row["company_name"]) for row in rows] == [(second, "Org 2")]


def test_one_organisation_alone_needs_no_name(
    connect: Shell, settings: Settings, xero: Simulated
) -> None:
    assert connect(xero, xero.consent(settings, XERO_REALMS[0])) == 0


def test_the_printed_address_leads_to_the_consent(
    settings: Settings, qbo: Simulated, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, ["connect-url", "--provider", "qbo", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["url"].startswith(qbo.url)
    page = httpx.get(said["url"], timeout=PATIENCE_S)
    assert page.status_code == 200
    assert said["state"] in page.text


@pytest.mark.accepts("OBS-01")
@pytest.mark.parametrize("name", ["qbo", "xero"])
def test_every_call_of_a_consents_life_is_one_row(
    connect: Shell, settings: Settings, name: str, request: pytest.FixtureRequest
) -> None:
    """Exchange, the companies of the consent, their description, and the revocation."""
    simulator: Simulated = request.getfixturevalue(name)
    realm = REALMS[name]
    code = simulator.consent(settings, realm)
    simulator.requests.clear()
    assert connect(simulator, code, realm) == 0
    named = ["--tenant", "t1", "--provider", name, "--realm", realm]
    assert run(app, ["disconnect", *named]) == 0

    async def audited() -> list[dict[str, Any]]:
        async with (
            open_database(settings.database_url) as engine,
            engine.connect() as database,
        ):
            rows = await database.execute(text("SELECT * FROM api_calls"))
            return [dict(row) for row in rows.mappings()]

    rows = asyncio.run(audited())
    made = sorted(simulator.requests)
    assert sorted((row["method"], row["path"]) for row in rows) == made
    app_of = oauth_app(simulator.provider, settings)
    oauth = {urlsplit(url).path for url in (app_of.token_url, app_of.revoke_url)}
    assert oauth <= {path for _, path in made}
    for row in rows:
        assert 200 <= row["status"] < 300
        assert 0 < row["duration_s"] < 10
        of_the_ledger = row["path"].startswith(("/v3/company", "/api.xro"))
        assert (row["realm_id"], row["tenant_id"]) == (
            (realm, "t1") if of_the_ledger else ("", "")
        )
        assert row["trace_id"] or name == "xero", "Xero promises none"
