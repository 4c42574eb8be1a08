"""The database engine: how it is made, and the check that the database answers."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import partial
from typing import Final

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gateway.errors import DatabaseUnreachable

POOL: Final = 10
CONNECT_TIMEOUT_S: Final = 5


@asynccontextmanager
async def open_database(url: str, *, pool: int = POOL) -> AsyncIterator[AsyncEngine]:
    """Open an engine on a database that has answered, yield it, and close it at the end.

    Numbers with a fraction are read from JSON columns exactly, as decimals.

    Args:
        url: The address, with any PostgreSQL scheme; asyncpg is the driver.
        pool: The largest number of connections at once.

    Raises:
        DatabaseUnreachable: no answer, or we are not let in. The message has no password.
    """
    engine = create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        pool_size=pool,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"timeout": CONNECT_TIMEOUT_S},
        json_deserializer=partial(json.loads, parse_float=Decimal),
    )
    try:
        await check_database(engine)
        yield engine
    finally:
        await engine.dispose()


async def check_database(engine: AsyncEngine) -> None:
    """Check that the database answers.

    Raises:
        DatabaseUnreachable: there is none.
    """
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except (OSError, DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError) as exc:
        where = f"{engine.url.host}:{engine.url.port or 5432}/{engine.url.database}"
        why = str(exc).splitlines()[0] if str(exc) else type(exc).__name__
        raise DatabaseUnreachable(f"the database at {where} does not answer: {why}") from exc
