"""`ledgerlane tokens`: days left and a refresh on demand; PostgreSQL, simulators over HTTP."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from gateway.cli.app import app
from gateway.cli.failures import FAILED, run
from gateway.config.settings import Settings
from tests.fakes.environment import environment
from tests.fakes.served import QBO_REALMS, XERO_REALMS, Simulated
from tests.integration.gateway.connecting import connect

MakeSettings = Callable[..., Settings]
REALMS = {"qbo": QBO_REALMS[0], "xero": XERO_REALMS[0]}
# Whole days of a token that was stored a moment ago, and of its consent.
DAYS = {"qbo": (100, 1824), "xero": (59, None)}
each_provider = pytest.mark.parametrize("name", ["qbo", "xero"])


@pytest.fixture
def settings(
    monkeypatch: pytest.MonkeyPatch,
    make_settings: MakeSettings,
    migrated_database_url: str,
    qbo: Simulated,
    xero: Simulated,
) -> Settings:
    said = environment(
        DATABASE_URL=migrated_database_url, **qbo.variables(), **xero.variables()
    )
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    return make_settings(qbo, xero)


def refresh(name: str, *, tenant: str = "t1", realm: str = "") -> list[str]:
    company = ["--provider", name, "--realm", realm or REALMS[name]]
    return ["tokens", "refresh", "--tenant", tenant, *company]


@each_provider
def test_a_refresh_on_demand_moves_the_ends_away(
    settings: Settings,
    name: str,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    simulator: Simulated = request.getfixturevalue(name)
    (before,) = asyncio.run(connect(settings, simulator, REALMS[name]))
    assert run(app, [*refresh(name), "--json"]) == 0
    after: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert after["id"] == str(before.id)
    assert before.token_expires_at is not None
    assert before.refresh_expires_at is not None
    assert datetime.fromisoformat(after["token_expires_at"]) > before.token_expires_at
    assert datetime.fromisoformat(after["refresh_expires_at"]) > before.refresh_expires_at
    assert (after["refresh_days_left"], after["consent_days_left"]) == DAYS[name]
    assert simulator.token_requests() == 2, "the exchange and one refresh"
    assert run(app, refresh(name)) == 0
    assert "refreshed" in capsys.readouterr().out


def test_days_left_are_listed_by_connection(
    settings: Settings, qbo: Simulated, xero: Simulated, capsys: pytest.CaptureFixture[str]
) -> None:
    for simulator in (qbo, xero):
        asyncio.run(connect(settings, simulator, REALMS[simulator.name]))
    assert run(app, ["tokens", "list", "--tenant", "t1"]) == 0
    _, *rows = capsys.readouterr().out.splitlines()
    assert [(row.split()[0], row.split()[-2:]) for row in rows] == [
        ("qbo", ["100", "1824"]),
        ("xero", ["connected", "59"]),
    ]
    assert run(app, ["tokens", "list", "--tenant", "t1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["refresh_days_left"], one["consent_days_left"]) for one in told] == [
        DAYS["qbo"],
        DAYS["xero"],
    ]


@pytest.mark.parametrize("wrong", [{"tenant": "t2"}, {"realm": QBO_REALMS[1]}])
def test_a_company_that_is_not_the_tenants_is_refused_in_one_line(
    settings: Settings,
    qbo: Simulated,
    wrong: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    asyncio.run(connect(settings, qbo, REALMS["qbo"]))
    assert run(app, refresh("qbo", **wrong)) == FAILED
    line = capsys.readouterr().err
    assert line.startswith("ledgerlane: tenant ")
    assert line.count("\n") == 1
    assert qbo.token_requests() == 1, "nothing was asked"


def test_a_consent_that_is_gone_is_said_in_one_line(
    settings: Settings, qbo: Simulated, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(connect(settings, qbo, REALMS["qbo"]))
    qbo.control(f"connections/{REALMS['qbo']}/disconnect", {})
    assert run(app, refresh("qbo")) == FAILED
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "invalid_grant" in line
