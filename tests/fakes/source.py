"""A source in memory, which passes the contract of the real ones."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from ledgerlane_outbox.store import OutboxRow
from producers.errors import LeaseTaken, SourceUnavailable, UnsupportedOutbox
from producers.sources.source import Backlog, Key, Parked, SourceSession
from tests.outbox_rows import a_row


class MemorySource:
    """Rows in a list, in the order of their commits.

    Args:
        longest_wait_s: The time in seconds after which a wait ends without a row.
    """

    name = "memory"

    def __init__(self, *, longest_wait_s: float = 0.05) -> None:
        self.longest_wait_s = longest_wait_s
        self.rows: list[OutboxRow] = []
        self.appended_at: list[datetime] = []
        self.parked: list[Parked] = []
        self.let_go: set[Key] = set()
        """Keys whose parked rows are to be published after all."""
        self.acknowledged = 0
        self.failures: list[SourceUnavailable] = []
        """Raised by the next polls, one each."""
        self.refusal: UnsupportedOutbox | None = None
        """Raised by every session until it is None again."""
        self.refused = 0
        self.changed = asyncio.Event()
        self._taken = False

    def append(self, topic: str, key: str, payload: bytes) -> None:
        seq = len(self.rows) + 1
        self.rows.append(a_row(seq=seq, topic=topic, key=key, payload=payload))
        self.appended_at.append(datetime.now(UTC))
        self.changed.set()

    def session(self) -> AbstractAsyncContextManager[SourceSession]:
        return self._session()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[SourceSession]:
        if self.refusal:
            self.refused += 1
            raise self.refusal
        if self._taken:
            raise LeaseTaken(self.name)
        self._taken = True
        try:
            yield MemorySession(self)
        finally:
            self._taken = False


class MemorySession:
    """One reader's place in the list."""

    def __init__(self, source: MemorySource) -> None:
        self._source = source
        self._read = source.acknowledged

    async def poll(self, limit: int) -> "MemoryBatch":
        if self._source.failures:
            raise self._source.failures.pop(0)
        self._source.changed.clear()
        rows = self._source.rows[self._read : self._read + limit]
        self._read += len(rows)
        return MemoryBatch(self._source, rows, self._read < len(self._source.rows), self._read)

    async def wait(self) -> None:
        try:
            async with asyncio.timeout(self._source.longest_wait_s):
                await self._source.changed.wait()
        except TimeoutError:
            return

    async def keep_lease(self) -> None:
        """Nobody can take it away here."""

    async def held_keys(self) -> set[Key]:
        holding = {parked.seq for parked in self._source.parked if parked.holds_key}
        return {(row[1], row[2]) for row in self._source.rows if row[0] in holding}

    async def unparked(self, limit: int) -> "MemoryUnparkedBatch":
        parked = {row.seq for row in self._source.parked}
        keys = self._source.let_go
        rows = [row for row in self._source.rows if row[0] in parked and row[1:3] in keys]
        return MemoryUnparkedBatch(self._source, rows[:limit], frozenset(keys))

    async def backlog(self) -> Backlog:
        waiting = self._source.appended_at[self._source.acknowledged :]
        return Backlog(len(waiting), min(waiting, default=None))


@dataclass(frozen=True)
class MemoryBatch:
    """Some of the rows; ``upto`` of the source's rows are behind them."""

    source: MemorySource
    rows: Sequence[OutboxRow]
    more: bool
    upto: int

    async def acknowledge(self, parked: Sequence[Parked] = ()) -> None:
        self.source.parked += parked
        self.source.acknowledged = self.upto


@dataclass(frozen=True)
class MemoryUnparkedBatch:
    """Some of the parked rows of some keys."""

    source: MemorySource
    rows: Sequence[OutboxRow]
    keys: frozenset[Key]
    more: bool = False

    async def acknowledge(self, parked: Sequence[Parked] = ()) -> None:
        done = {row[0] for row in self.rows}
        again = {row.seq for row in parked}
        self.source.parked = [row for row in self.source.parked if row.seq not in done]
        self.source.parked += parked
        left = {(r[1], r[2]) for r in self.source.rows if r[0] in again}
        self.source.let_go -= left | (self.keys - self._waiting())

    def _waiting(self) -> set[Key]:
        parked = {row.seq for row in self.source.parked}
        return {(row[1], row[2]) for row in self.source.rows if row[0] in parked}
