"""A consent of either provider becomes one connection with one token."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.config.settings import Settings
from gateway.runtime.lifecycle import utc_now
from providers.connections import ConnectionState, ConnectionStore
from tests.fakes.served import QBO, QBO_REALMS, XERO, XERO_REALMS
from tests.integration.gateway.connecting import connect

REALMS = {QBO: QBO_REALMS[0], XERO: XERO_REALMS[0]}


@pytest.mark.accepts("CON-05")
@pytest.mark.parametrize("name", [QBO, XERO])
async def test_a_consent_becomes_one_connection_with_its_token(
    request: pytest.FixtureRequest,
    make_settings: Callable[..., Settings],
    engine: AsyncEngine,
    name: str,
) -> None:
    simulator = request.getfixturevalue(name)
    realm = REALMS[simulator.name]
    (made,) = await connect(make_settings(simulator), simulator, realm)
    async with engine.connect() as database:
        found = await ConnectionStore(database).get(made.id)
        assert await database.scalar(text("SELECT count(*) FROM grants")) == 1
    assert found is not None
    assert (found.provider, found.realm_id, found.tenant_id) == (name, realm, "t1")
    assert found.state is ConnectionState.CONNECTED
    assert set(found.scopes) == set(simulator.provider.oauth.scopes)
    assert found.token_expires_at is not None
    assert timedelta(0) < found.token_expires_at - utc_now() <= timedelta(hours=1)
