"""A model of a database as far as a wakeup uses it: transaction ids, one lock, notifications.

Everything that the database does is done at one instant; what lies between two of its steps
takes a random time, on a virtual clock.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

import asyncpg

from ledgerlane_outbox import store
from producers.sources.snapshot.wakeup import Wakeup

Hear = Callable[..., None]


@dataclass
class Row:
    """An event, from its INSERT to the poll that reads it."""

    shard: int
    xid: int
    began_at: float
    committed_at: float = 0.0


@dataclass
class Database:
    """The lock that sleepers hold and writers try, and what is open, visible and heard.

    Attributes:
        slowest_s: The longest that one step may take.
        waited: For each row that was read, how long it was visible by then, and how long its
            transaction had been open.
        sleeps: How often a relay fell asleep as the one that keeps watch.
    """

    chance: random.Random
    slowest_s: float
    next_xid: int = 1
    open: set[int] = field(default_factory=set)
    unread: list[Row] = field(default_factory=list)
    waited: list[tuple[float, float]] = field(default_factory=list)
    sleeps: int = 0
    notifications: int = 0
    _watch: object = None
    _shared: int = 0
    _ears: list[Hear] = field(default_factory=list)

    async def passes(self) -> None:
        """Wait for a random time, or not at all."""
        if self.chance.random() < 0.9:
            await asyncio.sleep(self.chance.random() * self.slowest_s)

    @property
    def oldest_open_xid(self) -> int:
        return min(self.open, default=self.next_xid)

    def draw_xid(self) -> int:
        self.next_xid += 1
        return self.next_xid - 1

    def listen(self, hear: Hear) -> None:
        self._ears.append(hear)

    async def notify(self) -> None:
        """Notify all that listen, each when its network gets to it."""
        self.notifications += 1
        for hear in self._ears:
            delay_s = self.chance.random() * self.slowest_s
            asyncio.get_running_loop().call_later(delay_s, hear)

    def fall_asleep(self, who: object) -> str:
        if self._watch in (None, who) and not self._shared:
            self.sleeps += self._watch is None
            self._watch = who
            return "keeps watch"
        return "awake" if self._watch is None else "watched"

    def unlock(self, who: object) -> None:
        assert self._watch is who, "only the one that keeps watch may end it"
        self._watch = None

    async def append(self, shard: int) -> "Writer":
        """Begin a transaction and append a row, by the trigger's own steps."""
        row = Row(shard, self.draw_xid(), asyncio.get_running_loop().time())
        self.open.add(row.xid)
        await self.passes()
        notifies = self._watch is not None
        if not notifies:
            self._shared += 1
            await self.passes()
            self._shared -= 1
        return Writer(self, row, notifies)

    async def write(self, shard: int, lasts_s: float) -> None:
        """Append a row in a transaction that lasts for a while."""
        writer = await self.append(shard)
        await asyncio.sleep(lasts_s)
        await writer.commit()

    def read(self, shard: int) -> bool:
        """Read all rows of a shard that are visible; return whether there were any."""
        found = [row for row in self.unread if row.shard == shard]
        self.unread = [row for row in self.unread if row.shard != shard]
        now = asyncio.get_running_loop().time()
        self.waited += [(now - r.committed_at, r.committed_at - r.began_at) for r in found]
        return bool(found)


@dataclass
class Writer:
    """A transaction that has appended a row; it notifies if it found a relay asleep."""

    database: Database
    row: Row
    notifies: bool

    async def commit(self) -> None:
        self.row.committed_at = asyncio.get_running_loop().time()
        self.database.open.discard(self.row.xid)
        self.database.unread.append(self.row)
        if self.notifies:
            await self.database.notify()


class Connection:
    """A relay's session: the four statements of a wakeup, at their instant."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_listener(self, channel: str, hear: Hear) -> None:
        assert channel == store.CHANNEL
        self._database.listen(hear)

    async def fetchval(self, statement: str) -> str:
        await self._database.passes()
        if statement == store.FALL_ASLEEP:
            found = self._database.fall_asleep(self)
        else:
            assert statement == store.LATEST_XID
            found = str(self._database.draw_xid())
        await self._database.passes()
        return found

    async def fetchrow(self, statement: str) -> None:
        await self._database.passes()
        self._database.unlock(self)
        if statement == store.WAKE_ALL:
            await self._database.notify()
        else:
            assert statement == store.WAKE_UP
        await self._database.passes()


async def relay(database: Database, shard: int, shards: int) -> None:
    """Read one shard for ever, as a session of the table does."""
    connection = cast("asyncpg.Connection[asyncpg.Record]", Connection(database))
    clock = asyncio.get_running_loop().time
    wakeup = Wakeup(connection, clock, alone=shards == 1)
    await wakeup.listen()
    while True:
        await database.passes()
        oldest_open_xid, came = database.oldest_open_xid, database.read(shard)
        await database.passes()
        if came:
            await wakeup.rows_came()
        else:
            await wakeup.wait(oldest_open_xid)


async def while_relayed(
    database: Database, shards: int, work: Coroutine[Any, Any, None]
) -> None:
    """Do the work beside the relays of all shards."""
    with suppress(asyncio.CancelledError):
        async with asyncio.TaskGroup() as tasks:
            relays = [tasks.create_task(relay(database, n, shards)) for n in range(shards)]
            await work
            for one in relays:
                one.cancel()
