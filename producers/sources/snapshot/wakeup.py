"""When to poll next: soon while rows come, on the writers' ring when none do.

A relay falls asleep by taking a lock that writers try. Whoever tries it afterwards rings with
its commit. Whoever tried it before, and is still open, is silent; but it inserted first, so it
had a transaction id before the lock was taken, and that id is below the one that we take
after. So once a snapshot has no transaction as old as ours, every silent writer has ended
and that snapshot's poll saw its rows: from then on nobody is silent, and only the regular
poll remains. Until then polls thin out, so that a writer, or any transaction, that stays
open for long costs little, and a silent writer's rows wait a tenth of its age at most.

Of the relays of several shards one keeps watch, by that lock, and the others sleep under it.
All are woken together, whosesoever the rows are, and fall asleep again when none come: if only
the one with rows were awake, its writers would ring for those asleep with every commit.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import asyncpg

from ledgerlane_outbox import store

FLOOR_S: Final = 1.0
"""The longest time between two polls."""

_EAGER_S: Final = 0.005
_BRISK_S: Final = 0.002
_LINGER_S: Final = 0.1
_PATIENCE: Final = 0.1

_KEEPS_WATCH: Final = "keeps watch"
_AWAKE: Final = "awake"


class Wakeup:
    """Decides how long to wait before the next poll, and sleeps.

    Args:
        alone: Whether this is the only relay that the writers ring for.
    """

    def __init__(
        self,
        connection: "asyncpg.Connection[asyncpg.Record]",
        clock: Callable[[], float],
        *,
        alone: bool,
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._rung = asyncio.Event()
        self._alone = alone
        self._busy_at = clock()
        self._asleep_at: float | None = None
        self._keeps_watch = False
        self._latest_xid = 0

    async def listen(self) -> None:
        """Hear the writers from now on."""
        await self._connection.add_listener(store.CHANNEL, self._ring)

    async def rows_came(self) -> None:
        """Stay awake for a while: writers need not ring."""
        self._busy_at = self._clock()
        self._asleep_at = None
        if self._keeps_watch:
            self._keeps_watch = False
            heard_by_all = self._alone or self._rung.is_set()
            await self._connection.fetchrow(store.WAKE_UP if heard_by_all else store.WAKE_ALL)

    async def wait(self, oldest_open_xid: int) -> None:
        """Wait before the poll after one that found nothing.

        Args:
            oldest_open_xid: `pg_snapshot_xmin` of that poll's snapshot.
        """
        if self._asleep_at is not None and self._rung.is_set():
            await self.rows_came()  # though not ours
        quiet_s = self._clock() - self._busy_at
        if self._asleep_at is None and quiet_s < _LINGER_S:
            await asyncio.sleep(0 if quiet_s < _EAGER_S else _BRISK_S)
        elif self._keeps_watch or await self._is_watched():
            await self._sleep(self._nap(oldest_open_xid))

    async def _is_watched(self) -> bool:
        """Whether we are asleep under another's watch; if not, fall asleep where possible.

        Either way of falling asleep needs another poll, for the rows of the silent.
        """
        if self._asleep_at is None:
            self._rung.clear()
        found = await self._connection.fetchval(store.FALL_ASLEEP)
        self._keeps_watch = found == _KEEPS_WATCH
        if found == _AWAKE:
            self._asleep_at = None
            return False
        if self._asleep_at is not None and not self._keeps_watch:
            return True
        self._asleep_at = self._clock()
        self._latest_xid = int(await self._connection.fetchval(store.LATEST_XID))
        return False

    def _nap(self, oldest_open_xid: int) -> float:
        if oldest_open_xid > self._latest_xid or self._asleep_at is None:
            return FLOOR_S
        return min(FLOOR_S, max(_BRISK_S, _PATIENCE * (self._clock() - self._asleep_at)))

    async def _sleep(self, at_most_s: float) -> None:
        try:
            async with asyncio.timeout(at_most_s):
                await self._rung.wait()
        except TimeoutError:
            return

    def _ring(self, *_: object) -> None:
        self._rung.set()
