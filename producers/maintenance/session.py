"""A short-lived connection to a source's database that delays neither writers nor relays."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

import asyncpg

from producers.sources.postgres import database_errors, libpq_url

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_CONNECT_TIMEOUT_S: Final = 5.0
_STATEMENT_TIMEOUT_S: Final = 600.0

# Plans follow the indexes: the statistics describe a table most of which is published already.
_SESSION_SETTINGS: Final = {
    "application_name": "ledgerlane-maintenance",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "8s",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}


@asynccontextmanager
async def open_session(database_url: str) -> AsyncIterator[Connection]:
    """Open a connection and close it at the end; the database's errors become ours.

    Raises:
        SourceUnavailable: the database is away, or refused a statement.
    """
    with database_errors():
        connection = await asyncpg.connect(
            libpq_url(database_url),
            timeout=_CONNECT_TIMEOUT_S,
            command_timeout=_STATEMENT_TIMEOUT_S,
            server_settings=_SESSION_SETTINGS,
        )
        try:
            yield connection
        except BaseException:
            connection.terminate()
            raise
        await connection.close()
