"""Tasks: searched, read, and solved, which sends a signal."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from consumers.store import tasks
from gateway.database.sessions import Sessions
from gateway.operations.signals import SignalSender
from providers.connections import ConnectionStore
from schemas.ids import TenantId
from schemas.topics import work_topic


async def search_tasks(
    sessions: Sessions,
    wanted: tasks.TaskFilter,
    *,
    limit: int,
    after: tasks.TaskPlace | None = None,
) -> Sequence[Mapping[str, Any]]:
    """Return tasks, newest first, each with its record's state, attempts and times.

    Args:
        after: Only tasks that come behind this place.
    """
    tenant = None if wanted.tenant_id is None else TenantId(wanted.tenant_id)
    async with sessions.session_of(tenant, purpose="tasks") as database:
        return await tasks.search(database, wanted, limit=limit, after=after)


async def get_task(
    sessions: Sessions, task_id: UUID, *, tenant: TenantId | None
) -> Mapping[str, Any]:
    """Return one task, open or closed.

    Args:
        tenant: The one tenant whose tasks may be seen; ``None`` for all tenants.

    Raises:
        NoSuchTask: there is none, or it is another tenant's.
    """
    owner = await _owner_of(sessions, task_id, tenant)
    wanted = tasks.TaskFilter(id=task_id, tenant_id=owner, is_open=None)
    found = await search_tasks(sessions, wanted, limit=1)
    if not found:
        raise tasks.NoSuchTask(f"no task {task_id}")
    return found[0]


async def solve_task(
    task_id: UUID,
    *,
    tenant: TenantId | None,
    note: str,
    sessions: Sessions,
    signals: SignalSender,
    now: datetime,
) -> Mapping[str, Any]:
    """Reopen the record of a task, as its cause is gone, and return the task.

    Its company is read again before the record is tried: what was put right may be there.
    Returns once the signal is stored; a worker tries the record. After a crash before that,
    a worker finds the record in the table.

    Args:
        tenant: The one tenant whose tasks may be solved; ``None`` for all tenants.

    Raises:
        NoSuchTask: there is none, or it is another tenant's.
        TaskClosed: it is closed already.
    """
    owner = await _owner_of(sessions, task_id, tenant)
    async with sessions.tenant_session(owner) as database:
        provider, signal = await tasks.solve(database, task_id, note=note, now=now)
        await ConnectionStore(database).read_again([signal.connection_id])
    await signals.send([(work_topic(provider), signal)])
    return await get_task(sessions, task_id, tenant=owner)


async def _owner_of(sessions: Sessions, task_id: UUID, tenant: TenantId | None) -> TenantId:
    """Return the tenant whom a task belongs to.

    Raises:
        NoSuchTask: there is none, or it is not ``tenant``'s.
    """
    async with sessions.system_session() as database:
        owner = await tasks.tenant_of(database, task_id)
    if tenant not in (None, owner):
        raise tasks.NoSuchTask(f"no task {task_id}")
    return owner
