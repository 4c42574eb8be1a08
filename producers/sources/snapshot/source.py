"""Reads the outbox's table: the rows that are visible in this snapshot and not in the last."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, Final, Self, cast

import asyncpg

from ledgerlane_outbox import store
from ledgerlane_outbox.store import OutboxRow
from producers.sources.postgres import (
    connect,
    database_errors,
    give_back,
    libpq_url,
    moment_of,
    store_parked,
)
from producers.sources.snapshot.cursor import oldest_open_xid
from producers.sources.snapshot.position import Position
from producers.sources.snapshot.shard_cursors import ShardCursor, take_shard
from producers.sources.snapshot.unparked import DecisionReader, UnparkedRows
from producers.sources.snapshot.wakeup import FLOOR_S, Wakeup
from producers.sources.source import WHOLE, Backlog, Key, Parked, Shard

SAVE_EVERY_S: Final = 0.02
"""The shortest time between two writes of the cursor, in seconds; each is a transaction."""

# The plan of the difference sorts all that is new, so its cost is that of the whole backlog. A
# larger difference is frozen at its upper end and read in pages along the index on `seq`.
_DIFFERENCE_ROWS: Final = 1_000

_ROW_COLUMNS: Final = 12
_PORTION_ROWS: Final = 500
_PAGE_BYTES: Final = 32 * 1024 * 1024
_PAYLOAD: Final = itemgetter(4)


class SnapshotSource:
    """The outbox of one PostgreSQL database, or one shard of it.

    It needs a direct connection: a pooler that shares sessions would lose the lease.

    Args:
        save_every_s: The time in seconds for which an acknowledgement may wait to be written
            together with later ones. A crash repeats what was acknowledged within that time.
        longest_nap_s: The longest time between two polls, in seconds.
    """

    def __init__(
        self,
        database_url: str,
        *,
        name: str,
        shard: Shard = WHOLE,
        save_every_s: float = SAVE_EVERY_S,
        longest_nap_s: float = FLOOR_S,
    ) -> None:
        self._dsn = libpq_url(database_url)
        self._name = shard.name(name)
        self._shard = shard
        self._save_every_s = save_every_s
        self._longest_nap_s = longest_nap_s

    @property
    def name(self) -> str:
        """Return the name of this source in metrics and logs."""
        return self._name

    def session(self) -> AbstractAsyncContextManager["SnapshotSession"]:
        """Take the shard's lease and resume at its cursor."""
        return self._session()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator["SnapshotSession"]:
        connection = await connect(self._dsn)
        try:
            with database_errors():
                session = await self._resume(connection)
            yield session
            await session.save_rest()
        except BaseException:
            # Terminated without a farewell, which could wait for a server that does not answer:
            # the server ends the session, and the lease is free.
            connection.terminate()
            raise
        await give_back(connection)

    async def _resume(
        self, connection: "asyncpg.Connection[asyncpg.Record]"
    ) -> "SnapshotSession":
        place = await take_shard(connection, self._shard, name=self._name)
        wakeup = Wakeup(
            connection,
            time.monotonic,
            alone=self._shard.count == 1,
            longest_nap_s=self._longest_nap_s,
        )
        await wakeup.listen()
        decisions = DecisionReader(connection, self._shard, source=self._name)
        reading = Reading.of(self._shard)
        return SnapshotSession(
            *(connection, wakeup, reading, place),
            decisions=decisions,
            save_every_s=self._save_every_s,
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """The statements that read one shard.

    Attributes:
        difference: The statement that returns the rows that are new in a snapshot.
        page: The statement that returns one page of a frozen difference.
        parameters: The parameters by which both statements choose the shard.
        shard: The number of the shard.
    """

    difference: str
    page: str
    parameters: tuple[int, ...]
    shard: int

    @classmethod
    def of(cls, shard: Shard) -> Self:
        """Return the statements for a shard."""
        # The whole outbox is read without computing the shard of each row.
        if shard.count == 1:
            return cls(store.DIFFERENCE, store.PAGE, (), shard.number)
        parameters = (shard.count, shard.number)
        return cls(store.DIFFERENCE_OF_SHARD, store.PAGE_OF_SHARD, parameters, shard.number)


class SnapshotSession:
    """One relay's session at the outbox's table."""

    def __init__(
        self,
        connection: "asyncpg.Connection[asyncpg.Record]",
        wakeup: Wakeup,
        reading: Reading,
        place: ShardCursor,
        *,
        decisions: DecisionReader,
        save_every_s: float,
    ) -> None:
        self._connection = connection
        self._wakeup = wakeup
        self._decisions = decisions
        self._reading = reading
        self._layout = place.layout
        self._read = place.cursor
        self._newest_seq = 0
        self._save_every_s = save_every_s
        self._save_at = float("-inf")
        self._unsaved: Position | None = None

    async def follow(self, position: bytes) -> bool:
        """Acknowledge everything before a position; return whether it was past the cursor."""
        found = Position.from_bytes(position)
        if found.layout != self._layout or not found.cursor.is_past(self._read):
            return False
        await self.save(found)
        self._read = found.cursor
        return True

    async def make_durable(self) -> None:
        """Return when no crash of the database can undo what was polled."""
        with database_errors():
            await self._connection.fetch(store.MAKE_DURABLE, self._reading.shard)

    async def poll(self, limit: int) -> "SnapshotBatch":
        """Return rows that became visible since the last poll."""
        with database_errors():
            batch = await self._rest_of_difference(limit)
            if batch is None or not batch.rows:
                batch = await self._new_difference(min(limit, _DIFFERENCE_ROWS))
            if batch.rows:
                await self._wakeup.rows_came()
        return batch

    async def _rest_of_difference(self, limit: int) -> "SnapshotBatch | None":
        """Return the next page on the way to the target; None when there is no target."""
        target = self._read.target
        if target is None:
            return None
        rows, more = await self._page(target, limit)
        return self._batch(rows, more, target)

    async def _new_difference(self, limit: int) -> "SnapshotBatch":
        found = await self._connection.fetch(
            self._reading.difference, self._read.done, limit, *self._reading.parameters
        )
        *_, target, self._newest_seq = found[0]
        rows = [row[:_ROW_COLUMNS] for row in found if row[0] is not None]
        return self._batch(rows, len(rows) == limit, target)

    def _batch(self, rows: list[OutboxRow], more: bool, target: str) -> "SnapshotBatch":
        self._read = (
            self._read.through(target, rows[-1][0]) if more else self._read.arrived(target)
        )
        place = Position(self._layout, self._read, self._newest_seq)
        return SnapshotBatch(self, rows, more, place)

    async def wait(self) -> None:
        """Return when rows may be there."""
        # No row has come, so there may be no further acknowledgement that writes the rest.
        if self._is_save_due():
            await self.save_rest()
        with database_errors():
            await self._wakeup.wait(oldest_open_xid(self._read.done))

    async def keep_lease(self) -> None:
        """Show the server that this relay lives."""
        with database_errors():
            await self._connection.fetchval(store.STANDBY)

    async def held_keys(self) -> set[Key]:
        """Return the keys whose rows have to wait behind a parked row."""
        with database_errors():
            found = await self._connection.fetch(store.HELD_KEYS)
        return {(row[0], row[1]) for row in found}

    async def unparked(self, limit: int) -> UnparkedRows:
        """Return the parked rows that an operator decided to retry."""
        with database_errors():
            return await self._decisions.unparked(limit)

    async def backlog(self) -> Backlog:
        """Return the rows of the shard that are not acknowledged yet."""
        await self.save_rest()
        with database_errors():
            rows, oldest = await self._row(store.BACKLOG_OF_SHARD, self._reading.shard)
        return Backlog(rows, moment_of(oldest) if oldest is not None else None)

    async def acknowledge(self, position: Position) -> None:
        """Park rows at once; write the cursor now or with a later acknowledgement."""
        # Parked rows are written at once: their key is held from then on, also after a crash.
        if position.parked or self._is_save_due():
            await self.save(position)
        else:
            self._unsaved = position

    def _is_save_due(self) -> bool:
        return time.monotonic() >= self._save_at

    async def save_rest(self) -> None:
        """Write the cursor behind all that was acknowledged."""
        if self._unsaved is not None:
            await self.save(self._unsaved)

    async def save(self, position: Position) -> None:
        """Park rows and write the cursor behind their batch, both or neither."""
        self._save_at = time.monotonic() + self._save_every_s
        self._unsaved = None
        cursor = position.cursor
        place = (cursor.done, cursor.target, cursor.last_seq)
        move = (*place, position.newest_seq, self._reading.shard)
        with database_errors():
            if not position.parked:
                await self._connection.fetch(store.SAVE_CURSOR, *move)
                return
            async with self._connection.transaction():
                await store_parked(self._connection, position.parked)
                await self._connection.fetch(store.SAVE_CURSOR, *move)

    async def _page(self, target: str, limit: int) -> tuple[list[OutboxRow], bool]:
        """Return rows on the way to the target, and whether more follow."""
        # Payloads may be of any size, so a page ends at a number of bytes as well. It is
        # fetched in portions, which keep the memory below that.
        page: list[OutboxRow] = []
        size = 0
        async with self._connection.transaction():
            portal = await self._connection.cursor(
                self._reading.page,
                *(self._read.done, target, self._read.last_seq, limit),
                *self._reading.parameters,
            )
            while size < _PAGE_BYTES:
                rows = _as_rows(await portal.fetch(_PORTION_ROWS))
                page += rows
                size += sum(map(len, map(_PAYLOAD, rows)))
                if len(rows) < _PORTION_ROWS:
                    return page, len(page) == limit
        return page, True

    async def _row(self, statement: str, *parameters: object) -> tuple[Any, ...]:
        return tuple(await self._connection.fetchrow(statement, *parameters) or ())


def _as_rows(records: "list[asyncpg.Record]") -> list[OutboxRow]:
    """Return the driver's records, which unpack and index like tuples, as rows."""
    return cast("list[OutboxRow]", records)


@dataclass(frozen=True, slots=True)
class SnapshotBatch:
    """Rows of one shard.

    Attributes:
        session: The session that polled them.
        rows: The rows in the order of their numbers.
        more: Whether further rows are known to be there.
        behind: The position behind the rows.
    """

    session: SnapshotSession
    rows: Sequence[OutboxRow]
    more: bool
    behind: Position

    def position(self, parked: Sequence[Parked]) -> bytes:
        """Return the position behind the batch, with the rows to be parked."""
        return replace(self.behind, parked=parked).to_bytes()

    async def acknowledge(self, parked: Sequence[Parked] = ()) -> None:
        """Write the position behind the batch, now or with a later acknowledgement."""
        behind = replace(self.behind, parked=parked) if parked else self.behind
        await self.session.acknowledge(behind)
