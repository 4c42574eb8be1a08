"""An installed outbox of a test's own, and a maintenance session on it."""

from collections.abc import AsyncIterator

import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from producers.maintenance.session import Connection, open_session


@pytest_asyncio.fixture
async def session(database_url: str, engine: AsyncEngine) -> AsyncIterator[Connection]:
    async with open_session(database_url) as connection:
        yield connection
