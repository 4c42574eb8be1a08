"""An installed outbox of a test's own."""

from collections.abc import AsyncIterator

import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ledgerlane_outbox import install


@pytest_asyncio.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A database with an outbox."""
    engine = create_async_engine(database_url)
    try:
        async with engine.begin() as connection:
            await install(connection)
        yield engine
    finally:
        await engine.dispose()
