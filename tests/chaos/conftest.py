"""Services and a cast for the fault tests, which run on the session's event loop."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.chaos.cast import Cast, open_cast
from tests.chaos.ground import Ground, open_ground


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ground() -> AsyncIterator[Ground]:
    async with open_ground() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def cast(ground: Ground) -> AsyncIterator[Cast]:
    async with open_cast(ground) as opened:
        yield opened
