"""A process that is killed while its refresh token changes: the next one still refreshes."""

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from gateway.config.settings import Settings
from providers.connections import Connection
from providers.simulators.xero.config import TokenRules
from tests.fakes.environment import environment
from tests.fakes.served import (
    QBO_REALMS,
    XERO_REALMS,
    Simulated,
    simulated_qbo,
    simulated_xero,
)
from tests.integration.gateway.connecting import connect

MakeSettings = Callable[..., Settings]
REALMS = {"qbo": QBO_REALMS[0], "xero": XERO_REALMS[0]}
each_provider = pytest.mark.parametrize("name", ["qbo", "xero"])

CALL = """
import asyncio, sys
from uuid import UUID
from gateway.config.settings import Settings
from gateway.wiring.database import open_sessions
from gateway.wiring.providers import open_registrations, vaulted_tokens
from schemas.ids import ConnectionId, TenantId

async def main():
    settings = Settings.from_environ()
    async with (
        open_sessions(settings) as sessions,
        open_registrations(settings, audit=lambda call: None) as registrations,
    ):
        tokens = vaulted_tokens(settings, sessions, registrations)
        connection, tenant = ConnectionId(UUID(sys.argv[1])), TenantId(sys.argv[2])
        token = await tokens.access_token(connection, tenant)
        await tokens.replace(connection, tenant, token)

asyncio.run(main())
"""


async def _call_in_a_process(
    url: str, simulator: Simulated, connection: Connection, **changes: str
) -> int | None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        CALL,
        str(connection.id),
        connection.tenant_id,
        env=environment(DATABASE_URL=url, **simulator.variables(), **changes),
    )
    await process.communicate()
    return process.returncode


@contextmanager
def rotating(name: str, *, grace: bool) -> Iterator[Simulated]:
    """Serve a provider that gives a new refresh token for each one that is used.

    With a grace time the one before goes on working for a while; without it ends at once.
    """
    if name == "xero":
        with simulated_xero(TokenRules() if grace else TokenRules(refresh_grace=None)) as xero:
            yield xero
        return
    switches = {} if grace else {"old_value_grace_s": 0}
    with simulated_qbo(rotates_after_s=0, **switches) as qbo:
        yield qbo


@pytest.mark.accepts("TOK-02")
@each_provider
async def test_killed_between_answer_and_use_the_rotated_token_is_kept(
    make_settings: MakeSettings, name: str, migrated_database_url: str
) -> None:
    """Without grace the token before is refused: only the rotated one can refresh."""
    with rotating(name, grace=False) as simulator:
        settings = make_settings(simulator)
        (connection,) = await connect(settings, simulator, REALMS[name])
        killed = await _call_in_a_process(
            migrated_database_url,
            simulator,
            connection,
            CRASH_POINT="after_persist_before_use",
        )
        assert killed == -signal.SIGKILL
        assert simulator.token_requests() == 2
        restarted = await _call_in_a_process(migrated_database_url, simulator, connection)
        assert restarted == 0
        assert simulator.token_requests() == 3


@pytest.mark.accepts("TOK-02")
@each_provider
async def test_killed_before_it_is_stored_the_token_before_still_refreshes(
    make_settings: MakeSettings, name: str, migrated_database_url: str
) -> None:
    """No client can do better: the provider's grace is what saves this one."""
    with rotating(name, grace=True) as simulator:
        (connection,) = await connect(make_settings(simulator), simulator, REALMS[name])
        killed = await _call_in_a_process(
            migrated_database_url,
            simulator,
            connection,
            CRASH_POINT="after_refresh_before_persist",
        )
        assert killed == -signal.SIGKILL
        restarted = await _call_in_a_process(migrated_database_url, simulator, connection)
        assert restarted == 0
