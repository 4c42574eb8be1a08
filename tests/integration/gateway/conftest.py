"""What the gateway's integration tests share: an engine, simulators, settings for both."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.config.settings import Settings
from gateway.database.engine import open_database
from tests.fakes.environment import environment
from tests.fakes.served import Simulated, simulated_qbo, simulated_xero

MakeSettings = Callable[..., Settings]


@pytest_asyncio.fixture
async def engine(migrated_database_url: str) -> AsyncIterator[AsyncEngine]:
    async with open_database(migrated_database_url, pool=20) as found:
        yield found


@pytest.fixture
def qbo() -> Iterator[Simulated]:
    """QuickBooks at its strictest: every refresh rotates, and kills the token before it."""
    with simulated_qbo(rotates_after_s=0, old_value_grace_s=0) as found:
        yield found


@pytest.fixture
def xero() -> Iterator[Simulated]:
    with simulated_xero() as found:
        yield found


@pytest.fixture
def make_settings(migrated_database_url: str) -> MakeSettings:
    """Return a function that makes settings for the test's database and given simulators."""

    def make(*simulators: Simulated, **changes: str) -> Settings:
        said = {"DATABASE_URL": migrated_database_url}
        for simulator in simulators:
            said |= simulator.variables()
        return Settings.from_environ(environment(**said | changes))

    return make
