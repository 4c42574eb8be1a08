"""A source in shards: its leases, its layout, and what several relays make of them."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledgerlane_outbox import append
from producers.errors import LeaseTaken
from producers.sources.snapshot.source import SnapshotSource
from producers.sources.source import Shard, SourceSession
from tests.contracts.source import drain
from tests.fakes.publisher import MemoryPublisher
from tests.integration.producers.events import event
from tests.integration.producers.members import Member, running, until, until_published
from tests.integration.producers.naps import ASLEEP_FROM_S, LONGEST_NAP_S, WOKEN_WITHIN_S

KEYS = [f"key-{n}" for n in range(20)]


async def commit(engine: AsyncEngine, *payloads: bytes, keys: Sequence[str] = KEYS) -> None:
    """Append each payload to each of the keys, in one transaction."""
    async with engine.begin() as connection:
        await append(connection, *(event(p, key) for p in payloads for key in keys))


def shards_of(url: str, count: int) -> list[SnapshotSource]:
    return [
        SnapshotSource(url, name="test", shard=Shard(n, count), longest_nap_s=LONGEST_NAP_S)
        for n in range(count)
    ]


@asynccontextmanager
async def sessions_of(url: str, count: int) -> AsyncIterator[list[SourceSession]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(s.session()) for s in shards_of(url, count)]


async def rows_of(session: SourceSession, *, limit: int = 1_000) -> list[tuple[str, bytes]]:
    """Key and payload of all there is, read and acknowledged."""
    found: list[tuple[str, bytes]] = []
    while (batch := await session.poll(limit)).rows:
        found += [(row[2], row[4]) for row in batch.rows]
        await batch.acknowledge()
    return found


@pytest.mark.accepts("GWY-07")
async def test_each_key_is_in_one_shard_and_each_row_comes_once(
    engine: AsyncEngine, database_url: str
) -> None:
    async with sessions_of(database_url, 3) as sessions:
        await commit(engine, b"1", b"2")
        await commit(engine, b"3")
        found = [await rows_of(session) for session in sessions]
    assert all(found), "twenty keys left a shard without any"
    owners = defaultdict(set)
    for n, rows in enumerate(found):
        for key, _ in rows:
            owners[key].add(n)
    assert {len(numbers) for numbers in owners.values()} == {1}
    for key in KEYS:
        mine = [payload for rows in found for k, payload in rows if k == key]
        assert mine == [b"1", b"2", b"3"]


async def test_a_large_backlog_is_paged_by_each_shard(
    engine: AsyncEngine, database_url: str
) -> None:
    await commit(engine, *(b"%d" % n for n in range(300)))
    async with sessions_of(database_url, 2) as sessions:
        backlogs = [await session.backlog() for session in sessions]
        found = [await rows_of(session, limit=700) for session in sessions]
        left = [await session.backlog() for session in sessions]
    assert [one.rows for one in backlogs] == [len(rows) for rows in found]
    assert sum(map(len, found)) == 300 * len(KEYS)
    assert [one.rows for one in left] == [0, 0]
    for rows in found:
        for key in {key for key, _ in rows}:
            assert [p for k, p in rows if k == key] == [b"%d" % n for n in range(300)]


async def test_a_shard_has_one_relay_and_shards_do_not_ask_one_another(
    engine: AsyncEngine, database_url: str
) -> None:
    first, second = shards_of(database_url, 2)
    async with first.session():
        with pytest.raises(LeaseTaken):
            async with first.session():
                pytest.fail("two relays at one shard")
        async with second.session() as session:
            await commit(engine, b"1")
            assert await rows_of(session)


async def test_another_number_of_shards_waits_until_no_relay_uses_the_old_one(
    engine: AsyncEngine, database_url: str
) -> None:
    (three, *_) = shards_of(database_url, 3)
    async with sessions_of(database_url, 2) as (first, second):
        await commit(engine, b"1")
        await rows_of(first)
        with pytest.raises(LeaseTaken, match="another layout"):
            async with three.session():
                pytest.fail("two layouts at once")
        await rows_of(second)
    async with three.session() as session:
        await session.keep_lease()
    (one,) = shards_of(database_url, 1)
    async with one.session() as session:
        assert await drain(session) == [], "all shards had published everything"


async def _relay_some(url: str, count: int, chance: random.Random) -> list[tuple[str, bytes]]:
    """Relay parts of the shards, each as far as it happens to get, not all acknowledged."""
    published: list[tuple[str, bytes]] = []
    async with sessions_of(url, count) as sessions:
        for session in chance.sample(sessions, k=chance.randint(1, count)):
            for _ in range(chance.randint(1, 4)):
                batch = await session.poll(chance.choice([3, 50, 1_500]))
                published += [(row[2], row[4]) for row in batch.rows]
                if chance.random() < 0.2:
                    break
                await batch.acknowledge()
    return published


@pytest.mark.accepts("GWY-07")
@pytest.mark.parametrize("seed", range(5))
async def test_however_the_number_of_shards_changes_nothing_is_lost_and_keys_keep_their_order(
    engine: AsyncEngine, database_url: str, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    published: list[tuple[str, bytes]] = []
    async with engine.connect() as open_writer:
        await append(open_writer, event(b"late", "late"))
        for n in range(8):
            rows = [b"%d.%d" % (n, m) for m in range(chance.choice([1, 5, 120]))]
            await commit(engine, *rows)
            published += await _relay_some(database_url, chance.randint(1, 4), chance)
        await open_writer.commit()
    async with sessions_of(database_url, 2) as sessions:
        for session in sessions:
            published += await rows_of(session)
    first_times = list(dict.fromkeys(published))
    async with engine.connect() as connection:
        found = await connection.execute(
            text("SELECT partition_key, payload FROM ledgerlane_outbox ORDER BY seq")
        )
        written = [(key, payload) for key, payload in found]
    assert len(first_times) == len(written)
    for key in [*KEYS, "late"]:
        assert [p for k, p in first_times if k == key] == [p for k, p in written if k == key]


async def _pretend_restored(connection: AsyncConnection) -> None:
    await connection.execute(
        text("UPDATE ledgerlane_outbox SET xid = (xid::text::bigint + 1000000)::text::xid8")
    )
    await connection.execute(
        text(
            "UPDATE ledgerlane_outbox_cursor SET system_identifier = 1, target = NULL,"
            " done = '1000000000:1000000000:', probe_xid = '1000000000'"
        )
    )


async def test_a_restored_database_is_resumed_by_all_shards_from_the_lowest_number(
    engine: AsyncEngine, database_url: str
) -> None:
    async with sessions_of(database_url, 2) as (first, second):
        for n in range(4):
            await commit(engine, b"%d" % n)
            await rows_of(first)
        await rows_of(second)
    async with engine.begin() as connection:
        await _pretend_restored(connection)
    await commit(engine, b"4")
    async with sessions_of(database_url, 2) as sessions:
        found = [row for session in sessions for row in await rows_of(session)]
    for key in KEYS:
        assert [p for k, p in found if k == key][-1] == b"4"
    assert len(found) == len(set(found))


async def test_a_sleeper_under_anothers_watch_is_woken_too_and_takes_the_watch_over(
    engine: AsyncEngine, database_url: str
) -> None:
    loop = asyncio.get_running_loop()
    async with sessions_of(database_url, 2) as sessions:
        for _ in range(3):
            async with asyncio.TaskGroup() as tasks:
                for session in sessions:
                    tasks.create_task(_until_asleep(session, ASLEEP_FROM_S))
            naps = [asyncio.ensure_future(session.wait()) for session in sessions]
            await asyncio.sleep(0)
            began = loop.time()
            await commit(engine, b"1")
            await asyncio.gather(*naps)
            assert loop.time() - began < WOKEN_WITHIN_S
            assert all([await rows_of(session) for session in sessions])


async def _until_asleep(session: SourceSession, nap_s: float) -> None:
    loop = asyncio.get_running_loop()
    waited_s = 0.0
    while waited_s < nap_s:
        began = loop.time()
        await session.wait()
        waited_s = loop.time() - began
        assert not (await session.poll(10)).rows


async def test_writers_do_not_notify_with_every_commit_for_a_shard_that_has_no_rows(
    engine: AsyncEngine, database_url: str
) -> None:
    notified: list[object] = []
    stop = asyncio.Event()
    async with sessions_of(database_url, 2) as sessions, asyncio.TaskGroup() as tasks:
        for session in sessions:
            tasks.create_task(_read_until(session, stop))
        async with engine.connect() as listener:
            raw = (await listener.get_raw_connection()).driver_connection
            assert raw is not None
            await raw.add_listener("ledgerlane_outbox", lambda *note: notified.append(note))
            began = asyncio.get_running_loop().time()
            for n in range(300):
                await commit(engine, b"%d" % n, keys=["key-1"])
            took_s = asyncio.get_running_loop().time() - began
            await listener.execute(text("SELECT 1"))
            await raw.reset()
        stop.set()
    assert len(notified) < 10 + 30 * took_s


async def _read_until(session: SourceSession, stop: asyncio.Event) -> None:
    while not stop.is_set():
        batch = await session.poll(100)
        await batch.acknowledge()
        if not batch.rows:
            await session.wait()


def _share_out(*members: Member) -> list[int]:
    return [len(member.at_work) for member in members]


@pytest.mark.accepts("GWY-07")
async def test_a_process_that_joins_gets_a_share_and_one_that_leaves_gives_it_back(
    engine: AsyncEngine, database_url: str
) -> None:
    publisher = MemoryPublisher("events")
    first, second = (Member(database_url, publisher, 4) for _ in range(2))
    async with running(first):
        await commit(engine, b"1")
        await until_published(publisher, len(KEYS))
        assert _share_out(first) == [4]
        async with running(second):
            await until(lambda: _share_out(first, second) == [2, 2])
            await commit(engine, b"2")
            await until_published(publisher, 2 * len(KEYS))
            assert not first.at_work & second.at_work
        await until(lambda: _share_out(first, second) == [4, 0])
        await commit(engine, b"3")
        await until_published(publisher, 3 * len(KEYS))
    assert len(set(map(str, publisher.topics["events"]))) == 3 * len(KEYS), "a repeat"
