"""Reads an outbox from the write-ahead log, by logical decoding, in the order of the commits.

Where no slot can be read from, it reads the table instead and makes a slot meanwhile.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Final

from producers.sources.postgres import libpq_url
from producers.sources.snapshot.source import SnapshotSource
from producers.sources.source import Backlog, Batch, Key, SourceSession, UnparkedBatch
from producers.sources.wal.bootstrap import Bootstrap, find_gap
from producers.sources.wal.cursor import WalCursor
from producers.sources.wal.reader import LogReader
from producers.sources.wal.store import PUBLICATION, WalStore, open_store
from producers.sources.wal.stream import WalStream, open_stream
from producers.sources.wal.transaction_assembler import TransactionAssembler

_SILENCE_S: Final = 7.0


class WalSource:
    """The outbox of one PostgreSQL database, read from its log.

    It needs `wal_level = logical` and direct connections. The role needs REPLICATION and the
    rights to read the outbox and to write its tables of cursors and parked rows. To make the
    publication and the cursor table itself it also has to own the outbox and to have CREATE on
    its schema and database; an owner may make both beforehand.

    A session has the lease of the whole outbox, so that no relay reads the table meanwhile.

    Args:
        silence_s: The time in seconds after which the server gives the slot to another relay
            when this one is silent.
    """

    def __init__(self, database_url: str, *, name: str, silence_s: float = _SILENCE_S) -> None:
        self._dsn = libpq_url(database_url)
        # The bootstrap asks the database how far the table is read, so every move of the
        # table's cursor has to be written at once.
        self._table = SnapshotSource(self._dsn, name=name, save_every_s=0)
        self._name = name
        self._silence_s = silence_s

    @property
    def name(self) -> str:
        """Return the name of this source in metrics and logs."""
        return self._name

    def session(self) -> AbstractAsyncContextManager["WalSession"]:
        """Take the lease and resume in the log, or in the table where the log can't be read."""
        return self._session()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator["WalSession"]:
        async with AsyncExitStack() as stack:
            table = await stack.enter_async_context(self._table.session())
            store = await stack.enter_async_context(open_store(self._dsn))

            async def connect() -> WalStream:
                stream = open_stream(self._dsn, silence_s=self._silence_s)
                return await stack.enter_async_context(stream)

            yield await WalSession.resume(table, store, connect)


class WalSession:
    """One relay's session: a bootstrap from the table where one is needed, then the log."""

    def __init__(
        self, table: SourceSession, store: WalStore, reader: "Bootstrap | LogReader"
    ) -> None:
        self._table = table
        self._store = store
        self._reader = reader

    @classmethod
    async def resume(
        cls,
        table: SourceSession,
        store: WalStore,
        connect: Callable[[], Awaitable[WalStream]],
    ) -> "WalSession":
        """Return a session that resumes where the last one ended.

        Raises:
            LeaseTaken: another connection reads from the slot.
            SourceUnavailable: the database is away.
        """
        saved = await store.load()
        gap = find_gap(await store.slot(), saved, published=await store.is_published())
        if gap or saved is None:
            bootstrap = Bootstrap(table, store, connect, saved=saved, gap=gap)
            return cls(table, store, bootstrap)
        reader = await _read_log(table, store, await connect(), saved.cursor, saved.beyond)
        return cls(table, store, reader)

    @property
    def reads_log(self) -> bool:
        """Return whether rows come from the log, no longer from the table."""
        return isinstance(self._reader, LogReader)

    async def poll(self, limit: int) -> Batch:
        """Return rows of the table until the bootstrap is complete, then of the log."""
        if isinstance(self._reader, Bootstrap) and await self._reader.is_complete():
            stream, cursor = await self._reader.finish()
            self._reader = await _read_log(self._table, self._store, stream, cursor, 0)
        return await self._reader.poll(limit)

    async def wait(self) -> None:
        """Return when rows may be there, after a second at the latest."""
        await self._reader.wait()

    async def keep_lease(self) -> None:
        """Show the server that this relay lives, on all of its connections."""
        await self._reader.heartbeat()

    async def held_keys(self) -> set[Key]:
        """Return the keys whose rows have to wait behind a parked row."""
        return await self._table.held_keys()

    async def unparked(self, limit: int) -> UnparkedBatch:
        """Return the parked rows that an operator decided to retry."""
        return await self._table.unparked(limit)

    async def backlog(self) -> Backlog:
        """Return the rows of the table that are not acknowledged yet."""
        return await self._reader.backlog()


async def _read_log(
    table: SourceSession, store: WalStore, stream: WalStream, cursor: WalCursor, beyond: int
) -> LogReader:
    assembler = TransactionAssembler(cursor, await store.table_done(), await store.table_oid())
    await stream.start(store.slot_name, cursor.lsn, PUBLICATION)
    return LogReader(table, store, stream, assembler, beyond=beyond)
