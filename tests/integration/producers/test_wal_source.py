"""The source on the log, on a real server: contract, transactions, emitted events, places."""

import asyncio
import random
from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from ledgerlane_outbox import append, store
from producers.errors import LeaseTaken
from producers.relay import Relay
from producers.relay_policy import RelayPolicy
from producers.sources.snapshot.source import SnapshotSource
from producers.sources.source import Source
from producers.sources.wal.source import WalSession, WalSource
from tests.contracts.source import SourceContract, drain, first_batch, read
from tests.eventually import eventually
from tests.fakes.publisher import MemoryPublisher
from tests.integration.producers.events import event
from tests.integration.producers.maintenance.decisions import retry_first
from tests.integration.producers.wal import (
    END_OF_LOG,
    commit,
    emit,
    execute,
    has_slot,
    settle,
    slot,
)


class TestWalSource(SourceContract):
    """With a slot that is there already."""

    @pytest.fixture(autouse=True)
    def _database(self, engine: AsyncEngine, database_url: str) -> None:
        self.engine = engine
        self.url = database_url

    @pytest_asyncio.fixture
    async def source(self) -> AsyncIterator[Source]:
        source = WalSource(self.url, name="test")
        async with source.session() as session:
            await settle(session)
        yield source
        async with source.session() as session:
            assert session.reads_log

    async def commit(self, source: Source, *payloads: bytes, key: str = "k") -> None:
        await commit(self.engine, *payloads, key=key)

    async def retry(self, source: Source, key: str) -> None:
        await retry_first(self.url, key)


class TestWalSourceWithoutSlot(SourceContract):
    """With a slot that can't be finished, as a transaction stays open."""

    @pytest.fixture(autouse=True)
    def _database(self, engine: AsyncEngine, database_url: str) -> None:
        self.engine = engine
        self.url = database_url

    @pytest_asyncio.fixture
    async def source(self) -> AsyncIterator[Source]:
        async with self.engine.connect() as open_writer:
            await open_writer.execute(text("SELECT pg_current_xact_id()"))
            source = WalSource(self.url, name="test")
            yield source
            async with source.session() as session:
                await session.poll(1)
                assert not session.reads_log
            await open_writer.rollback()

    async def commit(self, source: Source, *payloads: bytes, key: str = "k") -> None:
        await commit(self.engine, *payloads, key=key)

    async def retry(self, source: Source, key: str) -> None:
        await retry_first(self.url, key)


@pytest.fixture
def source(database_url: str) -> WalSource:
    return WalSource(database_url, name="test")


@pytest_asyncio.fixture
async def session(source: WalSource, engine: AsyncEngine) -> AsyncIterator[WalSession]:
    async with source.session() as session:
        await settle(session)
        yield session


async def test_a_late_commit_with_small_numbers_comes_when_it_commits(
    engine: AsyncEngine, session: WalSession
) -> None:
    async with engine.connect() as late:
        await append(late, event(b"late"))
        await commit(engine, b"1", b"2")
        assert await drain(session, 2) == [b"1", b"2"]
        await late.commit()
    assert await drain(session, 1) == [b"late"]


async def test_what_is_rolled_back_is_never_read(
    engine: AsyncEngine, session: WalSession
) -> None:
    async with engine.connect() as connection:
        await append(connection, event(b"1"))
        await emit(connection, b"2")
        await connection.rollback()
    async with engine.begin() as connection:
        rolled_back = await connection.begin_nested()
        await append(connection, event(b"3"))
        await emit(connection, b"4")
        await rolled_back.rollback()
        async with connection.begin_nested():
            await append(connection, event(b"released"))
        await append(connection, event(b"outer"))
    assert await drain(session, 2) == [b"released", b"outer"]


async def test_a_large_transaction_comes_in_bounded_batches_without_what_it_rolled_back(
    engine: AsyncEngine, source: WalSource, session: WalSession
) -> None:
    async with engine.begin() as connection:
        await connection.execute(_many(100_000, "kept"))
        rolled_back = await connection.begin_nested()
        await connection.execute(_many(50_000, "rolled back"))
        await rolled_back.rollback()
        await connection.execute(_many(100_000, "later"))
    sizes: list[int] = []
    payloads: list[bytes] = []
    while len(payloads) < 200_000:
        batch = await first_batch(session, 20_000)
        sizes.append(len(batch.rows))
        payloads += [row[4] for row in batch.rows]
        await batch.acknowledge()
    assert payloads == [b"kept"] * 100_000 + [b"later"] * 100_000
    assert max(sizes) == 20_000
    assert await drain(session) == []


async def test_a_batch_is_bounded_in_bytes(engine: AsyncEngine, session: WalSession) -> None:
    async with engine.begin() as connection:
        await connection.execute(_many(3_000, "x" * 20_000))
    rows = 0
    while rows < 3_000:
        batch = await first_batch(session, 20_000)
        rows += len(batch.rows)
        assert sum(len(row[4]) for row in batch.rows) < 34_000_000
        assert batch.more or rows == 3_000
        await batch.acknowledge()
    assert await drain(session) == []


async def test_a_crash_within_a_large_transaction_repeats_only_the_unacknowledged(
    engine: AsyncEngine, source: WalSource
) -> None:
    async with source.session() as session:
        await settle(session)
        async with engine.begin() as connection:
            await append(connection, *(event(b"%d" % n) for n in range(500)))
            await emit(connection, b"500")
            await append(connection, *(event(b"%d" % n) for n in range(501, 1_000)))
        await read(session, 600, limit=600)
        await first_batch(session, 100)
    async with source.session() as session:
        assert await drain(session, 400) == [b"%d" % n for n in range(600, 1_000)]


async def test_the_slot_moves_only_behind_what_was_acknowledged(
    engine: AsyncEngine, session: WalSession
) -> None:
    await commit(engine, b"1")
    batch = await first_batch(session, 10)
    end_of_log = await execute(engine, END_OF_LOG)
    for _ in range(3):
        await session.keep_lease()
    assert (await slot(engine))["confirmed_flush_lsn"] < end_of_log
    await batch.acknowledge()

    async def is_confirmed() -> bool:
        # Others write to the log of this server too: a poll that finds nothing of ours moves
        # past what they wrote, once it is acknowledged, as the relay does.
        await (await session.poll(10)).acknowledge()
        await session.keep_lease()
        return bool((await slot(engine))["confirmed_flush_lsn"] >= end_of_log)

    await eventually(is_confirmed)


async def test_the_slot_follows_a_log_that_holds_nothing_for_us(
    engine: AsyncEngine, session: WalSession
) -> None:
    await execute(engine, "CREATE TABLE other AS SELECT generate_series(1, 400000) AS n")
    end_of_log = await execute(engine, END_OF_LOG)
    nearly = end_of_log - 16 * 1024 * 1024
    assert (await slot(engine))["confirmed_flush_lsn"] < nearly

    async def is_confirmed() -> bool:
        await drain(session)
        await session.keep_lease()
        return bool((await slot(engine))["confirmed_flush_lsn"] >= nearly)

    await eventually(is_confirmed, within_s=60)


async def test_an_idle_source_writes_nothing(engine: AsyncEngine, session: WalSession) -> None:
    await commit(engine, b"1")
    await drain(session, 1)

    async def is_quiet() -> bool:
        await drain(session)
        before = await execute(engine, END_OF_LOG)
        for _ in range(5):
            await session.keep_lease()
            await drain(session)
        return bool(before == await execute(engine, END_OF_LOG))

    # The end of the log is the whole server's: a moment is needed when nobody else writes.
    await eventually(is_quiet, within_s=60)


async def test_the_two_kinds_of_source_share_the_lease(
    database_url: str, session: WalSession
) -> None:
    with pytest.raises(LeaseTaken):
        async with SnapshotSource(database_url, name="other").session():
            pytest.fail("two relays at one outbox")


async def test_the_table_takes_over_from_the_log_without_a_loss_and_back(
    engine: AsyncEngine, database_url: str, source: WalSource
) -> None:
    async with source.session() as session:
        await settle(session)
        for n in range(10):
            await commit(engine, b"%d" % n)
            await drain(session, 1)

        async def table_follows() -> bool:
            await session.keep_lease()
            await drain(session)
            return bool(await execute(engine, store.BACKLOG) == 0)

        await eventually(table_follows)
    await commit(engine, b"10")
    async with SnapshotSource(database_url, name="test").session() as table:
        by_table = await drain(table)
        await commit(engine, b"11")
        by_table += await drain(table)
    await commit(engine, b"12")
    async with source.session() as session:
        assert session.reads_log
        assert await drain(session, 1) == [b"12"]
    assert by_table == [b"10", b"11"]


@pytest.mark.accepts("GWY-04")
async def test_random_transactions_come_once_and_in_the_order_of_their_commits(
    engine: AsyncEngine, session: WalSession
) -> None:
    chance = random.Random(7)  # noqa: S311 - not for secrets
    committed: list[bytes] = []
    open_writers = [await engine.connect() for _ in range(3)]
    written: list[list[bytes]] = [[], [], []]
    came: list[bytes] = []
    for n in range(150):
        which = chance.randrange(3)
        writer, mine = open_writers[which], written[which]
        payload = b"%d" % n
        await (
            append(writer, event(payload)) if chance.random() < 0.7 else emit(writer, payload)
        )
        mine.append(payload)
        if chance.random() < 0.4:
            kept = chance.random() < 0.7
            await (writer.commit() if kept else writer.rollback())
            committed += mine if kept else []
            mine.clear()
        if chance.random() < 0.3:
            came += await drain(session, limit=chance.randrange(1, 8))
    for writer in open_writers:
        await writer.close()
    assert came + await drain(session, len(committed) - len(came)) == committed


async def test_a_relay_publishes_from_table_and_log_alike(
    engine: AsyncEngine, source: WalSource
) -> None:
    publisher = MemoryPublisher("events")
    stop = asyncio.Event()
    await commit(engine, b"before")

    async def published(count: int) -> bool:
        return len(publisher.payloads("events")) == count

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Relay(source, publisher, RelayPolicy()).run(stop))
        await eventually(partial(published, 1))
        await eventually(partial(has_slot, engine))
        async with engine.begin() as connection:
            await append(connection, event(b"row"))
            await emit(connection, b"emitted")
        await eventually(partial(published, 3))
        stop.set()
    assert publisher.payloads("events") == [b"before", b"row", b"emitted"]


def _many(count: int, payload: str) -> TextClause:
    return text(
        "INSERT INTO ledgerlane_outbox (event_id, topic, partition_key, headers, payload)"
        " SELECT gen_random_uuid(), 'events', 'k' || n % 10, '{}', :payload"
        " FROM generate_series(1, :count) AS n"
    ).bindparams(count=count, payload=payload.encode())
