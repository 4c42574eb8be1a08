"""The relay on real restored and promoted databases: nothing that is there is ever left out."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gateway.embedded.postgres import Postgres
from gateway.embedded.run import Run, open_run
from ledgerlane_outbox import append, install
from producers.errors import SourceUnavailable
from producers.maintenance.retention import truncate_old_slots
from producers.maintenance.ring import RetentionPolicy
from producers.maintenance.session import open_session
from producers.sources.snapshot.source import SnapshotSource
from tests.contracts.source import drain
from tests.eventually import eventually
from tests.integration.producers.events import event
from tests.integration.producers.maintenance.clusters import BackedUp, libpq_url, run_program


@pytest_asyncio.fixture
async def run(tmp_path: Path) -> AsyncIterator[Run]:
    async with open_run(tmp_path / "logs") as opened:
        yield opened


@pytest_asyncio.fixture
async def origin(run: Run) -> Postgres:
    """A server with an outbox and many transactions behind it."""
    server = Postgres(run)
    await server.start()
    engine = create_async_engine(server.url)
    async with engine.begin() as connection:
        await install(connection)
    for _ in range(300):
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_current_xact_id()"))
    await engine.dispose()
    return server


async def commit(server: Postgres, numbers: range) -> None:
    engine = create_async_engine(server.url)
    for n in numbers:
        async with engine.begin() as connection:
            await append(connection, event(b"%d" % n))
    await engine.dispose()


async def relayed(server: Postgres) -> list[int]:
    async with SnapshotSource(server.url, name="test").session() as session:
        return [int(payload) for payload in await drain(session, limit=3)]


@pytest.mark.parametrize("recovers", [False, True])
async def test_a_restored_base_backup_goes_on_with_what_it_holds(
    run: Run, origin: Postgres, recovers: bool
) -> None:
    await commit(origin, range(10))
    assert await relayed(origin) == list(range(10))
    await commit(origin, range(10, 15))
    restored = BackedUp(run, origin, recovers=recovers)
    await restored.start()
    await eventually(lambda: is_primary(restored))
    await commit(origin, range(15, 20))
    assert await relayed(origin) == list(range(10, 20))
    await origin.kill()
    await commit(restored, range(20, 25))
    await assert_goes_on(restored, [*range(10, 15), *range(20, 25)])
    await restored.stop()


async def is_primary(server: Postgres) -> bool:
    async with open_session(server.url) as session:
        return not await session.fetchval("SELECT pg_is_in_recovery()")


async def assert_goes_on(restored: Postgres, due: list[int]) -> None:
    """Everything that is due comes, in order, after no more than repeats; then what is new."""
    found = await relayed(restored)
    assert found[-len(due) :] == due
    assert set(found[: -len(due)]) <= set(range(10))
    await commit(restored, range(100, 103))
    assert await relayed(restored) == [100, 101, 102]


async def test_a_promoted_standby_goes_on_with_what_it_holds(
    run: Run, origin: Postgres
) -> None:
    await commit(origin, range(10))
    assert await relayed(origin) == list(range(10))
    standby = BackedUp(run, origin, "--write-recovery-conf")
    await standby.start()
    with pytest.raises(SourceUnavailable, match="standby"):
        await relayed(standby)
    await commit(origin, range(10, 15))
    engine = create_async_engine(standby.url)
    await eventually(lambda: has_row(engine, b"14"))
    async with engine.connect() as connection:
        await connection.execute(text("SELECT pg_promote()"))
    await engine.dispose()
    await commit(origin, range(15, 20))
    await origin.kill()
    async with open_session(standby.url) as session:
        assert await truncate_old_slots(session, RetentionPolicy()) == []
    await commit(standby, range(20, 25))
    await assert_goes_on(standby, [*range(10, 15), *range(20, 25)])
    await standby.stop()


async def has_row(engine: AsyncEngine, payload: bytes) -> bool:
    async with engine.connect() as connection:
        found = await connection.scalar(
            text("SELECT count(*) FROM ledgerlane_outbox WHERE payload = :payload"),
            {"payload": payload},
        )
    return bool(found)


async def test_a_dump_loaded_into_a_younger_cluster_goes_on_with_what_it_holds(
    origin: Postgres, tmp_path: Path
) -> None:
    await commit(origin, range(10))
    assert await relayed(origin) == list(range(10))
    await commit(origin, range(10, 15))
    dump = origin._folder / "dump.sql"
    await run_program(origin, "pg_dump", f"--file={dump}", libpq_url(origin))
    await origin.stop()
    async with open_run(tmp_path / "younger") as another_run:
        younger = Postgres(another_run)
        await younger.start()
        script = ("-qXv", "ON_ERROR_STOP=1", "-f", dump, libpq_url(younger))
        await run_program(younger, "psql", *script)
        await commit(younger, range(20, 25))
        await assert_goes_on(younger, [*range(10, 15), *range(20, 25)])
        await younger.stop()
