"""Row-level security on PostgreSQL: each table of tenants, and the role that it binds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import pytest
from sqlalchemy import ARRAY, Column, Table, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.cli.app import app
from gateway.cli.failures import FAILED, run
from gateway.config.settings import Settings
from gateway.database.engine import open_database
from gateway.database.migrate import check_migrated, downgrade, upgrade
from gateway.database.sessions import Sessions
from gateway.database.tenancy import APP_ROLE, LOOKUP_ROLE, check_role, check_standing
from gateway.errors import NotMigrated, UnsafeRole
from gateway.migrations.metadata import METADATA
from gateway.wiring.database import open_sessions
from schemas.ids import TenantId
from tests.fakes.environment import environment

T1, T2 = TenantId("t1"), TenantId("t2")
APPEND_ONLY: Final = frozenset({"trail_entries", "trail_heads"})
TABLES: Final = {
    table.name: table
    for metadata in METADATA
    for table in metadata.sorted_tables
    if "tenant_id" in table.c
}
_VALUES: Final[dict[type, Any]] = {
    str: "text",
    int: 1,
    bool: False,
    float: 1.0,
    datetime: datetime(2026, 3, 2, tzinfo=UTC),
}
_SAID: Final = {"state": "disconnected", "grant_id": None}


def row_of(table: Table, tenant: TenantId) -> dict[str, Any]:
    return {column.name: _value(column, tenant) for column in table.c}


def _value(column: Column[Any], tenant: TenantId) -> Any:
    if column.name in _SAID:
        return _SAID[column.name]
    if column.name == "tenant_id":
        return tenant
    if isinstance(column.type, ARRAY | JSONB):
        return []
    kind = column.type.python_type
    if column.name == "realm_id":
        return f"realm of {tenant}"
    if kind is bytes:
        return uuid4().bytes
    return uuid4() if kind.__name__ == "UUID" else _VALUES[kind]


async def store(engine: AsyncEngine, table: Table, *tenants: TenantId) -> None:
    async with engine.begin() as owner:
        for tenant in tenants:
            await owner.execute(insert(table).values(row_of(table, tenant)))


async def seen(session: AsyncConnection, table: Table) -> list[str]:
    return sorted((await session.execute(select(table.c.tenant_id))).scalars())


@pytest.mark.parametrize("name", TABLES)
async def test_of_each_table_a_tenant_sees_and_changes_its_own_rows_only(
    engine: AsyncEngine, name: str
) -> None:
    table, sessions = TABLES[name], Sessions(engine)
    await store(engine, table, T1, T2)
    async with sessions.tenant_session(T1) as session:
        await check_standing(session, APP_ROLE)  # no BYPASSRLS, no superuser, no owner
        assert await seen(session, table) == [T1]
    await changed(sessions, table)
    async with sessions.system_session() as session:
        assert await seen(session, table) == []
    async with sessions.tenant_session(T2) as session:
        assert await seen(session, table) == [T2]
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with sessions.tenant_session(T2) as session:
            await session.execute(insert(table).values(row_of(table, T1)))


async def changed(sessions: Sessions, table: Table) -> None:
    """Change and delete what T1 sees, or be refused where rows are only appended."""
    if table.name in APPEND_ONLY:
        for statement in (table.update().values(tenant_id=T1), table.delete()):
            with pytest.raises(DBAPIError):
                async with sessions.tenant_session(T1) as session:
                    await session.execute(statement)
        return
    async with sessions.tenant_session(T1) as session:
        done = await session.execute(table.update().values(tenant_id=T1))
        assert done.rowcount == 1
        assert (await session.execute(table.delete())).rowcount == 1


@pytest.mark.parametrize("name", TABLES)
async def test_the_setting_is_read_once_for_a_statement(engine: AsyncEngine, name: str) -> None:
    async with Sessions(engine).tenant_session(T1) as session:
        found = await session.execute(text(f"EXPLAIN SELECT * FROM {name}"))  # noqa: S608 - ours
        plan = "\n".join(found.scalars())
    assert "InitPlan" in plan
    assert "= ANY ((InitPlan" in plan


async def test_every_table_with_a_tenant_has_row_security_forced(engine: AsyncEngine) -> None:
    async with engine.connect() as owner:
        found = await owner.execute(
            text(
                "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
                " AND relnamespace = CAST(current_schema() AS regnamespace)"
            )
        )
    assert set(found.scalars()) == set(TABLES)


@asynccontextmanager
async def role(engine: AsyncEngine, attributes: str) -> AsyncIterator[str]:
    """Make a role of the test's, and drop it at the end: roles are the whole server's."""
    name = f"test_{uuid4().hex}"
    async with engine.begin() as owner:
        await owner.execute(text(f"CREATE ROLE {name} {attributes}"))
    yield name
    async with engine.begin() as owner:
        await owner.execute(text(f"DROP OWNED BY {name}"))
        await owner.execute(text(f"DROP ROLE {name}"))


@pytest.mark.parametrize(
    ("attributes", "said"),
    [("SUPERUSER", "is a superuser"), ("BYPASSRLS", "has BYPASSRLS")],
)
async def test_a_role_above_row_security_is_refused(
    engine: AsyncEngine, attributes: str, said: str
) -> None:
    async with role(engine, attributes) as name, engine.begin() as connection:
        await connection.execute(text(f"SET LOCAL ROLE {name}"))
        with pytest.raises(UnsafeRole, match=said):
            await check_standing(connection, name)


async def test_a_role_that_inherits_what_the_look_up_role_sees_is_refused(
    engine: AsyncEngine,
) -> None:
    async with (
        role(engine, f"IN ROLE {LOOKUP_ROLE}") as heir,
        role(engine, f"NOINHERIT IN ROLE {LOOKUP_ROLE}") as member,
    ):
        async with engine.begin() as connection:
            await connection.execute(text(f"SET LOCAL ROLE {heir}"))
            with pytest.raises(UnsafeRole, match="inherits what"):
                await check_standing(connection, heir)
        async with engine.begin() as connection:
            await connection.execute(text(f"SET LOCAL ROLE {member}"))
            await check_standing(connection, member)


async def test_a_role_that_owns_a_table_or_belongs_to_its_owner_is_refused(
    engine: AsyncEngine,
) -> None:
    async with role(engine, "NOLOGIN") as owner, role(engine, f"IN ROLE {owner}") as member:
        async with engine.begin() as connection:
            await connection.execute(text(f"ALTER TABLE valves OWNER TO {owner}"))
        for name in (owner, member):
            async with engine.begin() as connection:
                await connection.execute(text(f"SET LOCAL ROLE {name}"))
                with pytest.raises(UnsafeRole, match="owns valves"):
                    await check_standing(connection, name)


def test_the_product_does_not_start_where_a_table_has_no_row_security_forced(
    migrated_database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import asyncio

    async def unforce() -> None:
        async with open_database(migrated_database_url) as engine, engine.begin() as owner:
            await owner.execute(text("ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY"))

    asyncio.run(unforce())
    for name, value in environment(DATABASE_URL=migrated_database_url).items():
        monkeypatch.setenv(name, value)
    assert run(app, ["valves", "list"]) == FAILED
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "row-level security is not forced on tasks" in line


async def test_a_login_that_may_not_become_the_role_is_refused(engine: AsyncEngine) -> None:
    async with role(engine, "LOGIN PASSWORD 'p'") as name:
        url = engine.url.set(username=name, password="p")  # noqa: S106 - of this test
        async with open_database(url.render_as_string(hide_password=False)) as stranger:
            with pytest.raises(UnsafeRole, match=f"GRANT {APP_ROLE} TO {name}"):
                await check_role(stranger)


async def disable(sessions: Sessions) -> None:
    async with sessions.tenant_session(T1) as session:
        await session.execute(text("RESET ROLE"))
        await session.execute(text("ALTER TABLE tasks DISABLE ROW LEVEL SECURITY"))


async def test_a_login_of_its_own_works_under_the_role_and_can_do_no_more(
    engine: AsyncEngine,
) -> None:
    await store(engine, TABLES["tasks"], T1, T2)
    async with role(engine, f"LOGIN PASSWORD 'p' IN ROLE {APP_ROLE}") as name:
        url = engine.url.set(username=name, password="p")  # noqa: S106 - of this test
        said = environment(DATABASE_URL=url.render_as_string(hide_password=False))
        async with open_sessions(Settings.from_environ(said)) as sessions:
            async with sessions.tenant_session(T1) as session:
                assert await seen(session, TABLES["tasks"]) == [T1]
            async with sessions.all_tenants("the test") as session:
                assert await seen(session, TABLES["tasks"]) == [T1, T2]
            with pytest.raises(ProgrammingError, match="must be owner"):
                await disable(sessions)


async def test_an_owner_that_is_no_superuser_migrates_up_and_down(
    database_url: str, engine: AsyncEngine
) -> None:
    """The roles are there: `engine` is of another database of the server, which made them."""
    database = make_url(database_url).database
    async with role(engine, f"LOGIN PASSWORD 'p' IN ROLE {APP_ROLE}") as name:
        async with engine.connect() as owner:
            await owner.execution_options(isolation_level="AUTOCOMMIT")
            await owner.execute(text(f"ALTER DATABASE {database} OWNER TO {name}"))
        url = make_url(database_url).set(username=name, password="p")  # noqa: S106 - of this test
        shown = url.render_as_string(hide_password=False)
        await upgrade(shown)
        async with open_database(shown) as opened:
            await check_migrated(opened)
            await check_role(opened)
        await downgrade(shown, "0013")
        await upgrade(shown)
        await downgrade(shown, "base")
        async with engine.connect() as owner:
            await owner.execution_options(isolation_level="AUTOCOMMIT")
            await owner.execute(text(f"ALTER DATABASE {database} OWNER TO CURRENT_USER"))
        async with open_database(database_url) as opened, opened.begin() as left:
            await left.execute(text(f"DROP OWNED BY {name}"))


async def test_a_login_without_the_rights_is_told_what_it_lacks(
    database_url: str, engine: AsyncEngine
) -> None:
    async with role(engine, "LOGIN PASSWORD 'p'") as name:
        url = make_url(database_url).set(username=name, password="p")  # noqa: S106 - of this test
        with pytest.raises(NotMigrated, match="lacks a right"):
            await upgrade(url.render_as_string(hide_password=False))


async def test_the_functions_that_look_across_tenants_are_the_applications_alone(
    engine: AsyncEngine,
) -> None:
    async with engine.connect() as owner:
        found = await owner.execute(
            text(
                "SELECT proname, pg_get_userbyid(proowner) AS owner,"
                " has_function_privilege('public', oid, 'EXECUTE') AS everybodys"
                " FROM pg_proc WHERE prosecdef AND proname LIKE 'ledgerlane%'"
            )
        )
        functions = found.all()
    assert len(functions) == 15
    assert {(one.owner, one.everybodys) for one in functions} == {(LOOKUP_ROLE, False)}
