"""An installed outbox of a test's own."""

from collections.abc import AsyncIterator

import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.installed_outbox import open_outbox


@pytest_asyncio.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A database with an outbox."""
    async with open_outbox(database_url) as found:
        yield found
