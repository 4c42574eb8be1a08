import asyncio

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ledgerlane_outbox import (
    OutboxMessage,
    append,
    install,
    install_sync,
    uninstall,
    uninstall_sync,
)
from ledgerlane_outbox.schema import SchemaMismatch

LEFT_OVERS = text("""
    SELECT relname FROM pg_class WHERE relname LIKE 'ledgerlane%'
     UNION ALL
    SELECT proname FROM pg_proc WHERE proname LIKE 'ledgerlane%'
""")

MESSAGE = OutboxMessage(type="a.b.v1", source="/s", tenant_id="t", payload={})


async def test_installing_twice_keeps_the_rows(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await append(connection, MESSAGE)
        await install(connection)
        count = await connection.scalar(text("SELECT count(*) FROM ledgerlane_outbox"))
    assert count == 1


async def test_services_that_install_at_once_do_not_collide(database_url: str) -> None:
    engine = create_async_engine(database_url)

    async def start_a_service() -> None:
        async with engine.begin() as connection:
            await install(connection)

    async with asyncio.TaskGroup() as services:
        for _ in range(4):
            services.create_task(start_a_service())
    await engine.dispose()


async def test_uninstalling_leaves_nothing_and_can_be_undone(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await append(connection, MESSAGE)
        await uninstall(connection)
        await uninstall(connection)
        assert (await connection.execute(LEFT_OVERS)).all() == []
        await install(connection)
        await append(connection, MESSAGE)


async def test_nothing_is_committed_for_the_caller(database_url: str) -> None:
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        await install(connection)
        await connection.rollback()
        assert (await connection.execute(LEFT_OVERS)).all() == []
    await engine.dispose()


def test_another_driver_installs_as_well(database_url: str) -> None:
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        install_sync(connection)
        assert inspect(connection).has_table("ledgerlane_outbox")
        uninstall_sync(connection)
        assert connection.execute(LEFT_OVERS).all() == []
    engine.dispose()


async def test_a_database_of_another_version_is_refused(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "CREATE OR REPLACE FUNCTION ledgerlane_outbox_version() RETURNS integer"
                " LANGUAGE sql IMMUTABLE RETURN 99"
            )
        )
        with pytest.raises(SchemaMismatch, match="version 99"):
            await install(connection)
