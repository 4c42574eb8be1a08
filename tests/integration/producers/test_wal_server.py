"""The source on the log while its server restarts, crashes, or throws the slot away.

On a server of these tests' own, as they change its settings and end it.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.embedded.postgres import Postgres
from gateway.embedded.run import open_run
from producers.errors import SourceUnavailable
from producers.sources.wal.source import WalSource
from tests.contracts.source import drain, first_batch
from tests.integration.installed_outbox import open_outbox
from tests.integration.producers.wal import (
    Logged,
    commit,
    emit,
    errors_of,
    execute,
    is_told_lost,
    lines_of,
    read_and_leave,
    resume,
    settle,
    slot,
)


@pytest_asyncio.fixture
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres]:
    async with open_run(tmp_path_factory.mktemp("logs")) as run:
        server = Postgres(run)
        await server.start()
        yield server
        await server.stop()


@pytest_asyncio.fixture
async def engine(server: Postgres) -> AsyncIterator[AsyncEngine]:
    async with open_outbox(server.url) as found:
        yield found


@pytest.fixture
def source(server: Postgres, engine: AsyncEngine) -> WalSource:
    return WalSource(server.url, name="test")


async def configure(engine: AsyncEngine, setting: str) -> None:
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        await connection.execute(text(f"ALTER SYSTEM SET {setting}"))
        await connection.execute(text("SELECT pg_reload_conf()"))


async def flood(engine: AsyncEngine) -> None:
    """Write three files of the log."""
    for _ in range(3):
        await execute(
            engine, "SELECT pg_logical_emit_message(false, 'theirs', repeat('x', 1000000))"
        )
        await execute(engine, "SELECT pg_switch_wal()")


async def checkpoint(engine: AsyncEngine) -> None:
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        await connection.execute(text("CHECKPOINT"))


async def test_an_invalidated_slot_is_replaced_and_rows_come_from_the_table(
    engine: AsyncEngine, source: WalSource, logged: Logged
) -> None:
    left_at = await read_and_leave(engine, source)
    name = (await slot(engine))["slot_name"]
    await configure(engine, "max_slot_wal_keep_size = '1MB'")
    await flood(engine)
    await checkpoint(engine)
    assert (await slot(engine))["invalidation_reason"] == "wal_removed"
    came = await resume(source, b"unread")
    assert set(came) <= {b"read", b"unread"}
    assert came[-1] == b"unread"
    (message,) = errors_of(logged)
    assert name in message
    assert "was invalidated (wal_removed)" in message
    assert is_told_lost(logged, left_at)
    assert (await slot(engine))["invalidation_reason"] is None
    await commit(engine, b"later")
    assert await resume(source, b"later") == [b"later"]


async def test_a_slot_that_is_lost_while_it_is_read_is_reported_first_and_replaced_after(
    engine: AsyncEngine, source: WalSource, logged: Logged
) -> None:
    """As when Kafka is away for too long."""
    with pytest.raises(SourceUnavailable):  # noqa: PT012 - the session has to see it
        async with source.session() as session:
            await settle(session)
            await commit(engine, b"1")
            await first_batch(session, 10)
            await configure(engine, "max_slot_wal_keep_size = '1MB'")
            await flood(engine)
            await session.keep_lease()
            await checkpoint(engine)
            while True:
                await session.keep_lease()
    assert any("about_to_be_lost" in one for one in lines_of(logged, level="warning"))
    assert await resume(source, b"1") == [b"1"]
    (message,) = errors_of(logged)
    assert "was invalidated" in message


@pytest.mark.parametrize("end", ["restart", "kill"])
async def test_the_log_is_read_on_after_the_server_restarted_or_crashed(
    server: Postgres,
    engine: AsyncEngine,
    source: WalSource,
    logged: Logged,
    end: str,
) -> None:
    with pytest.raises(SourceUnavailable):  # noqa: PT012 - the session has to see it
        async with source.session() as session:
            await settle(session)
            for n in range(200):
                await commit(engine, b"%d" % n)
                await drain(session, 1)
            async with engine.begin() as connection:
                await emit(connection, b"emitted")
            await commit(engine, b"last")
            await (server.restart() if end == "restart" else _crash(server))
            while True:
                await session.poll(10)
    async with source.session() as session:
        assert session.reads_log
        came = await drain(session, 2)
    assert came[-2:] == [b"emitted", b"last"]
    assert errors_of(logged) == []
    await commit(engine, b"later")
    assert await resume(source, b"later") == [b"later"]


async def test_a_server_is_not_kept_from_stopping_by_a_reader_that_has_read_all(
    server: Postgres, engine: AsyncEngine, source: WalSource
) -> None:
    """It waits for readers of its log, to which it has sent the last of it."""

    async def read() -> None:
        with pytest.raises(SourceUnavailable):  # noqa: PT012 - the session has to see it
            async with source.session() as session:
                await settle(session)
                settled.set()
                while True:
                    if not await drain(session):
                        await session.wait()

    settled = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(read())
        await settled.wait()
        await commit(engine, b"1")
        began = asyncio.get_running_loop().time()
        await server.stop()
        assert asyncio.get_running_loop().time() - began < 5
    await server.start()


async def test_a_server_without_slots_is_relayed_from_the_table_and_logged(
    server: Postgres, engine: AsyncEngine, source: WalSource, logged: Logged
) -> None:
    await configure(engine, "max_replication_slots = 0")
    await server.restart()
    async with source.session() as session:
        await commit(engine, b"1")
        assert await drain(session, 1) == [b"1"]
        assert not session.reads_log
    (message,) = errors_of(logged)
    assert "max_replication_slots" in message
    assert "relaying from the table" in message


async def _crash(server: Postgres) -> None:
    await server.kill()
    await server.start()
