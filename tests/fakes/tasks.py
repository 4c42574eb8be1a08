"""The statements of the record store in memory about tasks."""

from dataclasses import replace
from datetime import datetime

from consumers.store.tasks import ClosedBy, Task
from schemas.ids import RecordId
from schemas.reasons import VERSION_CONFLICT
from schemas.result import SyncState
from tests.fakes.database import Kept, Record
from tests.fakes.statements import Statements

OVER = (SyncState.AGREED, SyncState.SKIPPED)
RESTING = (SyncState.HELD, SyncState.DEAD, SyncState.WAITING)


class MemoryTasks(Statements):
    """The tasks in memory. None is solved there, as that is no part of the store's protocol."""

    async def open(self, task: Task) -> None:
        await self._pause("open_task")
        await self._session.lock("tasks_cause", task.record_id, task.reason.code)
        known = [
            k for k in self._open_of(task.record_id) if k.last.reason.code == task.reason.code
        ]
        if not known:
            self._session.insert(self._database.tasks, task.id, Kept(task.id, task))
        for kept in known:
            await self._session.lock_row(self._database.tasks, kept.id)
            again = replace(kept, last=task, times_seen=kept.times_seen + 1)
            self._session.put(self._database.tasks, kept.id, again)

    async def close(self, record_id: RecordId, *, now: datetime) -> None:
        await self._pause("close_tasks")
        record = self._record(record_id)
        if record is None:
            return
        for kept in self._open_of(record_id):
            if not _is_over(kept, record):
                continue
            await self._session.lock_row(self._database.tasks, kept.id)
            closed = replace(kept, closed_by=_closed_by(kept, record))
            self._session.put(self._database.tasks, kept.id, closed)

    def _open_of(self, record_id: RecordId) -> list[Kept]:
        rows = self._session.rows(self._database.tasks)
        return [kept for kept in rows if kept.is_open_of(record_id)]


def _is_over(kept: Kept, record: Record) -> bool:
    """Whether a record's state is the end of a task: of a conflict only a newer version is."""
    code = kept.last.reason.code
    conflict = code == VERSION_CONFLICT.code
    if record.state in OVER:
        return not conflict or record.announced.version > kept.last.version
    other = record.reason is not None and record.reason.code != code
    return record.state in RESTING and other and not conflict


def _closed_by(kept: Kept, record: Record) -> ClosedBy:
    if record.state is SyncState.SKIPPED:
        return ClosedBy.SKIP
    if record.state is not SyncState.AGREED:
        return ClosedBy.CAUSE
    if record.announced.version > kept.last.version:
        return ClosedBy.EDIT
    return ClosedBy.RETRY
