"""The upgrade of an earlier outbox: it becomes what is installed anew, with its rows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from ledgerlane_outbox import OutboxMessage, append, install, uninstall
from ledgerlane_outbox.schema import SchemaMismatch
from ledgerlane_outbox.store import TAKE_LEASE
from producers.sources.postgres import libpq_url
from producers.sources.wal.table_rows import COLUMNS
from tests.integration.outbox.earlier_versions import install_version, layout
from tests.integration.producers.events import append_as_version_2

Session: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

MESSAGE = OutboxMessage(type="a.b.v1", source="/s", tenant_id="t", payload={})

ROWS = text("SELECT seq, event_id, xid::text FROM ledgerlane_outbox ORDER BY seq")
PARKED = text("SELECT seq, reason, decision FROM ledgerlane_outbox_parked ORDER BY seq")
PARK = """
    INSERT INTO ledgerlane_outbox_parked
           (seq, created_at, event_id, topic, partition_key, headers, payload, reason,
            holds_key, {decision})
    SELECT seq, created_at, event_id, topic, partition_key, headers, payload, 'too large', true,
           'retry'
      FROM ledgerlane_outbox
"""
DECISION = {1: "verdict", 2: "decision"}
FILES = text("""
    SELECT relname, pg_relation_filenode(oid) FROM pg_class
     WHERE relname LIKE 'ledgerlane_outbox%' AND relkind IN ('r', 'i') ORDER BY relname
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
    """A transaction in a database without an outbox; a test may commit it and begin another."""
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


@asynccontextmanager
async def open_session(
    database_url: str,
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    session = await asyncpg.connect(libpq_url(database_url))
    try:
        yield session
    finally:
        await session.close()


@asynccontextmanager
async def open_lease(database_url: str) -> AsyncIterator[None]:
    """Take the lease of the outbox, as relays of every version do."""
    async with open_session(database_url) as session:
        assert await session.fetchval(TAKE_LEASE, 0)
        yield


@pytest.mark.parametrize("version", [1, 2])
async def test_an_upgraded_outbox_is_one_that_was_installed_anew(
    connection: AsyncConnection, version: int
) -> None:
    await install(connection)
    installed = await layout(connection)
    await uninstall(connection)
    await install_version(connection, version)
    assert await layout(connection) != installed
    await install(connection)
    assert await layout(connection) == installed


@pytest.mark.parametrize("version", [1, 2])
async def test_an_upgrade_keeps_rows_and_decisions(
    connection: AsyncConnection, version: int
) -> None:
    await install_version(connection, version)
    await append_as_version_2(connection, MESSAGE)
    await connection.execute(text(PARK.format(decision=DECISION[version])))
    await append_as_version_2(connection, MESSAGE)
    before = (await connection.execute(ROWS)).all()
    await install(connection)
    await install(connection)
    assert (await connection.execute(ROWS)).all() == before
    assert (await connection.execute(PARKED)).all() == [(1, "too large", "retry")]
    await append_as_version_2(connection, MESSAGE)
    await append(connection, MESSAGE)


async def test_an_upgrade_rewrites_no_table_and_no_index(connection: AsyncConnection) -> None:
    await install_version(connection, 2)
    await append_as_version_2(connection, MESSAGE)
    before = (await connection.execute(FILES)).all()
    await install(connection)
    assert (await connection.execute(FILES)).all() == before


async def test_an_outbox_that_a_relay_reads_is_not_upgraded_and_nothing_is_changed(
    connection: AsyncConnection, database_url: str
) -> None:
    await install_version(connection, 2)
    await connection.commit()
    before = await layout(connection)
    await connection.commit()
    async with open_lease(database_url):
        with pytest.raises(DBAPIError, match="relays still read this outbox") as raised:
            await install(connection)
        assert "HINT:  Stop every relay" in str(
            raised.value.orig and raised.value.orig.__cause__
        )
        await connection.rollback()
        assert await layout(connection) == before
        await connection.rollback()
        await append_as_version_2(connection, MESSAGE)
        await connection.commit()
    await install(connection)
    assert await connection.scalar(text("SELECT ledgerlane_outbox_version()")) == 3


async def test_no_relay_takes_a_lease_while_the_outbox_is_upgraded(
    connection: AsyncConnection, database_url: str
) -> None:
    await install_version(connection, 2)
    await connection.commit()
    await install(connection)
    async with open_session(database_url) as relay:
        assert not await relay.fetchval(TAKE_LEASE, 0)
        await connection.commit()
        assert await relay.fetchval(TAKE_LEASE, 0)


async def test_a_relay_of_version_2_that_is_late_fails_before_it_reads_a_row(
    connection: AsyncConnection, database_url: str
) -> None:
    """It has read the version, and takes its lease only now."""
    await install_version(connection, 2)
    await install(connection)
    await connection.commit()
    async with open_session(database_url) as relay:
        with pytest.raises(asyncpg.UndefinedColumnError, match="last_seq"):
            await relay.fetch("SELECT last_seq FROM ledgerlane_outbox_cursor")


@pytest.mark.parametrize("columns", ["", "(xid, seq, topic, partition_key, headers, payload)"])
async def test_a_publication_gets_the_new_columns(
    connection: AsyncConnection, columns: str
) -> None:
    await install_version(connection, 2)
    await connection.exec_driver_sql("CREATE TABLE another (id integer)")
    await connection.exec_driver_sql(
        f"CREATE PUBLICATION ledgerlane_outbox FOR TABLE ledgerlane_outbox {columns}, another"
        " WITH (publish = 'insert', publish_via_partition_root = true)"
    )
    await install(connection)
    listed = await connection.exec_driver_sql(
        "SELECT tablename, attnames FROM pg_publication_tables"
    )
    found = {row.tablename: set(row.attnames) for row in listed}
    assert found["another"] == {"id"}
    assert set(COLUMNS) <= found["ledgerlane_outbox"]


async def test_an_upgrade_is_rolled_back_as_a_whole(connection: AsyncConnection) -> None:
    await install_version(connection, 2)
    before = await layout(connection)
    savepoint = await connection.begin_nested()
    await install(connection)
    await savepoint.rollback()
    assert await layout(connection) == before


async def test_an_outbox_behind_another_schema_of_the_path_is_upgraded_where_it_is(
    connection: AsyncConnection,
) -> None:
    await install_version(connection, 2)
    await connection.execute(text("CREATE SCHEMA earlier"))
    await connection.execute(text("SET LOCAL search_path = earlier, public"))
    await install(connection)
    assert await connection.scalar(text("SHOW search_path")) == "earlier, public"
    assert await layout(connection) == {
        row for row in await layout(connection) if row[0] == "trigger"
    }
    await uninstall(connection)
    assert (await connection.execute(LEFT_OVERS)).all() == []


@pytest.mark.parametrize("version", [1, 2])
async def test_an_earlier_outbox_can_be_uninstalled(
    connection: AsyncConnection, version: int
) -> None:
    await install_version(connection, version)
    await append_as_version_2(connection, MESSAGE)
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
