"""The table ``tasks``: what a person must do before a record can go on.

There is at most one open task for each record and cause. It is opened in the transaction that
stops its record, and closed in the one in which the record comes to agree, to be skipped, or to
rest for another cause. Nothing else closes it: whoever solves it has the record tried again,
and the ledger decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.store.dead_letters import mark_all_replayed
from consumers.store.reopen import reopen, signal_about
from consumers.store.tables import sync_records, tasks
from schemas.documents.document import DocumentType
from schemas.errors import Reason, link_to
from schemas.ids import ConnectionId, ProviderName, RealmId, RecordId, TenantId
from schemas.reasons import VERSION_CONFLICT
from schemas.signal import Priority, Signal


class NoSuchTask(LookupError):
    """There is no task with this id."""


class TaskClosed(Exception):
    """There is nothing to solve: the task was closed."""


class ClosedBy(StrEnum):
    """What closed a task."""

    EDIT = "edit"  # a newer version than the one that had stopped came to agree
    SOLVE = "solve"  # a person said that it is solved, and the record came to agree
    RETRY = "retry"  # the record was tried again for another reason, and came to agree
    SKIP = "skip"  # nothing is to be done any more, by rule
    CAUSE = "cause"  # the record is stopped for another cause by now, or waits for others


@dataclass(frozen=True, slots=True)
class Task:
    """What stopped a record, as it is seen at one time.

    Attributes:
        id: The id of the task that is opened, where the record has none for this cause.
        record_id: The record that was stopped.
        connection_id: The connection of the record.
        tenant_id: The tenant who owns the connection.
        realm_id: The company at the provider.
        provider: The ledger's provider.
        document_type: The kind of the document.
        document_id: The platform's id of the document.
        version: The record's desired version that was stopped.
        reason: What stopped it, and who can solve that in which way.
        seen_at: When it was stopped, UTC.
    """

    id: UUID
    record_id: RecordId
    connection_id: ConnectionId
    tenant_id: TenantId
    realm_id: RealmId
    provider: ProviderName
    document_type: DocumentType
    document_id: str
    version: int
    reason: Reason
    seen_at: datetime


OPEN: Final = text("""
    INSERT INTO tasks AS t (
        id, record_id, connection_id, tenant_id, realm_id, provider, document_type, document_id,
        version, code, category, cause, fix, solver, provider_code, opened_at, last_seen_at)
    VALUES (:id, :record_id, :connection_id, :tenant_id, :realm_id, :provider, :document_type,
            :document_id, :version, :code, :category, :cause, :fix, :solver, :provider_code,
            :seen_at, :seen_at)
        ON CONFLICT (record_id, code) WHERE closed_at IS NULL DO UPDATE
       SET version = excluded.version, category = excluded.category, cause = excluded.cause,
           fix = excluded.fix, solver = excluded.solver,
           provider_code = excluded.provider_code, last_seen_at = excluded.last_seen_at,
           times_seen = t.times_seen + 1
""")
# Agreement on a version says nothing of the other content that was announced under it, and
# neither does another cause. Any other task is over once its record rests for another cause:
# the earlier one is gone, or is seen again after this one.
CLOSE: Final = text("""
    UPDATE tasks t
       SET closed_at = :now,
           closed_by = CASE WHEN r.state = 'skipped' THEN CAST(:skip AS text)
                            WHEN r.state <> 'agreed' THEN CAST(:cause AS text)
                            WHEN r.desired_version > t.version THEN CAST(:edit AS text)
                            WHEN t.noted_at >= t.last_seen_at THEN CAST(:solve AS text)
                            ELSE CAST(:retry AS text) END
      FROM sync_records r
     WHERE t.record_id = :record_id AND t.closed_at IS NULL
       AND r.record_id = t.record_id
       AND CASE WHEN r.state IN ('agreed', 'skipped')
                THEN t.code <> :conflict OR r.desired_version > t.version
                     OR t.noted_at >= t.last_seen_at
                ELSE r.state IN ('held', 'dead', 'waiting') AND t.code <> :conflict
                     AND t.code <> r.reason ->> 'code' END
""")


_CLOSED_BY: Final = {one.name.lower(): one.value for one in ClosedBy}
_CONFLICT: Final = VERSION_CONFLICT.code


class PostgresTasks:
    """The statements on ``tasks`` that belong to a worker's transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def open(self, task: Task) -> None:
        """Open a task; where one is open for this cause, record that it was seen once more."""
        await self._connection.execute(
            OPEN,
            {
                "id": task.id,
                "record_id": task.record_id,
                "connection_id": task.connection_id,
                "tenant_id": task.tenant_id,
                "realm_id": task.realm_id,
                "provider": task.provider,
                "document_type": task.document_type.value,
                "document_id": task.document_id,
                "version": task.version,
                "seen_at": task.seen_at,
                **task.reason.as_dict(),
            },
        )

    async def close(self, record_id: RecordId, *, now: datetime) -> None:
        """Close the tasks of a record that are over by the state and reason that it has now."""
        await _close(self._connection, record_id, now=now)


async def _close(connection: AsyncConnection, record_id: RecordId, *, now: datetime) -> None:
    given = {"record_id": record_id, "now": now, "conflict": _CONFLICT, **_CLOSED_BY}
    await connection.execute(CLOSE, given)


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks are meant; ``None`` is any.

    Attributes:
        id: The id of the one task that is meant.
        tenant_id: The tenant whose tasks are meant.
        realm_id: The company whose tasks are meant.
        provider: The provider whose tasks are meant.
        solver: Who can solve them, by the name of a :class:`~schemas.errors.Solver`.
        is_open: Whether the open ones are meant, or the closed ones.
    """

    id: UUID | None = None
    tenant_id: str | None = None
    realm_id: str | None = None
    provider: str | None = None
    solver: str | None = None
    is_open: bool | None = True


@dataclass(frozen=True, slots=True)
class TaskPlace:
    """Where a task stands in the order of all, the newest first.

    Attributes:
        opened_at: When it was opened, UTC.
        id: Its id, which decides between those that were opened at the same time.
    """

    opened_at: datetime
    id: UUID


# A task beside its record as it is now, under the names that the API has for the columns.
_COLUMNS: Final = (
    *tasks.c,
    sync_records.c.state.label("record_state"),
    sync_records.c.attempts_this_version.label("attempts"),
    sync_records.c.attempts_total.label("tries"),
    sync_records.c.next_attempt_at,
    sync_records.c.resolved_at,
)


async def search(
    connection: AsyncConnection,
    wanted: TaskFilter,
    *,
    limit: int,
    after: TaskPlace | None = None,
) -> list[Mapping[str, Any]]:
    """Return tasks, newest first, each with its link and its record's state, tries and times.

    Args:
        after: The place that those which are wanted come behind.
    """
    order = (tasks.c.opened_at, tasks.c.id)
    found = (
        select(*_COLUMNS)
        .join(sync_records, sync_records.c.record_id == tasks.c.record_id)
        .where(*_conditions(wanted))
        .order_by(*(column.desc() for column in order))
        .limit(limit)
    )
    if after is not None:
        found = found.where(tuple_(*order) < (after.opened_at, after.id))
    rows = (await connection.execute(found)).mappings()
    return [{**row, "link": link_to(row["code"])} for row in rows]


def _conditions(wanted: TaskFilter) -> list[ColumnElement[bool]]:
    columns = tasks.c
    found = [
        column == value
        for column, value in (
            (columns.id, wanted.id),
            (columns.tenant_id, wanted.tenant_id),
            (columns.realm_id, wanted.realm_id),
            (columns.provider, wanted.provider),
            (columns.solver, wanted.solver),
        )
        if value is not None
    ]
    if wanted.is_open is not None:
        ended = columns.closed_at
        found.append(ended.is_(None) if wanted.is_open else ended.is_not(None))
    return found


COUNT_OPEN: Final = text("""
    SELECT provider, solver, tasks FROM ledgerlane_open_tasks()
""")


async def count_open(connection: AsyncConnection) -> Sequence[tuple[str, str, int]]:
    """Return how many tasks of all tenants are open, by provider and who can solve them."""
    found = await connection.execute(COUNT_OPEN)
    return [(provider, solver, count) for provider, solver, count in found.all()]


TENANT_OF: Final = text("SELECT ledgerlane_owner_of_task(:id)")


async def tenant_of(connection: AsyncConnection, task_id: UUID) -> TenantId:
    """Return the tenant whom a task belongs to, named or not.

    Raises:
        NoSuchTask: there is none with this id.
    """
    found = (await connection.execute(TENANT_OF, {"id": task_id})).scalar_one()
    if found is None:
        raise NoSuchTask(f"no task {task_id}")
    return TenantId(found)


# The record is locked before its tasks, in the order in which settling locks them.
LOCK: Final = text("""
    SELECT record_id, connection_id, tenant_id, realm_id, provider, document_type,
           desired_version, revision
      FROM sync_records WHERE record_id = (SELECT record_id FROM tasks WHERE id = :id)
       FOR NO KEY UPDATE
""")
ADD_NOTE: Final = text("""
    UPDATE tasks SET note = :note, noted_at = :now WHERE id = :id AND closed_at IS NULL
 RETURNING id
""")


async def solve(
    connection: AsyncConnection, task_id: UUID, *, note: str, now: datetime
) -> tuple[ProviderName, Signal]:
    """Make the record of a task pending, as a person says that the cause is gone.

    The task stays open until the record agrees; where the cause is still there, it is seen
    once more. Dead letters of the record count as replayed. Return the provider and the signal
    to send to its lanes; without the signal the workers find the record in the table.

    Raises:
        NoSuchTask: there is none with this id.
        TaskClosed: it is closed already.
    """
    record = (await connection.execute(LOCK, {"id": task_id})).mappings().one_or_none()
    if record is None:
        raise NoSuchTask(f"no task {task_id}")
    noted = await connection.execute(ADD_NOTE, {"id": task_id, "note": note, "now": now})
    if noted.scalar_one_or_none() is None:
        raise TaskClosed(f"task {task_id} is closed")
    await reopen(connection, [record["record_id"]], now=now)
    await mark_all_replayed(connection, record["record_id"], now=now)
    # A record that agrees has nothing to be tried: what was to solve is solved by saying so.
    await _close(connection, RecordId(record["record_id"]), now=now)
    signal = signal_about(
        record,
        version=record["desired_version"],
        revision=record["revision"],
        priority=Priority.PERSON,
    )
    return ProviderName(record["provider"]), signal
