"""The gateway's database, open and at this program's revision, and with tenants kept apart."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.config.settings import Settings
from gateway.database.engine import POOL, open_database
from gateway.database.migrate import check_migrated
from gateway.database.sessions import Sessions
from gateway.database.tenancy import check_role


@asynccontextmanager
async def open_sessions(settings: Settings, *, pool: int = POOL) -> AsyncIterator[Sessions]:
    """Yield the sessions of the settings' database, and close it at the end.

    Args:
        pool: The most connections at once.

    Raises:
        DatabaseUnreachable: there is no answer.
        NotMigrated: the database is at another revision.
        UnsafeRole: the product's role there would not keep tenants apart.
    """
    async with open_database(settings.database_url, pool=pool) as engine:
        await check_migrated(engine)
        await check_role(engine)
        yield Sessions(engine)
