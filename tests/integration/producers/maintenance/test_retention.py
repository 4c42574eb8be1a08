import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from ledgerlane_outbox import append
from producers.maintenance.retention import Retention, truncate_old_slots
from producers.maintenance.ring import RetentionPolicy, read_ring
from producers.maintenance.session import Connection, open_session
from producers.relay import Relay
from producers.relay_policy import RelayPolicy
from producers.sources.snapshot.source import SnapshotSource
from producers.sources.source import Shard
from tests.contracts.source import drain
from tests.eventually import eventually
from tests.fakes.publisher import MemoryPublisher
from tests.integration.producers.events import event
from tests.integration.producers.maintenance.ring import add_rows, rows_of

POLICY = RetentionPolicy(days=3)

COUNTERS = text("""
    SELECT sum(n_tup_ins)::bigint, sum(n_tup_upd + n_tup_del + n_dead_tup)::bigint
      FROM pg_stat_user_tables WHERE relname ~ '^ledgerlane_outbox_[0-7]$'
""")


async def publish_all(database_url: str, shard: Shard | None = None) -> list[bytes]:
    """Do what a relay does that has published everything."""
    source = SnapshotSource(database_url, name="test", shard=shard or Shard())
    async with source.session() as session:
        return await drain(session, limit=20_000)


async def test_published_rows_go_when_their_day_ended_long_enough_ago(
    engine: AsyncEngine, database_url: str, session: Connection
) -> None:
    async with engine.begin() as connection:
        for days_ago in range(7):
            await add_rows(connection, days_ago=days_ago)
    await publish_all(database_url)
    emptied = await truncate_old_slots(session, POLICY)
    assert sorted(slot.age_days for slot in emptied) == [4, 5, 6]
    left = [await rows_of(engine, days_ago=days_ago) for days_ago in range(7)]
    assert left == [100, 100, 100, 100, 0, 0, 0]
    assert await truncate_old_slots(session, POLICY) == []


async def test_rows_stay_until_they_are_published_however_old(
    engine: AsyncEngine, database_url: str, session: Connection
) -> None:
    async with engine.begin() as connection:
        await add_rows(connection, days_ago=7)
    assert await truncate_old_slots(session, POLICY) == []
    await publish_all(database_url)
    async with engine.begin() as connection:
        await add_rows(connection, days_ago=7, rows=1)
    assert await truncate_old_slots(session, POLICY) == []
    assert await rows_of(engine, days_ago=7) == 101
    assert len(await publish_all(database_url)) == 1
    assert len(await truncate_old_slots(session, POLICY)) == 1


async def test_rows_that_only_one_shard_has_published_stay(
    engine: AsyncEngine, database_url: str, session: Connection
) -> None:
    async with engine.begin() as connection:
        await add_rows(connection, days_ago=5, keys=50)
    published = await publish_all(database_url, Shard(0, 2))
    assert 0 < len(published) < 100
    assert await truncate_old_slots(session, POLICY) == []
    published += await publish_all(database_url, Shard(1, 2))
    assert len(published) == 100
    assert len(await truncate_old_slots(session, POLICY)) == 1


async def test_a_shard_without_rows_keeps_no_slot_of_others(
    engine: AsyncEngine, database_url: str, session: Connection
) -> None:
    async with engine.begin() as connection:
        await append(connection, event(b"1"))
    for number in range(4):
        await publish_all(database_url, Shard(number, 4))
    async with engine.begin() as connection:
        await add_rows(connection, days_ago=5, keys=1)
    for number in range(4):
        await publish_all(database_url, Shard(number, 4))
    assert len(await truncate_old_slots(session, POLICY)) == 1


async def test_the_cursor_of_a_shard_without_rows_follows_the_others(
    engine: AsyncEngine, database_url: str, session: Connection
) -> None:
    """Or else its relay would read all that the others have, at every start."""
    async with engine.begin() as connection:
        await append(connection, event(b"1"))
        shard = await connection.scalar(
            text("SELECT ledgerlane_outbox_shard('events', 'k', 2)")
        )
    publisher = MemoryPublisher("events")
    async with asyncio.TaskGroup() as tasks:
        stop = asyncio.Event()
        for number in range(2):
            source = SnapshotSource(database_url, name="test", shard=Shard(number, 2))
            tasks.create_task(Relay(source, publisher, RelayPolicy()).run(stop))

        async def has_moved() -> bool:
            done = "SELECT done::text FROM ledgerlane_outbox_cursor WHERE shard <> $1"
            moved = await session.fetchval(done, shard) not in (None, "1:1:")
            return moved and publisher.payloads("events") == [b"1"]

        await eventually(has_moved)
        stop.set()


async def test_a_transaction_open_across_days_keeps_its_slot_until_it_is_published(
    engine: AsyncEngine, database_url: str, session: Connection
) -> None:
    async with engine.begin() as connection:
        await add_rows(connection, days_ago=5)
    async with engine.connect() as open_for_days:
        await add_rows(open_for_days, days_ago=5, rows=1)
        assert len(await publish_all(database_url)) == 100
        assert await truncate_old_slots(session, POLICY) == []
        await open_for_days.commit()
    assert await truncate_old_slots(session, POLICY) == []
    assert await publish_all(database_url) == [b"row 1"]
    assert len(await truncate_old_slots(session, POLICY)) == 1


async def test_a_cursor_of_another_life_of_the_database_proves_nothing(
    engine: AsyncEngine, database_url: str, session: Connection
) -> None:
    async with engine.begin() as connection:
        await add_rows(connection, days_ago=5)
    await publish_all(database_url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE ledgerlane_outbox_cursor SET timeline = '000F'"))
    assert await truncate_old_slots(session, POLICY) == []
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "UPDATE ledgerlane_outbox_cursor SET done = '1000000000:1000000000:',"
                " timeline = substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)"
            )
        )
    assert await truncate_old_slots(session, POLICY) == []


async def test_a_ring_that_comes_round_loses_nothing_and_says_so(
    engine: AsyncEngine, database_url: str, session: Connection
) -> None:
    async with engine.begin() as connection:
        await add_rows(connection, days_ago=8)
        await add_rows(connection, days_ago=0, rows=1)
    retention = Retention(database_url, POLICY, name="wrapped")
    await retention.look()
    assert await rows_of(engine, days_ago=0) == 101
    assert _shown("ledgerlane_outbox_ring_left_days", "wrapped") == 0
    await publish_all(database_url)
    assert await truncate_old_slots(session, POLICY) == []


async def test_the_metrics_show_what_is_overdue_and_what_was_emptied(
    engine: AsyncEngine, database_url: str
) -> None:
    async with engine.begin() as connection:
        await add_rows(connection, days_ago=6)
    retention = Retention(database_url, POLICY, name="shown")
    await retention.look()
    assert _shown("ledgerlane_outbox_ring_overdue_slots", "shown") == 1
    assert _shown("ledgerlane_outbox_ring_left_days", "shown") == 2
    await publish_all(database_url)
    await retention.look()
    assert _shown("ledgerlane_outbox_ring_overdue_slots", "shown") == 0
    assert _shown("ledgerlane_outbox_ring_left_days", "shown") == 8
    assert _shown("ledgerlane_outbox_slots_emptied_total", "shown") == 1


def _shown(metric: str, source: str) -> float | None:
    return REGISTRY.get_sample_value(metric, {"source": source})


@asynccontextmanager
async def reading_for_long(engine: AsyncEngine) -> AsyncIterator[None]:
    """Someone who has every slot locked for reading, as a dump has."""
    async with engine.connect() as connection:
        await connection.execute(text("SELECT count(*) FROM ledgerlane_outbox"))
        yield
        await connection.rollback()


async def test_32_writers_never_wait_for_retention(
    engine: AsyncEngine, database_url: str
) -> None:
    """A writer that waits for a lock for as long as retention may is an error here."""
    async with engine.begin() as connection:
        await add_rows(connection, days_ago=5)
    await publish_all(database_url)
    impatient = create_async_engine(
        database_url,
        pool_size=32,
        connect_args={"server_settings": {"lock_timeout": "40ms"}},
    )
    stop = asyncio.Event()
    tried = 0

    async def write() -> None:
        for n in range(40):
            async with impatient.begin() as connection:
                await append(connection, event(b"%d" % n))

    async def retain() -> None:
        nonlocal tried
        async with open_session(database_url) as session:
            while not stop.is_set():
                assert await truncate_old_slots(session, POLICY) == []
                tried += 1

    async with reading_for_long(engine), asyncio.TaskGroup() as tasks:
        tasks.create_task(retain())
        async with asyncio.TaskGroup() as writers:
            for _ in range(32):
                writers.create_task(write())
        stop.set()
    await impatient.dispose()
    assert tried > 0
    assert await rows_of(engine, days_ago=0) == 32 * 40
    async with open_session(database_url) as session:
        assert len(await truncate_old_slots(session, POLICY)) == 1


async def _write_restlessly(engine: AsyncEngine, seed: int, committed: list[bytes]) -> None:
    """Append to old slots, through short and long transactions, some of them rolled back."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    for n in range(30):
        payloads = [b"%d.%d.%d" % (seed, n, m) for m in range(chance.randrange(1, 4))]
        async with engine.connect() as connection:
            for payload in payloads:
                await _append_to_the_past(connection, payload, days_ago=chance.randrange(4, 8))
                await asyncio.sleep(chance.choice([0, 0, 0.01, 0.05]))
            if chance.random() < 0.2:
                await connection.rollback()
            else:
                await connection.commit()
                committed += payloads


async def _append_to_the_past(
    connection: AsyncConnection, payload: bytes, *, days_ago: int
) -> None:
    await connection.execute(
        text(
            "INSERT INTO ledgerlane_outbox"
            " (slot, event_id, topic, partition_key, headers, payload)"
            " SELECT mod(floor(date_part('epoch', clock_timestamp()) / 86400)::integer"
            " - :days + 8, 8), gen_random_uuid(), 'events', 'k', '{}', :payload"
        ),
        {"days": days_ago, "payload": payload},
    )


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_unpublished_is_ever_removed(
    engine: AsyncEngine, database_url: str, seed: int
) -> None:
    committed: list[bytes] = []
    published: list[bytes] = []
    stop = asyncio.Event()
    emptied = 0

    async def relay() -> None:
        async with SnapshotSource(database_url, name="test").session() as session:
            while not stop.is_set():
                published.extend(await drain(session, limit=7))
                await session.wait()
            published.extend(await drain(session))

    async def retain() -> None:
        nonlocal emptied
        async with open_session(database_url) as session:
            while not stop.is_set():
                emptied += len(await truncate_old_slots(session, POLICY))

    async with asyncio.TaskGroup() as tasks:
        for work in (relay, retain, retain):
            tasks.create_task(work())
        async with asyncio.TaskGroup() as writers:
            for n in range(5):
                writers.create_task(_write_restlessly(engine, seed * 10 + n, committed))
        stop.set()
    assert sorted(published) == sorted(committed)
    assert emptied > 0


@pytest.mark.accepts("GWY-08")
async def test_neither_the_relay_nor_retention_leaves_dead_rows_after_a_million_events(
    engine: AsyncEngine, database_url: str, session: Connection
) -> None:
    rows = 1_000_100
    for days_ago in (2, 4):
        async with engine.begin() as connection:
            await add_rows(connection, days_ago=days_ago, rows=rows // 2)
    assert len(await publish_all(database_url)) == rows

    async def is_emptied() -> bool:
        return len(await truncate_old_slots(session, POLICY)) == 1

    await eventually(is_emptied, within_s=30)  # a slot that is being vacuumed is left for later

    async def is_counted() -> bool:
        async with engine.connect() as connection:
            inserted, touched = (await connection.execute(COUNTERS)).one()
        assert touched == 0
        return bool(inserted == rows)

    await eventually(is_counted)
    assert sum(slot.filled for slot in await read_ring(session, POLICY)) == 1
