"""Reads an outbox by snapshot difference: the rows that are visible now and were not before."""

import logging
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final, cast

import asyncpg
import orjson
from sqlalchemy.engine import make_url

from ledgerlane_outbox import store
from ledgerlane_outbox.store import OutboxRow
from producers.errors import LeaseTaken, SourceUnavailable
from producers.sources.base import Backlog, Key, Parked, SourceSession
from producers.sources.cursor import Cursor, oldest_open_xid
from producers.sources.doorbell import Doorbell

_log = logging.getLogger(__name__)

_DIFFERENCE_ROWS: Final = 1_000
"""A larger difference is read in pages, the rest of it by another plan."""

_PORTION_ROWS: Final = 500
_PAGE_BYTES: Final = 32 * 1024 * 1024
_PAYLOAD: Final = itemgetter(4)

_CONNECT_TIMEOUT_S: Final = 5.0
_CLOSE_TIMEOUT_S: Final = 2.0
_STATEMENT_TIMEOUT_S: Final = 60.0
_REPAIR_TIMEOUT_S: Final = 3600.0

# The internal error is what the driver makes of a session that was ended while it idled.
_DATABASE_ERRORS: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)

# The server ends the session, and with it the lease, of a relay that is gone, cut off or
# frozen: ten seconds to a takeover, by one clock. Losing the last move of the cursor in
# a crash of the server only repeats, so it need not wait for the disk. Plans are made once,
# along the indexes and for one process, whatever the statistics say of a table that is mostly
# behind us: starting parallel workers alone would take ten milliseconds.
_SESSION_SETTINGS: Final = {
    "application_name": "ledgerlane-relay",
    "idle_session_timeout": "8s",
    "idle_in_transaction_session_timeout": "8s",
    "tcp_user_timeout": "8s",
    "synchronous_commit": "off",
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_sort": "off",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}


class SnapshotSource:
    """The outbox of one PostgreSQL database; see :class:`producers.sources.base.Source`.

    Needs a direct connection: a pooler that hands sessions around would lose the lease.
    """

    def __init__(self, database_url: str, *, name: str) -> None:
        url = make_url(database_url).set(drivername="postgresql")
        self._dsn = url.render_as_string(hide_password=False)
        self._name = name

    @property
    def name(self) -> str:
        """See :class:`producers.sources.base.Source`."""
        return self._name

    def session(self) -> AbstractAsyncContextManager[SourceSession]:
        """See :class:`producers.sources.base.Source`."""
        return self._session()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[SourceSession]:
        with _database_errors():
            connection = await asyncpg.connect(
                self._dsn,
                timeout=_CONNECT_TIMEOUT_S,
                command_timeout=_STATEMENT_TIMEOUT_S,
                server_settings=_SESSION_SETTINGS,
            )
        try:
            with _database_errors():
                session = await self._resume(connection)
            yield session
        except BaseException:
            connection.terminate()
            raise
        await connection.close(timeout=_CLOSE_TIMEOUT_S)

    async def _resume(
        self, connection: "asyncpg.Connection[asyncpg.Record]"
    ) -> "SnapshotSession":
        if await connection.fetchval(store.STANDBY):
            raise SourceUnavailable(f"{self._name} is a standby: give the primary's address")
        if not await connection.fetchval(store.TAKE_LEASE):
            raise LeaseTaken(self._name)
        await connection.set_type_codec(
            "json", schema="pg_catalog", encoder=str, decoder=_headers
        )
        doorbell = Doorbell(connection, time.monotonic)
        await doorbell.listen()
        return SnapshotSession(connection, doorbell, await self._load_cursor(connection))

    async def _load_cursor(self, connection: "asyncpg.Connection[asyncpg.Record]") -> Cursor:
        """Read the cursor; make one where there is none or where it is another life's."""
        identity = tuple(await connection.fetchrow(store.IDENTITY) or ())
        async with connection.transaction():
            found = await connection.fetchrow(store.LOAD_CURSOR)
            if found is None:
                await connection.execute(store.CREATE_CURSOR, *identity)
            elif (found["system_identifier"], found["timeline"]) != identity or found["ahead"]:
                _log.warning(
                    "%s was restored or failed over: resuming after seq %s, with repeats",
                    self._name,
                    found["low_seq"],
                )
                await connection.execute(store.FORGET_XIDS, timeout=_REPAIR_TIMEOUT_S)
                await connection.execute(store.RESUME_BY_SEQ, *identity)
        found = cast("asyncpg.Record", await connection.fetchrow(store.LOAD_CURSOR))
        return Cursor(found["done"], found["target"], found["last_seq"])


class SnapshotSession:
    """See :class:`producers.sources.base.SourceSession`."""

    def __init__(
        self,
        connection: "asyncpg.Connection[asyncpg.Record]",
        doorbell: Doorbell,
        cursor: Cursor,
    ) -> None:
        self._connection = connection
        self._doorbell = doorbell
        self._read = cursor
        self._newest_seq = 0

    async def poll(self, limit: int) -> "SnapshotBatch":
        """See :class:`producers.sources.base.SourceSession`."""
        with _database_errors():
            batch = await self._rest_of_difference(limit)
            if batch is None or not batch.rows:
                batch = await self._new_difference(min(limit, _DIFFERENCE_ROWS))
            if batch.rows:
                await self._doorbell.rows_came()
        return batch

    async def _rest_of_difference(self, limit: int) -> "SnapshotBatch | None":
        """Read on towards the target, when there is one."""
        target = self._read.target
        if target is None:
            return None
        rows, more = await self._page(target, limit)
        return self._batch(rows, more, target)

    async def _new_difference(self, limit: int) -> "SnapshotBatch":
        target, self._newest_seq = await self._row(store.SNAPSHOT)
        rows: list[OutboxRow] = []
        if target != self._read.done:
            rows = await self._rows(store.DIFFERENCE, self._read.done, target, limit)
        return self._batch(rows, len(rows) == limit, target)

    def _batch(self, rows: list[OutboxRow], more: bool, target: str) -> "SnapshotBatch":
        self._read = (
            self._read.through(target, rows[-1][0]) if more else self._read.arrived(target)
        )
        return SnapshotBatch(self, rows, more, self._read, self._newest_seq)

    async def wait(self) -> None:
        """See :class:`producers.sources.base.SourceSession`."""
        with _database_errors():
            await self._doorbell.wait(oldest_open_xid(self._read.done))

    async def keep_lease(self) -> None:
        """See :class:`producers.sources.base.SourceSession`."""
        with _database_errors():
            await self._connection.fetchval(store.STANDBY)

    async def held_keys(self) -> set[Key]:
        """See :class:`producers.sources.base.SourceSession`."""
        with _database_errors():
            found = await self._connection.fetch(store.HELD_KEYS)
        return {(row[0], row[1]) for row in found}

    async def backlog(self) -> Backlog:
        """See :class:`producers.sources.base.SourceSession`."""
        with _database_errors():
            rows, oldest_at = await self._row(store.BACKLOG)
        return Backlog(rows, oldest_at)

    async def save(self, batch: "SnapshotBatch", parked: Sequence[Parked]) -> None:
        """Park rows and move the cursor behind the batch, both or neither."""
        cursor = batch.cursor
        move = (cursor.done, cursor.target, cursor.last_seq, batch.newest_seq)
        with _database_errors():
            if not parked:
                await self._connection.fetch(store.SAVE_CURSOR, *move)
                return
            async with self._connection.transaction():
                await self._park(parked)
                await self._connection.fetch(store.SAVE_CURSOR, *move)

    async def _park(self, rows: Sequence[Parked]) -> None:
        await self._connection.fetch(
            store.PARK,
            [row.seq for row in rows],
            [row.reason for row in rows],
            [row.holds_key for row in rows],
        )

    async def _page(self, target: str, limit: int) -> tuple[list[OutboxRow], bool]:
        """Read on towards the target until there are rows or bytes enough."""
        page: list[OutboxRow] = []
        size = 0
        async with self._connection.transaction():
            portal = await self._connection.cursor(
                store.PAGE, self._read.done, target, self._read.last_seq, limit
            )
            while size < _PAGE_BYTES:
                rows = _as_rows(await portal.fetch(_PORTION_ROWS))
                page += rows
                size += sum(map(len, map(_PAYLOAD, rows)))
                if len(rows) < _PORTION_ROWS:
                    return page, len(page) == limit
        return page, True

    async def _rows(self, statement: str, *arguments: object) -> list[OutboxRow]:
        return _as_rows(await self._connection.fetch(statement, *arguments))

    async def _row(self, statement: str) -> tuple[Any, ...]:
        return tuple(await self._connection.fetchrow(statement) or ())


def _as_rows(records: "list[asyncpg.Record]") -> list[OutboxRow]:
    """Call the driver's records what they unpack and index like."""
    return cast("list[OutboxRow]", records)


@dataclass(frozen=True, slots=True)
class SnapshotBatch:
    """See :class:`producers.sources.base.Batch`; ``cursor`` is the one behind its rows."""

    session: SnapshotSession
    rows: Sequence[OutboxRow]
    more: bool
    cursor: Cursor
    newest_seq: int

    async def acknowledge(self, parked: Sequence[Parked] = ()) -> None:
        """See :class:`producers.sources.base.Batch`."""
        await self.session.save(self, parked)


def _headers(text: str) -> Any:
    """Decode headers; what Python cannot read stays text, for the publisher to reject."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


@contextmanager
def _database_errors() -> Iterator[None]:
    """Turn the driver's errors into ours, keeping the cause."""
    try:
        yield
    except _DATABASE_ERRORS as exc:
        raise SourceUnavailable(f"{type(exc).__name__}: {exc}") from exc
