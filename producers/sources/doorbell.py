"""When to poll next: soon while rows come, on the writers' ring when none do.

The relay falls asleep by taking a lock that writers try. Whoever tries it afterwards rings with
its commit. Whoever tried it before, and is still open, is silent; but it inserted first, so it
had a transaction id before the lock was taken, and that id is below the one that we take
after. So once a snapshot has no transaction as old as ours, every silent writer has ended
and that snapshot's poll saw its rows: from then on nobody is silent, and only the regular
poll remains. Until then polls thin out, so that a writer, or any transaction, that stays
open for long costs little, and a silent writer's rows wait a tenth of its age at most.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import asyncpg

from ledgerlane_outbox import store

FLOOR_S: Final = 1.0
"""The longest time between two polls."""

_BRISK_S: Final = 0.002
_LINGER_S: Final = 0.1
_PATIENCE: Final = 0.1


class Doorbell:
    """Decides how long to wait before the next poll, and sleeps."""

    def __init__(
        self, connection: "asyncpg.Connection[asyncpg.Record]", clock: Callable[[], float]
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._rung = asyncio.Event()
        self._busy_at = clock()
        self._asleep_at: float | None = None
        self._latest_xid = 0

    async def listen(self) -> None:
        """Hear the writers from now on."""
        await self._connection.add_listener(store.CHANNEL, self._ring)

    async def rows_came(self) -> None:
        """Stay awake for a while: writers need not ring."""
        self._busy_at = self._clock()
        if self._asleep_at is not None:
            self._asleep_at = None
            await self._connection.fetchval(store.WAKE_UP)

    async def wait(self, oldest_open_xid: int) -> None:
        """Wait before the poll after one that found nothing.

        Args:
            oldest_open_xid: `pg_snapshot_xmin` of that poll's snapshot.
        """
        if self._asleep_at is not None:
            await self._sleep(self._nap(oldest_open_xid, self._clock() - self._asleep_at))
        elif self._clock() - self._busy_at < _LINGER_S:
            await asyncio.sleep(_BRISK_S)
        else:
            await self._fall_asleep()

    async def _fall_asleep(self) -> None:
        self._rung.clear()
        if await self._connection.fetchval(store.FALL_ASLEEP):
            self._asleep_at = self._clock()
            self._latest_xid = int(await self._connection.fetchval(store.LATEST_XID))

    def _nap(self, oldest_open_xid: int, asleep_s: float) -> float:
        if oldest_open_xid > self._latest_xid:
            return FLOOR_S
        return min(FLOOR_S, max(_BRISK_S, _PATIENCE * asleep_s))

    async def _sleep(self, at_most_s: float) -> None:
        try:
            async with asyncio.timeout(at_most_s):
                await self._rung.wait()
        except TimeoutError:
            return
        self._rung.clear()

    def _ring(self, *_: object) -> None:
        self._rung.set()
