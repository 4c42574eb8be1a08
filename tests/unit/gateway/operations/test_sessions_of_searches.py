"""The session in which a search runs: that of the tenant whose rows alone are asked for."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from consumers.store.dead_letters import DeadLetterFilter
from consumers.store.tasks import TaskFilter
from gateway.database.sessions import Sessions
from gateway.database.tenancy import APP_ROLE, LOOKUP_ROLE
from gateway.operations.dead_letters import search_dead_letters
from gateway.operations.records import RecordSearch, count_records, search_records
from gateway.operations.replay import plan_replays
from gateway.operations.tasks import search_tasks
from schemas.ids import TenantId

T1 = TenantId("t1")

Standing = tuple[str, tuple[str, ...]]
Search = Callable[[Sessions, TenantId | None], Awaitable[object]]


class Nothing:
    """The answer of a database without rows."""

    def mappings(self) -> list[Mapping[str, Any]]:
        return []

    def all(self) -> list[tuple[Any, ...]]:
        return []


class Engine:
    """A database without rows; keeps the role and tenants that each statement ran for."""

    def __init__(self) -> None:
        self.ran: list[Standing] = []
        self._standing: Standing = ("", ())

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["Engine"]:
        self._standing = ("", ())
        yield self

    async def execute(
        self, statement: object, parameters: Mapping[str, Any] | None = None
    ) -> Nothing:
        if parameters and "role" in parameters:
            self._standing = (parameters["role"], tuple(parameters["tenants"]))
        else:
            self.ran.append(self._standing)
        return Nothing()


def dead_letters(sessions: Sessions, tenant: TenantId | None) -> Awaitable[object]:
    return search_dead_letters(sessions, DeadLetterFilter(None, tenant), limit=1)


def replays(sessions: Sessions, tenant: TenantId | None) -> Awaitable[object]:
    return plan_replays(sessions, DeadLetterFilter(None, tenant), limit=1)


def tasks(sessions: Sessions, tenant: TenantId | None) -> Awaitable[object]:
    return search_tasks(sessions, TaskFilter(None, tenant), limit=1)


def records(sessions: Sessions, tenant: TenantId | None) -> Awaitable[object]:
    return search_records(sessions, RecordSearch(tenant or T1), limit=1)


async def ran_for(search: Search, tenant: TenantId | None) -> set[Standing]:
    engine = Engine()
    await search(Sessions(cast(AsyncEngine, engine)), tenant)
    return set(engine.ran)


@pytest.mark.parametrize("search", [dead_letters, replays, tasks, count_records, records])
async def test_a_search_for_one_tenant_runs_in_a_session_of_that_tenant(search: Search) -> None:
    assert await ran_for(search, T1) == {(APP_ROLE, (T1,))}


@pytest.mark.parametrize("search", [dead_letters, replays, tasks, count_records])
async def test_a_search_over_all_tenants_only_reads(
    search: Search,
) -> None:
    assert await ran_for(search, None) == {(LOOKUP_ROLE, ())}
