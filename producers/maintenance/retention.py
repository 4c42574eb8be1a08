"""Retention: empties the slots whose rows are published and old, and shows how the ring stands.

Every relay may do it at any time: what decides is checked under the slot's own lock.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

import asyncpg

from ledgerlane_outbox.retention import IS_EMPTY, partition_of, truncate_statement
from producers import metrics
from producers.errors import SourceUnavailable
from producers.maintenance.parked import count_parked
from producers.maintenance.ring import RetentionPolicy, Slot, days_left, read_ring
from producers.maintenance.session import Connection, open_session

_log = logging.getLogger(__name__)


async def truncate_old_slots(connection: Connection, policy: RetentionPolicy) -> list[Slot]:
    """Empty the slots that may be emptied; return those that were.

    Never removes a row that its shard's cursor has not passed, or whose transaction is open.
    A slot that somebody has locked is left for the next time. No writer waits for it, and a
    poll of the relay 50 ms at most.
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
    """Keeps one source's outbox small, beside its relay and never in its way."""

    def __init__(
        self,
        database_url: str,
        policy: RetentionPolicy,
        *,
        name: str,
        every_s: float = 60.0,
    ) -> None:
        """Describe the upkeep of the source ``name``.

        Args:
            every_s: From the end of one round to the beginning of the next.
        """
        self._database_url = database_url
        self._policy = policy
        self._name = name
        self._every_s = every_s
        self._trouble = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Look again and again until ``stop`` is set; a database that is away is waited for."""
        while not stop.is_set():
            try:
                await self.look()
            except SourceUnavailable as exc:
                self._tell(str(exc))
            else:
                self._trouble = ""
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every_s):
                    await stop.wait()

    async def look(self) -> None:
        """Empty what may be emptied, and show how the ring stands afterwards.

        Raises:
            SourceUnavailable: the database is away, or refused what was asked.
        """
        async with open_session(self._database_url) as connection:
            emptied = await truncate_old_slots(connection, self._policy)
            ring = await read_ring(connection, self._policy)
            parked = await count_parked(connection)
        for slot in emptied:
            metrics.SLOTS_EMPTIED.labels(self._name).inc()
            _log.info("%s: emptied slot %d", self._name, slot.number)
        self._show(ring)
        metrics.PARKED_ROWS.labels(self._name).set(parked.rows)
        metrics.HELD_KEYS.labels(self._name).set(parked.held_keys)

    def _show(self, ring: Sequence[Slot]) -> None:
        overdue = [s for s in ring if s.is_due(self._policy)]
        size_bytes = sum(slot.size_bytes for slot in ring)
        metrics.RING_BYTES.labels(self._name).set(size_bytes)
        metrics.RING_OVERDUE.labels(self._name).set(len(overdue))
        metrics.RING_DAYS_LEFT.labels(self._name).set(days_left(ring, now=datetime.now(UTC)))

    def _tell(self, trouble: str) -> None:
        if trouble != self._trouble:
            _log.warning("%s: no retention until this is over: %s", self._name, trouble)
        self._trouble = trouble
