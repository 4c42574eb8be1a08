"""Retention: truncates slots whose rows are published and old, and exports the ring's state.

Every relay may do it at any time: the conditions are checked under the slot's own lock.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import asyncpg
import structlog

from ledgerlane_outbox.retention import IS_EMPTY, partition_of, truncate_statement
from producers import metrics
from producers.errors import SourceUnavailable
from producers.maintenance.parked import count_parked
from producers.maintenance.ring import RetentionPolicy, Slot, days_left, read_ring
from producers.maintenance.session import Connection, open_session

log: Final = structlog.get_logger("relay")


async def truncate_old_slots(connection: Connection, policy: RetentionPolicy) -> list[Slot]:
    """Truncate the slots that may be truncated; return those that were.

    A row that its shard's cursor has not passed, or whose transaction is open, is never
    removed. A slot that is locked is left for the next time. No writer waits for this, and a
    poll of the relay waits 50 ms at most.
    """
    ring = await read_ring(connection, policy)
    return [
        slot
        for slot in ring
        if slot.may_be_truncated(policy) and await _truncate(connection, slot)
    ]


async def _truncate(connection: Connection, slot: Slot) -> bool:
    with suppress(asyncpg.LockNotAvailableError):
        await connection.execute(truncate_statement(slot.number, snapshot=slot.snapshot))
    return bool(await connection.fetchval(IS_EMPTY, partition_of(slot.number)))


class Retention:
    """Truncates the old slots of one source every minute."""

    def __init__(
        self,
        database_url: str,
        policy: RetentionPolicy,
        *,
        name: str,
        every_s: float = 60.0,
    ) -> None:
        """Configure the retention of the source ``name``.

        Args:
            every_s: The time in seconds from the end of one round to the start of the next.
        """
        self._database_url = database_url
        self._policy = policy
        self._name = name
        self._every_s = every_s
        self._last_error = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Repeat until ``stop`` is set; a database that is away is tried again."""
        while not stop.is_set():
            try:
                await self.look()
            except SourceUnavailable as exc:
                self._report(str(exc))
            else:
                self._last_error = ""
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every_s):
                    await stop.wait()

    async def look(self) -> None:
        """Truncate what may be truncated, and export the state of the ring afterwards.

        Raises:
            SourceUnavailable: the database is away, or refused a statement.
        """
        async with open_session(self._database_url) as connection:
            emptied = await truncate_old_slots(connection, self._policy)
            ring = await read_ring(connection, self._policy)
            parked = await count_parked(connection)
        for slot in emptied:
            metrics.SLOTS_EMPTIED.labels(self._name).inc()
            log.info("retention.slot_emptied", source=self._name, slot=slot.number)
        self._show(ring)
        metrics.PARKED_ROWS.labels(self._name).set(parked.rows)
        metrics.HELD_KEYS.labels(self._name).set(parked.held_keys)

    def _show(self, ring: Sequence[Slot]) -> None:
        overdue = [s for s in ring if s.is_due(self._policy)]
        size_bytes = sum(slot.size_bytes for slot in ring)
        metrics.RING_BYTES.labels(self._name).set(size_bytes)
        metrics.RING_OVERDUE.labels(self._name).set(len(overdue))
        metrics.RING_DAYS_LEFT.labels(self._name).set(days_left(ring, now=datetime.now(UTC)))

    def _report(self, error: str) -> None:
        if error != self._last_error:
            log.warning("retention.failed", source=self._name, error=error)
        self._last_error = error
