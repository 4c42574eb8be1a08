"""Maintenance of the gateway's database: old rows are deleted, open tasks are counted.

Any number of processes may do it at once: each skips the rows that another has locked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Column, Delete, Table, delete, func, select
from sqlalchemy.exc import DBAPIError

from consumers.metrics import TASKS_OPEN
from consumers.store.tables import dead_letters, tasks
from consumers.store.tasks import count_open
from gateway.database.sessions import Sessions
from gateway.runtime.audit import api_calls
from schemas.ids import TenantId

KEPT: Final = timedelta(days=90)
# Quotas look back by 24 hours at most: calls of that time are never deleted.
LEAST_KEPT: Final = timedelta(days=2)
BATCH: Final = 1_000
_EVERY: Final = timedelta(hours=1)
_COUNTED_EVERY: Final = timedelta(seconds=15)

# By when each was over. What is open has no such time, and is never deleted. All are indexed.
_OVER: Final[Sequence[tuple[Table, Column[Any]]]] = (
    (api_calls, api_calls.c.called_at),
    (dead_letters, dead_letters.c.replayed_at),
    (tasks, tasks.c.closed_at),
)

log: Final = structlog.get_logger("maintenance")


class DatabaseMaintenance:
    """Deletes old rows in small batches, which block no other work.

    Args:
        kept: The time for which provider calls, replayed dead letters and closed tasks are
            kept after the call, the replay or the closing; at least two days.
        batch: The largest number of rows that one transaction deletes.
    """

    def __init__(
        self,
        sessions: Sessions,
        *,
        now: Callable[[], datetime],
        kept: timedelta = KEPT,
        batch: int = BATCH,
    ) -> None:
        if kept < LEAST_KEPT:
            raise ValueError(f"quotas need the calls of {LEAST_KEPT}, not of {kept} alone")
        self._sessions = sessions
        self._now = now
        self._kept = kept
        self._batch = batch

    async def run(self) -> None:
        """Delete and count periodically, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(_again(self.delete_old, _EVERY))
            group.create_task(_again(self.count_tasks, _COUNTED_EVERY))

    async def delete_old(self) -> None:
        """Delete all finished rows that are older than they are kept."""
        before = self._now() - self._kept
        for table, over_at in _OVER:
            if deleted := await self._delete(table, over_at, before):
                log.info("maintenance.deleted", table=table.name, rows=deleted, before=before)

    async def _delete(self, table: Table, over_at: Column[Any], before: datetime) -> int:
        statement = _delete_oldest(table, over_at, before, self._batch)
        deleted = 0
        while tenants := await self._tenants_with_old(table, before):
            async with self._sessions.session(*tenants) as database:
                count = (await database.execute(statement)).rowcount
            deleted += count
            if not count:  # another process has locked them
                break
        return deleted

    async def _tenants_with_old(self, table: Table, before: datetime) -> Sequence[TenantId]:
        """Return whose the oldest rows are that a table has to lose."""
        with_old = getattr(func, f"ledgerlane_tenants_with_old_{table.name}")
        async with self._sessions.system_session() as database:
            found = await database.execute(select(with_old(before, self._batch)))
            return found.scalars().all()

    async def count_tasks(self) -> None:
        """Set the metric of open tasks."""
        async with self._sessions.system_session() as database:
            counted = await count_open(database)
        TASKS_OPEN.clear()
        for provider, solver, count in counted:
            TASKS_OPEN.labels(provider, solver).set(count)


def _delete_oldest(table: Table, over_at: Column[Any], before: datetime, most: int) -> Delete:
    """Return the statement that deletes the oldest rows, except locked ones."""
    oldest = (
        select(table.c.id)
        .where(over_at < before)
        .order_by(over_at)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("oldest")
    )
    return delete(table).where(table.c.id.in_(select(oldest.c.id)))


async def _again(work: Callable[[], Awaitable[None]], period: timedelta) -> None:
    """Repeat work periodically; a failure of the database is logged, and the work repeated."""
    while True:
        try:
            await work()
        except (DBAPIError, OSError) as exc:
            log.warning("maintenance.failed", work=work.__name__, error=type(exc).__name__)
        await asyncio.sleep(period.total_seconds())
