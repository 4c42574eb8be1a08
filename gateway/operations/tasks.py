"""Tasks as people use them: searched, read, and solved, which sends a signal."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from consumers.kafka.signal_producer import SignalPublisher
from consumers.store.tasks import NoSuchTask, TaskFilter, TaskPlace, search, solve
from schemas.topics import work_topic


class StoredTasks:
    """Reads tasks; each comes with the state, the attempts and the times of its record."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def search(
        self, wanted: TaskFilter, *, limit: int, after: TaskPlace | None = None
    ) -> Sequence[Mapping[str, Any]]:
        """Read tasks, newest first."""
        async with self._engine.connect() as database:
            return await search(database, wanted, limit=limit, after=after)

    async def get(self, task_id: UUID) -> Mapping[str, Any]:
        """Read one task, open or closed.

        Raises:
            NoSuchTask: there is none.
        """
        found = await self.search(TaskFilter(id=task_id, is_open=None), limit=1)
        if not found:
            raise NoSuchTask(f"no task {task_id}")
        return found[0]


class SolvableTasks(StoredTasks):
    """Reads tasks, and lets their records be tried again."""

    def __init__(
        self, engine: AsyncEngine, signals: SignalPublisher, *, now: Callable[[], datetime]
    ) -> None:
        super().__init__(engine)
        self._signals = signals
        self._now = now

    async def solve(self, task_id: UUID, *, note: str) -> Mapping[str, Any]:
        """Let a task's record be tried again, as its cause is gone; gives the task.

        Returns once the signal is stored; the trying is the worker's. A crash before it leaves
        the record to the worker's next look at the table.

        Raises:
            NoSuchTask: there is none.
            TaskClosed: it is closed already.
        """
        async with self._engine.begin() as database:
            provider, signal = await solve(database, task_id, note=note, now=self._now())
        await self._signals.send([(work_topic(provider), signal)])
        return await self.get(task_id)
