"""An installed outbox of a test's own."""

from collections.abc import AsyncIterator, Iterator, MutableMapping
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from structlog.testing import capture_logs

from ledgerlane_outbox import install


@pytest.fixture
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged during the test: events with their fields."""
    with capture_logs() as entries:
        yield entries


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
