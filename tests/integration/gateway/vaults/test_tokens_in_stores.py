"""Tokens of real grants in a secret store: moved there, and kept while the store is away."""

import asyncio
import json
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.cli.app import app
from gateway.cli.failures import run
from gateway.config.settings import Settings
from gateway.database.engine import open_database
from gateway.database.sessions import Sessions
from gateway.wiring.providers import open_registrations
from gateway.wiring.vaults import open_vault
from providers.connections import ConnectionState, ConnectionStore
from providers.errors import Down
from providers.tokens import VaultedTokens
from tests.fakes.environment import environment
from tests.fakes.listening import listening
from tests.fakes.served import QBO_REALMS, Simulated
from tests.fakes.transit import KEY, TOKEN, TransitEngine
from tests.integration.gateway.connecting import connect, later, unheard

MakeSettings = Callable[..., Settings]
REALM = QBO_REALMS[0]
KEYS = text("SELECT DISTINCT key_id FROM grants")


@pytest.fixture
def store() -> TransitEngine:
    return TransitEngine()


@pytest.fixture
def variables(store: TransitEngine) -> Iterator[dict[str, str]]:
    with listening(store.app()) as url:
        yield {
            "VAULT_STORE": "transit",
            "VAULT_TRANSIT_URL": url,
            "VAULT_TRANSIT_TOKEN": TOKEN,
            "VAULT_TRANSIT_KEY": KEY,
        }


async def test_a_store_that_is_away_loses_no_token_and_ends_no_connection(
    make_settings: MakeSettings,
    qbo: Simulated,
    store: TransitEngine,
    variables: dict[str, str],
    engine: AsyncEngine,
) -> None:
    """QuickBooks kills a refresh token that was used: one that can't be sealed is not asked."""
    settings = make_settings(qbo, **variables)
    (connection,) = await connect(settings, qbo, REALM)
    async with open_registrations(settings, audit=unheard) as registrations:
        tokens = VaultedTokens(
            Sessions(engine).session,
            open_vault(settings),
            registrations,
            now=later(61),
        )
        asked = qbo.token_requests()
        store.sealed = True
        with pytest.raises(Down, match="secret_store_away"):
            await tokens.access_token(connection.id, connection.tenant_id)
        store.sealed = False
        store.fails_to_seal = True
        with pytest.raises(Down, match="secret_store_away"):
            await tokens.access_token(connection.id, connection.tenant_id)
        assert qbo.token_requests() == asked, "a token that can't be sealed is not asked for"
        store.fails_to_seal = False
        assert await tokens.access_token(connection.id, connection.tenant_id)
        assert qbo.token_requests() == asked + 1
    async with engine.connect() as database:
        found = await ConnectionStore(database).get(connection.id)
    assert found is not None
    assert found.state is ConnectionState.CONNECTED


async def _keys(url: str) -> list[str]:
    async with open_database(url) as engine, engine.connect() as database:
        return list((await database.execute(KEYS)).scalars())


def test_tokens_move_into_a_store_and_back(
    make_settings: MakeSettings,
    qbo: Simulated,
    variables: dict[str, str],
    migrated_database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asyncio.run(connect(make_settings(qbo), qbo, REALM))
    for said, sealed_by in (
        (variables, f"transit:transit/{KEY}"),
        ({**variables, "VAULT_STORE": "keys"}, "k1"),
    ):
        environ = environment(DATABASE_URL=migrated_database_url, **qbo.variables(), **said)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        assert run(app, ["vault", "rekey", "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"sealed": 1}
        arguments = ["tokens", "refresh", "--tenant", "t1", "--provider", "qbo"]
        assert run(app, [*arguments, "--realm", REALM]) == 0
        assert "refreshed" in capsys.readouterr().out
        assert asyncio.run(_keys(migrated_database_url)) == [sealed_by]
