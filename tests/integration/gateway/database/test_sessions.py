"""Sessions on PostgreSQL: each sees the tenants that it names, for one transaction."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from structlog.testing import capture_logs

from gateway.database.engine import open_database
from gateway.database.sessions import Sessions
from gateway.database.tenancy import APP_ROLE
from schemas.ids import TenantId

T1, T2 = TenantId("t1"), TenantId("t2'; DROP TABLE connections; --")
T3 = TenantId('"{},\\ \N{SNOWMAN}')

_INSERT = text(
    "INSERT INTO valves (connection_id, tenant_id, provider, code, dead_letters, tripped_at)"
    " VALUES (:id, :tenant, 'qbo', 'c', 1, now())"
)
_WITHOUT_ID = text("INSERT INTO valves (tenant_id) VALUES (:tenant)")
_TENANTS = text("SELECT tenant_id FROM valves")


async def store(session: AsyncConnection, tenant: TenantId) -> UUID:
    id_ = uuid4()
    await session.execute(_INSERT, {"id": id_, "tenant": tenant})
    return id_


async def seen(session: AsyncConnection) -> Sequence[str]:
    return sorted((await session.execute(_TENANTS)).scalars())


async def stored(engine: AsyncEngine) -> Sequence[str]:
    async with engine.connect() as connection:
        return await seen(connection)


async def test_a_session_sees_the_tenants_that_it_names_whatever_their_names(
    engine: AsyncEngine,
) -> None:
    sessions = Sessions(engine)
    for tenant in (T1, T2, T3):
        async with sessions.tenant_session(tenant) as session:
            await store(session, tenant)
    for tenant in (T1, T2, T3):
        async with sessions.tenant_session(tenant) as session:
            assert await seen(session) == [tenant]
    async with sessions.session(T1, T3) as session:
        assert await seen(session) == sorted([T1, T3])


async def test_without_a_tenant_named_no_row_is_seen(engine: AsyncEngine) -> None:
    sessions = Sessions(engine)
    async with sessions.tenant_session(T1) as session:
        await store(session, T1)
    async with sessions.system_session() as session:
        assert await seen(session) == []


async def test_no_row_is_written_for_a_tenant_that_is_not_named(engine: AsyncEngine) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with Sessions(engine).tenant_session(T1) as session:
            await store(session, T2)
    assert await stored(engine) == []


async def test_no_row_of_a_tenant_that_is_not_named_is_changed(engine: AsyncEngine) -> None:
    sessions = Sessions(engine)
    async with sessions.tenant_session(T1) as session:
        await store(session, T1)
    async with sessions.tenant_session(T2) as session:
        for statement in ("UPDATE valves SET code = 'changed'", "DELETE FROM valves"):
            assert (await session.execute(text(statement))).rowcount == 0
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with sessions.tenant_session(T1) as session:
            await session.execute(text("UPDATE valves SET tenant_id = 'another'"))
    assert await stored(engine) == [T1]


async def test_no_tenant_and_no_role_is_left_on_a_connection_that_is_used_again(
    migrated_database_url: str,
) -> None:
    async with open_database(migrated_database_url, pool=1) as engine:
        sessions = Sessions(engine)
        async with sessions.tenant_session(T1) as session:
            first = await session.scalar(text("SELECT pg_backend_pid()"))
            await store(session, T1)
            assert await session.scalar(text("SELECT current_user")) == APP_ROLE
        async with engine.connect() as connection:
            assert await connection.scalar(text("SELECT current_user = session_user"))
            left = text("SELECT current_setting('ledgerlane.tenants', true)")
            assert not await connection.scalar(left)
        async with sessions.system_session() as session:
            assert await session.scalar(text("SELECT pg_backend_pid()")) == first
            assert await seen(session) == []


async def test_a_question_about_all_tenants_is_logged_and_changes_nothing(
    engine: AsyncEngine,
) -> None:
    sessions = Sessions(engine)
    for tenant in (T1, T2):
        async with sessions.tenant_session(tenant) as session:
            await store(session, tenant)
    with capture_logs() as logs:
        async with sessions.all_tenants("a test") as session:
            assert await seen(session) == sorted([T1, T2])
    assert logs == [{"event": "sessions.all_tenants", "purpose": "a test", "log_level": "info"}]
    for statement in ("DELETE FROM valves", "SELECT sealed FROM grants"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            async with sessions.all_tenants("a test") as session:
                await session.execute(text(statement))


async def insert_and_fail(sessions: Sessions) -> None:
    async with sessions.tenant_session(T1) as session:
        await store(session, T1)
        await session.execute(_WITHOUT_ID, {"tenant": T1})


async def test_the_end_of_a_session_commits_it(engine: AsyncEngine) -> None:
    async with Sessions(engine).tenant_session(T1) as session:
        await store(session, T1)
    assert await stored(engine) == [T1]


async def test_an_error_in_a_session_rolls_it_back(engine: AsyncEngine) -> None:
    with pytest.raises(IntegrityError):
        await insert_and_fail(Sessions(engine))
    assert await stored(engine) == []
