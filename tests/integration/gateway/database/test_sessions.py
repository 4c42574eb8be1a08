"""Sessions on PostgreSQL: the tenant is set for one transaction, and for no other."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database.engine import open_database
from gateway.database.sessions import TENANT_SETTING, Sessions
from schemas.ids import TenantId

_TENANT = text("SELECT current_setting(:setting, true)")
T1, T2 = TenantId("t1"), TenantId("t2'; DROP TABLE connections; --")


async def tenant_in(session: AsyncConnection) -> str:
    return (await session.scalar(_TENANT, {"setting": TENANT_SETTING})) or ""


async def test_a_tenant_session_sets_its_tenant_whatever_its_name(engine: AsyncEngine) -> None:
    sessions = Sessions(engine)
    for tenant in (T1, T2):
        async with sessions.tenant_session(tenant) as session:
            assert await tenant_in(session) == tenant


async def test_no_tenant_is_left_on_a_connection_that_is_used_again(
    migrated_database_url: str,
) -> None:
    async with open_database(migrated_database_url, pool=1) as engine:
        sessions = Sessions(engine)
        async with sessions.tenant_session(T1) as session:
            first = await session.scalar(text("SELECT pg_backend_pid()"))
        async with sessions.system_session() as session:
            assert await session.scalar(text("SELECT pg_backend_pid()")) == first
            assert await tenant_in(session) == ""


_INSERT = text(
    "INSERT INTO valves (connection_id, provider, code, dead_letters, tripped_at)"
    " VALUES (gen_random_uuid(), 'qbo', 'c', 1, now())"
)


_WITHOUT_ID = text("INSERT INTO valves (provider) VALUES ('qbo')")


async def insert_and_fail(sessions: Sessions) -> None:
    async with sessions.tenant_session(T1) as session:
        await session.execute(_INSERT)
        await session.execute(_WITHOUT_ID)


async def valves_in(sessions: Sessions) -> int:
    async with sessions.system_session() as session:
        return int(await session.scalar(text("SELECT count(*) FROM valves")) or 0)


async def test_the_end_of_a_session_commits_it(engine: AsyncEngine) -> None:
    sessions = Sessions(engine)
    async with sessions.tenant_session(T1) as session:
        await session.execute(_INSERT)
    assert await valves_in(sessions) == 1


async def test_an_error_in_a_session_rolls_it_back(engine: AsyncEngine) -> None:
    sessions = Sessions(engine)
    with pytest.raises(IntegrityError):
        await insert_and_fail(sessions)
    assert await valves_in(sessions) == 0
