"""Decides when to poll next: often while rows come, on a writer's notification otherwise.

A relay falls asleep by taking a lock that writers try to take. A writer that does not get it
sends a notification with its commit. Of the relays of several shards one holds the lock for
all. The comments at :meth:`Wakeup.wait` give the reasons why no commit is missed.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import asyncpg

from ledgerlane_outbox import store

FLOOR_S: Final = 1.0
"""The longest time between two polls, in seconds, where none other is given."""

_EAGER_S: Final = 0.005
_BRISK_S: Final = 0.002
_LINGER_S: Final = 0.1
_PATIENCE: Final = 0.1

_KEEPS_WATCH: Final = "keeps watch"
_AWAKE: Final = "awake"


class Wakeup:
    """Waits before the next poll for as long as nothing can have been committed.

    Args:
        clock: The seconds of a clock that never goes back.
        alone: Whether this is the only relay that the writers notify.
        longest_nap_s: The longest time between two polls, in seconds.
    """

    def __init__(
        self,
        connection: "asyncpg.Connection[asyncpg.Record]",
        clock: Callable[[], float],
        *,
        alone: bool,
        longest_nap_s: float = FLOOR_S,
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._notified = asyncio.Event()
        self._alone = alone
        self._longest_nap_s = longest_nap_s
        self._busy_at = clock()
        self._asleep_at: float | None = None
        self._keeps_watch = False
        self._latest_xid = 0

    async def listen(self) -> None:
        """Receive the writers' notifications from now on."""
        await self._connection.add_listener(store.CHANNEL, self._on_notify)

    async def rows_came(self) -> None:
        """Stay awake for a while; writers send no notifications meanwhile."""
        self._busy_at = self._clock()
        self._asleep_at = None
        if self._keeps_watch:
            self._keeps_watch = False
            # All relays of a source wake together, whichever shard the rows are in. If only the
            # one with rows woke, the others would stay asleep under the lock, and its writers
            # would send a notification with every commit.
            heard_by_all = self._alone or self._notified.is_set()
            await self._connection.fetchrow(store.WAKE_UP if heard_by_all else store.WAKE_ALL)

    async def wait(self, oldest_open_xid: int) -> None:
        """Wait before the poll after one that found nothing.

        Args:
            oldest_open_xid: `pg_snapshot_xmin` of that poll's snapshot.
        """
        # A writer that tried the lock before it was taken sends no notification, and may still
        # be open. It inserted first, so it had a transaction id before the lock was taken, and
        # that id is below the one that is drawn right after. Once a snapshot has no transaction
        # as old as that, every such writer has ended and its rows were seen by that snapshot's
        # poll: from then on each commit sends a notification, and only the regular poll
        # remains. Until then polls become rarer with time, so that a transaction that stays
        # open for long costs little; such a writer's rows wait a tenth of its age at most.
        if self._asleep_at is not None and self._notified.is_set():
            await self.rows_came()  # of another shard
        quiet_s = self._clock() - self._busy_at
        if self._asleep_at is None and quiet_s < _LINGER_S:
            await asyncio.sleep(0 if quiet_s < _EAGER_S else _BRISK_S)
        elif self._keeps_watch or await self._is_watched():
            await self._sleep(self._nap(oldest_open_xid))

    async def _is_watched(self) -> bool:
        """Return whether another relay holds the lock for this one; if not, try to take it."""
        if self._asleep_at is None:
            self._notified.clear()
        found = await self._connection.fetchval(store.FALL_ASLEEP)
        self._keeps_watch = found == _KEEPS_WATCH
        if found == _AWAKE:
            self._asleep_at = None
            return False
        if self._asleep_at is not None and not self._keeps_watch:
            return True
        # Either way of falling asleep needs another poll, for writers that do not notify.
        self._asleep_at = self._clock()
        self._latest_xid = int(await self._connection.fetchval(store.LATEST_XID))
        return False

    def _nap(self, oldest_open_xid: int) -> float:
        if oldest_open_xid > self._latest_xid or self._asleep_at is None:
            return self._longest_nap_s
        # A writer that was too early sends no notification: only a poll can find its rows.
        nap_s = max(_BRISK_S, _PATIENCE * (self._clock() - self._asleep_at))
        return min(self._longest_nap_s, nap_s)

    async def _sleep(self, at_most_s: float) -> None:
        try:
            async with asyncio.timeout(at_most_s):
                await self._notified.wait()
        except TimeoutError:
            return

    def _on_notify(self, *_: object) -> None:
        self._notified.set()
