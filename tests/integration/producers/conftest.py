"""An installed outbox of a test's own."""

from collections.abc import AsyncIterator, Iterator, MutableMapping
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from tests.integration.installed_outbox import open_outbox


@pytest.fixture
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged during the test: events with their fields."""
    with capture_logs() as entries:
        yield entries


@pytest_asyncio.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A database with an outbox."""
    async with open_outbox(database_url) as found:
        yield found
