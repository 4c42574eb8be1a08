"""The gateway's database, open and at this program's revision."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.config.settings import Settings
from gateway.database.engine import POOL, open_database
from gateway.database.migrate import check_migrated
from gateway.database.sessions import Sessions


@asynccontextmanager
async def open_sessions(settings: Settings, *, pool: int = POOL) -> AsyncIterator[Sessions]:
    """Yield the sessions of the settings' database, and close it at the end.

    Args:
        pool: The most connections at once.

    Raises:
        DatabaseUnreachable: there is no answer.
        NotMigrated: the database is at another revision.
    """
    async with open_database(settings.database_url, pool=pool) as engine:
        await check_migrated(engine)
        yield Sessions(engine)
