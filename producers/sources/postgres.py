"""The relay's connection to a source's database, and the mapping of its errors."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Final

import asyncpg
from sqlalchemy.engine import make_url

from ledgerlane_outbox import store
from producers.errors import SourceUnavailable
from producers.record_headers import EPOCH
from producers.sources.source import Parked

_CONNECT_TIMEOUT_S: Final = 5.0
_STATEMENT_TIMEOUT_S: Final = 60.0
_CLOSE_TIMEOUT_S: Final = 2.0

# The driver raises an internal error for a session that was ended while it was idle.
_DATABASE_ERRORS: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)

# The server ends the session, and with it the lease, of a relay that is dead, cut off or
# frozen. With the second that other relays take to notice, a takeover needs less than ten
# seconds.
#
# `synchronous_commit` is off because a crash of the server that loses the last move of a cursor
# only repeats rows: it need not wait for the disk.
#
# Plans are made once and follow the indexes, in one process. The statistics describe a table
# most of which is published already, and starting parallel workers alone would take ten
# milliseconds.
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
    """Return an SQLAlchemy URL in the form that the driver itself understands."""
    url = make_url(database_url).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


async def connect(dsn: str) -> "asyncpg.Connection[asyncpg.Record]":
    """Return a session that the server ends after seven seconds without a statement.

    It returns a `timestamptz` in PostgreSQL's microseconds, see :func:`moment_of`, and takes a
    datetime.

    Raises:
        SourceUnavailable: the database does not answer.
    """
    with database_errors():
        connection = await asyncpg.connect(
            dsn,
            timeout=_CONNECT_TIMEOUT_S,
            command_timeout=_STATEMENT_TIMEOUT_S,
            server_settings=_SESSION_SETTINGS,
        )
        try:
            await _leave_times_as_they_are(connection)
        except BaseException:
            connection.terminate()
            raise
    return connection


async def _leave_times_as_they_are(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    # Every row has a time, which becomes a text: a datetime on the way is only work.
    await connection.set_type_codec(
        "timestamptz",
        schema="pg_catalog",
        encoder=lambda moment: ((moment - EPOCH) // timedelta(microseconds=1),),
        decoder=itemgetter(0),
        format="tuple",
    )


def moment_of(time: int) -> datetime:
    """Return the moment that PostgreSQL has as microseconds from the beginning of 2000."""
    return EPOCH + timedelta(microseconds=time)


async def give_back(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Close a session, and notify other relays that its leases are free.

    Raises:
        SourceUnavailable: the connection was cut meanwhile; the leases are free as well.
    """
    if connection.is_closed():
        return
    with database_errors():
        await connection.execute(store.GIVE_BACK)
        await connection.close(timeout=_CLOSE_TIMEOUT_S)


async def store_parked(
    connection: "asyncpg.Connection[asyncpg.Record]", rows: Sequence[Parked]
) -> None:
    """Store rows of the outbox among the parked ones, in the caller's transaction."""
    await connection.fetch(
        store.PARK,
        [row.seq for row in rows],
        [row.reason for row in rows],
        [row.holds_key for row in rows],
    )


@contextmanager
def database_errors() -> Iterator[None]:
    """Translate the driver's errors into ours, with their cause."""
    try:
        yield
    except _DATABASE_ERRORS as exc:
        raise SourceUnavailable(f"{type(exc).__name__}: {exc}") from exc
