"""Tables in memory with transactions as PostgreSQL has them at `READ COMMITTED`.

A transaction sees what was committed when its statement began, and its own changes. A row that
it changes is locked until its end; who wants it then waits, and sees the newer row. A circle of
waiting transactions breaks at the one that closes it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row")
Pause = Callable[[str], Awaitable[None]]
Seen = Callable[[str, Any, Any, Any], None]


class Deadlock(Exception):
    """Two transactions wait for each other; this one is rolled back."""


@dataclass(eq=False)
class Table(Generic[Key, Row]):
    """Rows by their primary key, as they are committed."""

    name: str
    rows: dict[Key, Row] = field(default_factory=dict)


# Who holds a lock, and whether in common with others.
Locks = dict[Hashable, "dict[Session, bool]"]


class Session:
    """One transaction's changes and locks."""

    def __init__(self, locks: Locks, seen: "Seen") -> None:
        self._locks = locks
        self._seen = seen
        self._held: list[Hashable] = []
        self._changes: dict[tuple[Table[Any, Any], Any], Any] = {}
        self._waits_for: Session | None = None
        self._ended = asyncio.Event()

    def get(self, table: Table[Key, Row], key: Key) -> Row | None:
        """Read a row."""
        if (table, key) in self._changes:
            changed: Row | None = self._changes[table, key]
            return changed
        return table.rows.get(key)

    def rows(self, table: Table[Key, Row]) -> Iterator[Row]:
        """Read all rows of a table."""
        changed = [key for of, key in self._changes if of is table]
        for key in dict.fromkeys([*table.rows, *changed]):
            row = self.get(table, key)
            if row is not None:
                yield row

    def put(self, table: Table[Key, Row], key: Key, row: Row | None) -> None:
        """Write a row that is locked, or delete it by ``None``."""
        shared = self._locks.get((table.name, key), {}).get(self, True)
        assert not shared, "a row is locked before it is written"
        self._changes[table, key] = row

    def insert(self, table: Table[Key, Row], key: Key, row: Row) -> None:
        """Write a row under a key that nobody else can have."""
        self._take((table.name, key), shared=False)
        self.put(table, key, row)

    async def lock_row(
        self, table: Table[Key, Row], key: Key, *, shared: bool = False
    ) -> Row | None:
        """Wait for a row, keep it to the end, and give it as it is then."""
        await self.lock(table.name, key, shared=shared)
        return self.get(table, key)

    async def lock(self, *name: Hashable, shared: bool = False) -> None:
        """Wait until nobody else holds this lock, and keep it to the end.

        Args:
            shared: Whether others may hold it too, as long as they share it.

        Raises:
            Deadlock: somebody who holds it waits for this transaction.
        """
        while (holder := self._in_the_way(name, shared=shared)) is not None:
            if holder.awaits(self):
                raise Deadlock(f"{name}")
            self._waits_for = holder
            await holder.wait()
            self._waits_for = None
        self._take(name, shared=shared)

    def _in_the_way(self, name: Hashable, *, shared: bool) -> "Session | None":
        holders = self._locks.get(name, {}).items()
        return next(
            (h for h, shares in holders if h is not self and not (shared and shares)), None
        )

    def _take(self, name: Hashable, *, shared: bool) -> None:
        holders = self._locks.setdefault(name, {})
        if self not in holders:
            self._held.append(name)
        holders[self] = shared and holders.get(self, True)

    async def wait(self) -> None:
        """Wait for the transaction's end."""
        await self._ended.wait()

    def awaits(self, other: "Session") -> bool:
        """Whether this transaction waits for another, through however many."""
        return self._waits_for is other or (
            self._waits_for is not None and self._waits_for.awaits(other)
        )

    def commit(self) -> None:
        """Show the changes to all other transactions at once."""
        for (table, key), row in self._changes.items():
            self._seen(table.name, key, table.rows.get(key), row)
            if row is None:
                table.rows.pop(key, None)
            else:
                table.rows[key] = row

    def end(self) -> None:
        """Release all locks; what was not committed is gone."""
        for name in self._held:
            del self._locks[name][self]
            if not self._locks[name]:
                del self._locks[name]
        self._ended.set()


class Sessions:
    """Makes the transactions of one database.

    Attributes:
        seen: Told of each row that a commit changes: table, key, the row before and after.
    """

    def __init__(self) -> None:
        self.seen: Seen = _nothing
        self._locks: Locks = {}

    @asynccontextmanager
    async def transaction(self, pause: Pause) -> AsyncIterator[Session]:
        """Open a transaction and commit it at the end of the body."""
        await pause("begin")
        session = Session(self._locks, self.seen)
        try:
            yield session
            await pause("commit")
            session.commit()
        finally:
            session.end()
        await pause("committed")


def _nothing(table: str, key: Any, before: Any, after: Any) -> None:
    """Ignore a change."""
