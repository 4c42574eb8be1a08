"""Tasks: what a person must do, listed, shown, and solved."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

import structlog
from fastapi import APIRouter
from pydantic import Field

from consumers.store.tasks import NoSuchTask, TaskClosed, TaskFilter, TaskPlace
from gateway.http.access import needs, tenant_for
from gateway.http.answers import TaskPage, TaskStatus
from gateway.http.dependencies import ApiDependencies
from gateway.http.document import refusals
from gateway.http.pages import Cursor, Limit, page, place_of, unreadable
from gateway.http.problem_codes import INVALID_CURSOR, TASK_CLOSED, UNKNOWN_TASK, UNKNOWN_TENANT
from gateway.http.request_bodies import RequestBody
from gateway.http.text import Text
from gateway.identity.principal import Principal, Scope
from gateway.operations.tasks import get_task, search_tasks, solve_task
from schemas.errors import Solver

log: Final = structlog.get_logger("tasks")

_ORDER: Final = ("opened_at", "id")

Reader = Annotated[Principal, needs(Scope.TASKS_READ)]
Solves = Annotated[Principal, needs(Scope.TASKS_WRITE)]


class Which(StrEnum):
    """Which tasks a list has."""

    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


class Solved(RequestBody):
    """The request body of a solved task: what was done."""

    note: Annotated[Text, Field(min_length=1, max_length=2_000)]


_IS_OPEN: Final[Mapping[Which, bool | None]] = {
    Which.OPEN: True,
    Which.CLOSED: False,
    Which.ALL: None,
}


def task_routes(given: ApiDependencies) -> APIRouter:
    """Return the routes about tasks."""
    routes = APIRouter(prefix="/v1/tasks", tags=["tasks"])
    _add_reads(routes, given)
    _add_solving(routes, given)
    return routes


def _add_reads(routes: APIRouter, given: ApiDependencies) -> None:
    @routes.get(
        "",
        summary="List tasks, newest first, with how their records stand.",
        responses=refusals(UNKNOWN_TENANT, INVALID_CURSOR),
    )
    async def list_tasks(
        caller: Reader,
        tenant: Text | None = None,
        realm: Text | None = None,
        provider: Text | None = None,
        solver: Solver | None = None,
        state: Which = Which.OPEN,
        limit: Limit = 100,
        cursor: Cursor = "",
    ) -> TaskPage:
        held_to = tenant_for(caller, tenant)
        wanted = TaskFilter(None, held_to, realm, provider, solver, is_open=_IS_OPEN[state])
        after = _place(cursor) if cursor else None
        found = await search_tasks(given.sessions, wanted, limit=limit + 1, after=after)
        return TaskPage.model_validate(page("tasks", found, limit, *_ORDER))

    @routes.get(
        "/{task}",
        summary="Show one task, open or closed.",
        responses=refusals(UNKNOWN_TASK),
    )
    async def show_task(task: UUID, caller: Reader) -> TaskStatus:
        try:
            found = await get_task(given.sessions, task, tenant=caller.tenant)
        except NoSuchTask as exc:
            raise UNKNOWN_TASK.problem(task=task) from exc
        return TaskStatus.model_validate(found)


def _add_solving(routes: APIRouter, given: ApiDependencies) -> None:
    @routes.post(
        "/{task}/solve",
        name="solve_task",
        status_code=HTTPStatus.ACCEPTED,
        summary="Say that a task's cause is gone: its record is tried again.",
        responses=refusals(UNKNOWN_TASK, TASK_CLOSED),
    )
    async def solve(task: UUID, said: Solved, caller: Solves) -> TaskStatus:
        try:
            solved = await solve_task(
                task,
                tenant=caller.tenant,
                note=said.note,
                sessions=given.sessions,
                signals=given.signals,
                now=given.now(),
            )
        except NoSuchTask as exc:
            raise UNKNOWN_TASK.problem(task=task) from exc
        except TaskClosed as exc:
            raise TASK_CLOSED.problem() from exc
        log.info("task.solved", task=str(task))  # and by whom: the caller is bound
        return TaskStatus.model_validate(solved)


def _place(cursor: str) -> TaskPlace:
    try:
        opened_at, task_id = place_of(cursor)
        return TaskPlace(datetime.fromisoformat(opened_at).astimezone(UTC), UUID(task_id))
    except ValueError as exc:
        raise unreadable() from exc
