"""An installed outbox of a test's own."""

from collections.abc import AsyncIterator, Iterator, MutableMapping
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from structlog.testing import capture_logs

from ledgerlane_outbox import install
from producers.sources.snapshot import wakeup


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


@pytest.fixture
def rare_polls(monkeypatch: pytest.MonkeyPatch) -> float:
    """Make a sleeping relay poll every three seconds only, so that a wake-up is told apart.

    Return the seconds within which only a notification can have woken it, also under load.
    """
    monkeypatch.setattr(wakeup, "FLOOR_S", 3.0)
    return 1.5
