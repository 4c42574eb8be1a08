"""What may happen to a slot and its reader: each is told, and no row is lost."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ledgerlane_outbox import append
from producers.errors import LeaseTaken, SourceUnavailable
from producers.sources.wal.source import WalSession, WalSource
from tests.contracts.source import drain, first_batch
from tests.eventually import eventually
from tests.integration.producers.events import event
from tests.integration.producers.wal import (
    END_OF_LOG,
    Logged,
    commit,
    errors_of,
    execute,
    is_told_lost,
    read_and_leave,
    resume,
    settle,
    settle_and_read,
    slot,
)

DROP_SLOT = """
    SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
     WHERE database = current_database()
"""
END_READER = """
    SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots
     WHERE database = current_database()
"""
SKIP_LOG = """
    SELECT pg_replication_slot_advance(slot_name, pg_current_wal_flush_lsn())
      FROM pg_replication_slots WHERE database = current_database()
"""


@pytest.fixture
def source(database_url: str) -> WalSource:
    return WalSource(database_url, name="test")


@pytest_asyncio.fixture
async def session(source: WalSource, engine: AsyncEngine) -> AsyncIterator[WalSession]:
    async with source.session() as session:
        await settle(session)
        yield session


@pytest.mark.parametrize(
    ("mishap", "told"),
    [
        (DROP_SLOT, "is gone"),
        (SKIP_LOG, "was moved past the saved cursor"),
        ("DROP PUBLICATION ledgerlane_outbox", "has lost its publication"),
        ("ALTER PUBLICATION ledgerlane_outbox DROP TABLE ledgerlane_outbox", "its publication"),
    ],
)
async def test_rows_come_from_the_table_when_the_log_was_lost(
    engine: AsyncEngine,
    source: WalSource,
    logged: Logged,
    mishap: str,
    told: str,
) -> None:
    left_at = await read_and_leave(engine, source)
    name = (await slot(engine))["slot_name"]
    await execute(engine, mishap)
    came = await resume(source, b"unread")
    assert set(came) <= {b"read", b"unread"}
    assert came[-1] == b"unread"
    (message,) = errors_of(logged)
    assert told in message
    assert name in message
    assert is_told_lost(logged, left_at)
    await commit(engine, b"later")
    assert await resume(source, b"later") == [b"later"]


async def test_a_slot_that_outlived_a_failover_gives_what_the_table_cannot(
    engine: AsyncEngine, source: WalSource
) -> None:
    await read_and_leave(engine, source)
    await execute(engine, "UPDATE ledgerlane_outbox_wal_cursor SET timeline = '000000FF'")
    came = await resume(source, b"emitted")
    assert came[-2:] == [b"unread", b"emitted"]


async def test_nothing_is_lost_or_repeated_when_writers_go_on_during_a_handover(
    engine: AsyncEngine, source: WalSource
) -> None:
    committed: list[bytes] = []
    enough = asyncio.Event()

    async def write(which: int) -> None:
        n = 0
        while not enough.is_set():
            payload = b"%d:%d" % (which, n)
            async with engine.begin() as connection:
                await append(connection, event(payload, f"k{which}"))
                await asyncio.sleep(0.002 * which)
            committed.append(payload)
            n += 1

    read: list[bytes] = []
    async with source.session() as session, asyncio.TaskGroup() as writers:
        for which in range(6):
            writers.create_task(write(which))
        read += await settle(session)
        while len(committed) < 600:
            batch = await session.poll(100)
            read += [row[4] for row in batch.rows]
            await batch.acknowledge()
        enough.set()
    async with source.session() as session:
        read += await drain(session, len(committed) - len(read))
    assert sorted(read) == sorted(committed)
    for which in range(6):
        own = [payload for payload in read if payload.startswith(b"%d:" % which)]
        assert own == [b"%d:%d" % (which, n) for n in range(len(own))]


async def test_a_crash_during_a_handover_loses_nothing(
    engine: AsyncEngine, source: WalSource
) -> None:
    """The slot is there then, and must not be read from before the table was."""
    await commit(engine, b"1")
    async with engine.connect() as open_writer:
        async with source.session() as session:
            await session.poll(1)
            await eventually(lambda: _is_made(engine))
            await append(open_writer, event(b"open"))
            await session.poll(1)
        async with source.session() as session:
            assert not session.reads_log
            assert await drain(session, 1) == [b"1"]
            await open_writer.commit()
            assert await settle_and_read(session, b"open") == [b"open"]


async def test_a_slot_that_waits_for_an_old_transaction_delays_no_row(
    engine: AsyncEngine, source: WalSource
) -> None:
    async with engine.connect() as open_writer, source.session() as session:
        await append(open_writer, event(b"open"))
        for n in range(3):
            await commit(engine, b"%d" % n)
            assert await drain(session, 1) == [b"%d" % n]
        assert not session.reads_log
        await open_writer.commit()
        assert await settle_and_read(session, b"open") == [b"open"]


async def test_a_slot_that_a_dead_relay_was_making_is_made_anew(
    engine: AsyncEngine, database_url: str, source: WalSource
) -> None:
    dsn = database_url.replace("+asyncpg", "")
    async with engine.connect() as open_writer:
        await append(open_writer, event(b"open"))
        name = await execute(
            engine,
            "SELECT 'ledgerlane_outbox_' || oid FROM pg_database"
            " WHERE datname = current_database()",
        )
        dead = await psycopg.AsyncConnection.connect(
            dsn, replication="database", autocommit=True
        )
        dead.pgconn.send_query(f"CREATE_REPLICATION_SLOT {name} LOGICAL pgoutput".encode())
        await eventually(lambda: _is_making(engine))
        async with source.session() as session:
            await session.poll(1)
            await open_writer.commit()
            assert await settle_and_read(session, b"open") == [b"open"]
        await dead.close()


async def test_a_slot_that_another_connection_reads_is_as_good_as_a_lease(
    engine: AsyncEngine, database_url: str, source: WalSource
) -> None:
    await read_and_leave(engine, source)
    name = (await slot(engine))["slot_name"]
    dsn = database_url.replace("+asyncpg", "")
    other = await psycopg.AsyncConnection.connect(dsn, replication="database", autocommit=True)
    other.pgconn.send_query(
        f"START_REPLICATION SLOT {name} LOGICAL 0/0"
        " (proto_version '2', publication_names 'ledgerlane_outbox')".encode()
    )
    await eventually(lambda: _is_read(engine))
    with pytest.raises(LeaseTaken):
        async with source.session():
            pytest.fail("two readers of one slot")
    await other.close()
    await eventually(lambda: _is_free(engine))
    assert await resume(source, b"emitted") == [b"unread", b"emitted"]


async def test_a_reader_that_was_ended_says_so_and_the_next_goes_on(
    engine: AsyncEngine, source: WalSource
) -> None:
    with pytest.raises(SourceUnavailable):  # noqa: PT012 - the session has to see it
        async with source.session() as session:
            await settle(session)
            await commit(engine, b"1")
            await drain(session, 1)
            await commit(engine, b"2")
            await execute(engine, END_READER)
            while True:
                await session.poll(10)
    assert await resume(source, b"2") == [b"2"]


async def test_a_slow_consumer_is_kept_while_it_shows_that_it_lives(
    engine: AsyncEngine, database_url: str
) -> None:
    """As while Kafka is away: nothing is read, far beyond the server's patience."""
    source = WalSource(database_url, name="test", silence_s=2.0)
    async with source.session() as session:
        await settle(session)
        await execute(
            engine,
            "INSERT INTO ledgerlane_outbox (event_id, topic, partition_key, headers, payload)"
            " SELECT gen_random_uuid(), 'events', 'k', '{}', decode(repeat('00', 1000), 'hex')"
            " FROM generate_series(1, 30000)",
        )
        first = await first_batch(session, 10)
        until = asyncio.get_running_loop().time() + 5
        while asyncio.get_running_loop().time() < until:
            await session.keep_lease()
            await asyncio.sleep(0.1)
        await first.acknowledge()
        left = 30_000 - len(first.rows)
        assert len(await drain(session, left, limit=5_000)) == left


async def test_a_silent_reader_is_replaced_within_ten_seconds(
    engine: AsyncEngine, source: WalSource, session: WalSession
) -> None:
    await commit(engine, b"1")

    async def is_free() -> bool:
        try:
            async with source.session() as next_session:
                return await drain(next_session, 1) == [b"1"]
        except LeaseTaken:
            return False

    await eventually(is_free)
    with pytest.raises(SourceUnavailable):
        await session.keep_lease()


async def test_the_end_of_the_log_is_reached_however_it_lies(
    engine: AsyncEngine, session: WalSession
) -> None:
    """An empty poll compares its place with the end of the log: at a file's end, too."""
    loop = asyncio.get_running_loop()
    for statement in ("SELECT pg_switch_wal()", END_OF_LOG, "CHECKPOINT"):
        async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as plain:
            await plain.execute(text(statement))
        began = loop.time()
        assert await drain(session) == []
        assert loop.time() - began < 1.0


async def _is_making(engine: AsyncEngine) -> bool:
    """Return whether a slot is there that is not made yet; at first there may be none."""
    return bool(
        await execute(
            engine,
            "SELECT EXISTS (SELECT FROM pg_replication_slots WHERE"
            " confirmed_flush_lsn IS NULL AND database = current_database())",
        )
    )


async def _is_made(engine: AsyncEngine) -> bool:
    return (await slot(engine))["confirmed_flush_lsn"] is not None


async def _is_read(engine: AsyncEngine) -> bool:
    return bool((await slot(engine))["active"])


async def _is_free(engine: AsyncEngine) -> bool:
    return not await _is_read(engine)
