"""An installed outbox of a test's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ledgerlane_outbox import install


@asynccontextmanager
async def open_outbox(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Yield an engine of a database with an outbox, and close its connections at the end."""
    # Asked before it is used, as some tests end the server or its sessions.
    engine = create_async_engine(database_url, pool_pre_ping=True)
    try:
        async with engine.begin() as connection:
            await install(connection)
        yield engine
    finally:
        await engine.dispose()
