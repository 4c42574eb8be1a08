"""The upgrade of an outbox of version 1: it becomes what is installed anew, with its rows."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from ledgerlane_outbox import OutboxMessage, append, install, uninstall
from ledgerlane_outbox.schema import SchemaMismatch
from tests.integration.outbox.version_1 import install_version_1

MESSAGE = OutboxMessage(type="a.b.v1", source="/s", tenant_id="t", payload={})

# All that is named or defined in the schema, with the bodies of functions.
LAYOUT = text("""
    SELECT 'relation', relname, relkind::text FROM pg_class
     WHERE relnamespace = current_schema()::regnamespace
     UNION ALL
    SELECT 'column', attrelid::regclass || '.' || attname, format_type(atttypid, atttypmod)
      FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
     WHERE relnamespace = current_schema()::regnamespace AND attnum > 0 AND NOT attisdropped
     UNION ALL
    SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()
     UNION ALL
    SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint
     WHERE connamespace = current_schema()::regnamespace
     UNION ALL
    SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger
     UNION ALL
    SELECT 'function', oid::regprocedure::text, pg_get_functiondef(oid) FROM pg_proc
     WHERE pronamespace = current_schema()::regnamespace
""")
ROWS = text("SELECT seq, event_id, xid::text FROM ledgerlane_outbox ORDER BY seq")
PARKED = text("SELECT seq, reason, decision FROM ledgerlane_outbox_parked ORDER BY seq")
PARK = text("""
    INSERT INTO ledgerlane_outbox_parked
           (seq, created_at, event_id, topic, partition_key, headers, payload, reason,
            holds_key, verdict)
    SELECT seq, created_at, event_id, topic, partition_key, headers, payload, 'too large', true,
           'retry'
      FROM ledgerlane_outbox
""")
LEFT_OVERS = text("""
    SELECT relname FROM pg_class WHERE relname LIKE 'ledgerlane%'
     UNION ALL
    SELECT proname FROM pg_proc WHERE proname LIKE 'ledgerlane%'
     UNION ALL
    SELECT pubname FROM pg_publication
""")


@pytest_asyncio.fixture
async def connection(database_url: str) -> AsyncIterator[AsyncConnection]:
    """A transaction in a database without an outbox."""
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        yield connection
    await engine.dispose()


async def layout(connection: AsyncConnection) -> set[tuple[object, ...]]:
    return {tuple(row) for row in await connection.execute(LAYOUT)}


async def test_an_upgraded_outbox_is_one_that_was_installed_anew(
    connection: AsyncConnection,
) -> None:
    await install(connection)
    installed = await layout(connection)
    await uninstall(connection)
    await install_version_1(connection)
    assert await layout(connection) != installed
    await install(connection)
    assert await layout(connection) == installed


async def test_an_upgrade_keeps_rows_and_decisions(connection: AsyncConnection) -> None:
    await install_version_1(connection)
    await append(connection, MESSAGE)
    await connection.execute(PARK)
    await append(connection, MESSAGE)
    before = (await connection.execute(ROWS)).all()
    await install(connection)
    await install(connection)
    assert (await connection.execute(ROWS)).all() == before
    assert (await connection.execute(PARKED)).all() == [(1, "too large", "retry")]
    await append(connection, MESSAGE)


async def test_an_upgrade_is_rolled_back_as_a_whole(connection: AsyncConnection) -> None:
    await install_version_1(connection)
    before = await layout(connection)
    savepoint = await connection.begin_nested()
    await install(connection)
    await savepoint.rollback()
    assert await layout(connection) == before


async def test_an_outbox_behind_another_schema_of_the_path_is_upgraded_where_it_is(
    connection: AsyncConnection,
) -> None:
    await install_version_1(connection)
    await connection.execute(text("CREATE SCHEMA earlier"))
    await connection.execute(text("SET LOCAL search_path = earlier, public"))
    await install(connection)
    assert await connection.scalar(text("SHOW search_path")) == "earlier, public"
    assert await layout(connection) == {
        row for row in await layout(connection) if row[0] == "trigger"
    }
    await uninstall(connection)
    assert (await connection.execute(LEFT_OVERS)).all() == []


async def test_an_outbox_of_version_1_can_be_uninstalled(connection: AsyncConnection) -> None:
    await install_version_1(connection)
    await append(connection, MESSAGE)
    await uninstall(connection)
    assert (await connection.execute(LEFT_OVERS)).all() == []


async def test_an_outbox_of_a_later_version_is_not_uninstalled(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "CREATE OR REPLACE FUNCTION ledgerlane_outbox_version() RETURNS integer"
                " LANGUAGE sql IMMUTABLE RETURN 99"
            )
        )
        with pytest.raises(SchemaMismatch, match="version 99"):
            await uninstall(connection)


async def test_what_a_reader_of_the_log_made_is_uninstalled(
    connection: AsyncConnection,
) -> None:
    await install(connection)
    await connection.execute(text("CREATE TABLE ledgerlane_outbox_wal_cursor ()"))
    await connection.execute(
        text("CREATE PUBLICATION ledgerlane_outbox FOR TABLE ledgerlane_outbox")
    )
    await uninstall(connection)
    assert (await connection.execute(LEFT_OVERS)).all() == []


async def test_the_publication_of_another_schemas_outbox_stays(
    connection: AsyncConnection,
) -> None:
    await install(connection)
    await connection.execute(
        text("CREATE PUBLICATION ledgerlane_outbox FOR TABLE ledgerlane_outbox")
    )
    await connection.execute(text("CREATE SCHEMA another"))
    await connection.execute(text("SET LOCAL search_path = another"))
    await install(connection)
    await uninstall(connection)
    assert await connection.scalar(text("SELECT pubname FROM pg_publication"))
