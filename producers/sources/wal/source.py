"""Reads an outbox from the write-ahead log, by logical decoding, in the order of the commits.

Where there is no slot to read from, or none any more, it reads the table instead, as
:class:`producers.sources.snapshot.source.SnapshotSource` does, and makes a slot meanwhile.
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
    """The outbox of one PostgreSQL database; see :class:`producers.sources.source.Source`.

    Needs `wal_level = logical` and direct connections. The role needs REPLICATION, the rights
    to read the outbox and to write its cursor and parked tables, and, to make a publication and
    a cursor table of its own, to own the outbox and to CREATE in its schema and database; an
    owner may make both before.

    It has the lease of the whole outbox, which no relay that reads the table gets meanwhile.

    Args:
        silence_s: The server gives the slot to another relay when it has not heard of this one
            for so long.
    """

    def __init__(self, database_url: str, *, name: str, silence_s: float = _SILENCE_S) -> None:
        self._dsn = libpq_url(database_url)
        # The bootstrap reads how far the table is from the database.
        self._table = SnapshotSource(self._dsn, name=name, save_every_s=0)
        self._name = name
        self._silence_s = silence_s

    @property
    def name(self) -> str:
        """See :class:`producers.sources.source.Source`."""
        return self._name

    def session(self) -> AbstractAsyncContextManager["WalSession"]:
        """See :class:`producers.sources.source.Source`."""
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
    """See :class:`producers.sources.source.SourceSession`: first a bootstrap, then the tail."""

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
        """Go on where the last session ended, by the log where it can be.

        Raises:
            LeaseTaken: another connection reads from the slot.
            SourceUnavailable: the database is away.
        """
        saved = await store.load()
        gap = find_gap(await store.slot(), saved, published=await store.is_published())
        if gap or saved is None:
            bootstrap = Bootstrap(table, store, connect, saved=saved, gap=gap)
            return cls(table, store, bootstrap)
        tail = await _read_log(table, store, await connect(), saved.cursor, saved.beyond)
        return cls(table, store, tail)

    @property
    def reads_log(self) -> bool:
        """Whether rows come from the log by now, and not from the table."""
        return isinstance(self._reader, LogReader)

    async def poll(self, limit: int) -> Batch:
        """See :class:`producers.sources.source.SourceSession`."""
        if isinstance(self._reader, Bootstrap) and await self._reader.is_complete():
            stream, cursor = await self._reader.hand_over()
            self._reader = await _read_log(self._table, self._store, stream, cursor, 0)
        return await self._reader.poll(limit)

    async def wait(self) -> None:
        """See :class:`producers.sources.source.SourceSession`."""
        await self._reader.wait()

    async def keep_lease(self) -> None:
        """See :class:`producers.sources.source.SourceSession`."""
        await self._reader.heartbeat()

    async def held_keys(self) -> set[Key]:
        """See :class:`producers.sources.source.SourceSession`."""
        return await self._table.held_keys()

    async def unparked(self, limit: int) -> UnparkedBatch:
        """See :class:`producers.sources.source.SourceSession`."""
        return await self._table.unparked(limit)

    async def backlog(self) -> Backlog:
        """See :class:`producers.sources.source.SourceSession`."""
        return await self._reader.backlog()


async def _read_log(
    table: SourceSession, store: WalStore, stream: WalStream, cursor: WalCursor, beyond: int
) -> LogReader:
    assembler = TransactionAssembler(cursor, await store.table_done(), await store.table_oid())
    await stream.start(store.slot_name, cursor.lsn, PUBLICATION)
    return LogReader(table, store, stream, assembler, beyond=beyond)
