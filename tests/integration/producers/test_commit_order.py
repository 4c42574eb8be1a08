"""Exact commit order, whatever writers do; on a server that prepares transactions, too."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from gateway.embedded.postgres import Postgres
from gateway.embedded.run import open_run
from ledgerlane_outbox import append, install
from producers.relay import Relay
from producers.relay_policy import RelayPolicy
from producers.sources.snapshot.source import SnapshotSource
from tests.contracts.source import drain
from tests.eventually import eventually
from tests.fakes.publisher import MemoryPublisher
from tests.integration.producers.events import event

KEYS = [f"key-{n}" for n in range(4)]
AN_HOUR = 3_600
"""Commits, one a second."""

Committed = dict[str, list[bytes]]


@pytest_asyncio.fixture
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres]:
    """A server of the test's own: it has to restart to let transactions be prepared."""
    async with open_run(tmp_path_factory.mktemp("logs")) as run:
        server = Postgres(run)
        await server.start()
        await _execute(server.url, "ALTER SYSTEM SET max_prepared_transactions = 50")
        await server.restart()
        yield server
        await server.stop()


async def _execute(url: str, statement: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


class Writer:
    """Writes to locked keys as awkwardly as the database allows; notes what it commits."""

    def __init__(self, engine: AsyncEngine, seed: int, committed: Committed) -> None:
        self._engine = engine
        self._name = f"w{seed}"
        self._chance = random.Random(seed)  # noqa: S311 - not for secrets
        self._committed = committed

    async def write(self, transactions: int) -> None:
        for n in range(transactions):
            key = self._chance.choice(KEYS)
            async with self._engine.connect() as connection:
                await self._take_key(connection, key)
                kept = await self._append(connection, key, f"{self._name}.{n}")
                await self._pause()
                if self._chance.random() < 0.35:
                    await self._end_in_two_phases(connection, f"{self._name}.{n}", key, kept)
                elif self._chance.random() < 0.2:
                    await connection.rollback()
                else:
                    self._committed[key] += kept  # in the key's order: its lock is still ours
                    await connection.commit()

    async def _take_key(self, connection: AsyncConnection, key: str) -> None:
        await connection.execute(text("SET LOCAL ledgerlane.wakeup = 'off'"))
        if self._chance.random() < 0.5:  # take the transaction's id long before its numbers
            await connection.execute(text("SELECT pg_current_xact_id()"))
        lock = text("SELECT pg_advisory_xact_lock(hashtext(:key))")
        await connection.execute(lock, {"key": key})

    async def _append(self, connection: AsyncConnection, key: str, name: str) -> list[bytes]:
        """Append some events, each in a savepoint; return those that were kept."""
        kept = []
        for m in range(self._chance.randrange(1, 4)):
            payload = f"{name}.{m}".encode()
            savepoint = await connection.begin_nested()
            await append(connection, event(payload, key))
            if self._chance.random() < 0.25:
                await savepoint.rollback()
            else:
                await savepoint.commit()
                kept.append(payload)
        return kept

    async def _end_in_two_phases(
        self, connection: AsyncConnection, name: str, key: str, kept: list[bytes]
    ) -> None:
        await connection.execute(text(f"PREPARE TRANSACTION '{name}'"))
        await connection.commit()  # of nothing: the transaction is nobody's now
        await self._pause()
        second = "ROLLBACK"
        if self._chance.random() < 0.7:
            second = "COMMIT"
            self._committed[key] += kept  # its lock is the prepared transaction's
        autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        async with autocommit.connect() as coordinator:
            await coordinator.execute(text(f"{second} PREPARED '{name}'"))

    async def _pause(self) -> None:
        await asyncio.sleep(self._chance.choice([0, 0, 0.01, 0.05]))


@pytest.mark.accepts("GWY-04")
@pytest.mark.parametrize("seed", range(2))
async def test_committed_events_come_once_in_the_order_of_their_key_whatever_writers_do(
    server: Postgres, seed: int
) -> None:
    """Long transactions, rollbacks, savepoints, two phases, late commits of small numbers."""
    engine = create_async_engine(server.url, pool_size=20)
    async with engine.begin() as connection:
        await install(connection)
    committed: Committed = defaultdict(list)
    publisher, stop = MemoryPublisher("events"), asyncio.Event()
    source = SnapshotSource(server.url, name="test")
    async with engine.connect() as long, asyncio.TaskGroup() as tasks:
        await append(long, event(b"long", "long"))  # the smallest number, committed last
        tasks.create_task(Relay(source, publisher, RelayPolicy(batch_rows=50)).run(stop))
        async with asyncio.TaskGroup() as writers:
            for n in range(8):
                writers.create_task(Writer(engine, seed * 10 + n, committed).write(50))
        await _until_published(publisher, sum(map(len, committed.values())))
        await long.commit()
        committed["long"].append(b"long")
        await _until_published(publisher, sum(map(len, committed.values())))
        stop.set()
    await engine.dispose()
    published = defaultdict(list)
    for message in publisher.topics["events"]:
        published[message.key].append(message.payload)
    assert published == committed


async def _until_published(publisher: MemoryPublisher, count: int) -> None:
    async def there() -> bool:
        return len(publisher.payloads("events")) >= count

    await eventually(there)


@pytest.mark.accepts("GWY-04")
async def test_an_hour_of_commits_beside_an_open_writer_is_read_commit_by_commit(
    engine: AsyncEngine, database_url: str
) -> None:
    async with (
        SnapshotSource(database_url, name="test").session() as session,
        engine.connect() as open_for_an_hour,
        engine.connect() as other,
    ):
        await append(open_for_an_hour, event(b"open"))
        for second in range(AN_HOUR):
            await append(other, event(b"%d" % second))
            await other.commit()
            batch = await session.poll(10)
            assert [row[4] for row in batch.rows] == [b"%d" % second]
            await batch.acknowledge()
        await open_for_an_hour.commit()
        assert await drain(session) == [b"open"]
