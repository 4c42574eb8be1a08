"""A relay's connection to a source's database, and that database's errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg
from sqlalchemy.engine import make_url

from ledgerlane_outbox import store
from producers.errors import SourceUnavailable

_CONNECT_TIMEOUT_S: Final = 5.0
_STATEMENT_TIMEOUT_S: Final = 60.0
_CLOSE_TIMEOUT_S: Final = 2.0

# The internal error is what the driver makes of a session that was ended while it idled.
_DATABASE_ERRORS: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)

# The server ends the session, and with it the lease, of a relay that is gone, cut off or
# frozen: with the second that others take to notice, less than ten to a takeover, by one clock.
# Losing the last move of the cursor in a crash of the server only repeats, so it need not wait
# for the disk. Plans are made once, along the indexes and for one process, whatever the
# statistics say of a table that is mostly behind us: starting parallel workers alone would take
# ten milliseconds.
_SESSION_SETTINGS: Final = {
    "application_name": "ledgerlane-relay",
    "idle_session_timeout": "7s",
    "idle_in_transaction_session_timeout": "7s",
    "tcp_user_timeout": "7s",
    "synchronous_commit": "off",
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_sort": "off",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}


def libpq_url(database_url: str) -> str:
    """Give an SQLAlchemy URL as the driver alone wants it."""
    url = make_url(database_url).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


async def connect(dsn: str) -> "asyncpg.Connection[asyncpg.Record]":
    """Open a session that the server ends seven seconds after the last word of its client.

    Raises:
        SourceUnavailable: the database does not answer.
    """
    with database_errors():
        return await asyncpg.connect(
            dsn,
            timeout=_CONNECT_TIMEOUT_S,
            command_timeout=_STATEMENT_TIMEOUT_S,
            server_settings=_SESSION_SETTINGS,
        )


async def give_back(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """End a session in good order: whoever waits for its leases is told that they are free.

    Raises:
        SourceUnavailable: the connection was cut in these very moments; they are free then too.
    """
    if connection.is_closed():
        return
    with database_errors():
        await connection.execute(store.GIVE_BACK)
        await connection.close(timeout=_CLOSE_TIMEOUT_S)


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn the driver's errors into ours, keeping the cause."""
    try:
        yield
    except _DATABASE_ERRORS as exc:
        raise SourceUnavailable(f"{type(exc).__name__}: {exc}") from exc
