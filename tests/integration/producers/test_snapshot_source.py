import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledgerlane_outbox import append, store
from producers.errors import LeaseTaken, SourceUnavailable
from producers.sources.snapshot.source import SAVE_EVERY_S, SnapshotSource
from producers.sources.source import Parked, Source, SourceSession
from tests.contracts.source import SourceContract, drain
from tests.eventually import eventually
from tests.integration.producers.events import event
from tests.integration.producers.maintenance.decisions import retry_first


class Crash(Exception):
    """What ends a session without a word."""


class TestSnapshotSource(SourceContract):
    @pytest.fixture(autouse=True)
    def _database(self, engine: AsyncEngine, database_url: str) -> None:
        self.engine = engine
        self.url = database_url

    @pytest_asyncio.fixture
    async def source(self) -> AsyncIterator[Source]:
        yield SnapshotSource(self.url, name="test")

    async def commit(self, source: Source, *payloads: bytes, key: str = "k") -> None:
        async with self.engine.begin() as connection:
            await append(connection, *(event(payload, key) for payload in payloads))

    async def retry(self, source: Source, key: str) -> None:
        await retry_first(self.url, key)


@pytest_asyncio.fixture
async def session(database_url: str, engine: AsyncEngine) -> AsyncIterator[SourceSession]:
    async with SnapshotSource(database_url, name="test").session() as session:
        yield session


async def commit(engine: AsyncEngine, *payloads: bytes) -> None:
    async with engine.begin() as connection:
        await append(connection, *(event(payload) for payload in payloads))


@pytest.mark.accepts("GWY-04")
async def test_a_late_commit_with_small_numbers_is_not_skipped(
    engine: AsyncEngine, session: SourceSession
) -> None:
    async with engine.connect() as late:
        await append(late, event(b"late"))
        await commit(engine, b"1", b"2")
        assert await drain(session) == [b"1", b"2"]
        await late.commit()
    assert await drain(session) == [b"late"]


@pytest.mark.accepts("GWY-04")
async def test_a_poll_gives_the_lowest_numbers_first(
    engine: AsyncEngine, session: SourceSession
) -> None:
    """One key's events come in the order of their commits, however many are new at once."""
    async with engine.connect() as around:
        await append(around, event(b"0", "around"))
        await commit(engine, *(b"%d" % n for n in range(1, 20)))
        await append(around, event(b"20", "around"))
        await around.commit()
    first = await session.poll(10)
    assert [row[4] for row in first.rows] == [b"%d" % n for n in range(10)]
    rest = await session.poll(100)
    assert [row[4] for row in rest.rows] == [b"%d" % n for n in range(10, 21)]


@pytest.mark.accepts("GWY-04")
async def test_an_open_writer_delays_no_other(
    engine: AsyncEngine, session: SourceSession
) -> None:
    async with engine.connect() as open_writer:
        await append(open_writer, event(b"open"))
        for n in range(5):
            await commit(engine, b"%d" % n)
            assert await drain(session) == [b"%d" % n]
        await open_writer.rollback()
    assert await drain(session) == []


@pytest.mark.accepts("GWY-04")
async def test_a_rolled_back_append_is_never_read(
    engine: AsyncEngine, session: SourceSession
) -> None:
    async with engine.connect() as connection:
        await append(connection, event(b"1"))
        await connection.rollback()
    await commit(engine, b"2")
    assert await drain(session) == [b"2"]


@pytest.mark.accepts("GWY-04")
async def test_savepoints_keep_what_they_keep(
    engine: AsyncEngine, session: SourceSession
) -> None:
    async with engine.begin() as connection:
        async with connection.begin_nested():
            await append(connection, event(b"released"))
        rolled_back = await connection.begin_nested()
        await append(connection, event(b"rolled back"))
        await rolled_back.rollback()
        assert await drain(session) == []
        await append(connection, event(b"outer"))
    assert await drain(session) == [b"released", b"outer"]


async def test_a_large_difference_is_paged_in_order_from_a_frozen_end(
    engine: AsyncEngine, session: SourceSession
) -> None:
    await commit(engine, *(b"%d" % n for n in range(2_500)))
    first = await session.poll(1_000)
    await commit(engine, b"later")
    assert len(first.rows) == 1_000
    await first.acknowledge()
    rest = await drain(session, limit=900)
    assert rest == [*(b"%d" % n for n in range(1_000, 2_500)), b"later"]


async def test_a_crash_in_a_large_difference_repeats_only_the_unacknowledged(
    engine: AsyncEngine, database_url: str
) -> None:
    source = SnapshotSource(database_url, name="test")
    async with source.session() as session:
        await drain(session)
        await commit(engine, *(b"%d" % n for n in range(2_500)))
        await (await session.poll(1_000)).acknowledge()
        await session.poll(1_000)
    async with source.session() as session:
        assert await drain(session) == [b"%d" % n for n in range(1_000, 2_500)]


async def test_a_batch_is_bounded_in_bytes(engine: AsyncEngine, database_url: str) -> None:
    """The session begins after the commits: without a poll for seven seconds it is ended."""
    for _ in range(3):
        await commit(engine, *(b"x" * 20_000 for _ in range(1_000)))
    async with SnapshotSource(database_url, name="test").session() as session:
        await (await session.poll(1)).acknowledge()
        page = await session.poll(20_000)
        assert sum(len(row[4]) for row in page.rows) < 45_000_000
        assert page.more
        assert len(page.rows) + len(await drain(session)) == 2_999


async def test_a_session_whose_connection_is_cut_says_so_and_frees_the_lease(
    engine: AsyncEngine, database_url: str, session: SourceSession
) -> None:
    async with engine.connect() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'ledgerlane-relay' AND datname = current_database()"
            )
        )
    with pytest.raises(SourceUnavailable):
        await session.poll(1)

    async def is_free() -> bool:
        try:
            async with SnapshotSource(database_url, name="next").session():
                return True
        except LeaseTaken:
            return False

    await eventually(is_free)


async def test_a_frozen_relay_loses_the_lease_within_ten_seconds(
    database_url: str, session: SourceSession
) -> None:
    async def is_free() -> bool:
        try:
            async with SnapshotSource(database_url, name="next").session():
                return True
        except LeaseTaken:
            return False

    await eventually(is_free)
    with pytest.raises(SourceUnavailable):
        await session.poll(1)


async def test_a_database_that_is_not_there_is_told_apart() -> None:
    nowhere = SnapshotSource("postgresql+asyncpg://nobody@127.0.0.1:9/none", name="test")
    with pytest.raises(SourceUnavailable):
        async with nowhere.session():
            pytest.fail("connected to nothing")


@pytest.mark.parametrize("parks", [False, True])
async def test_a_crash_repeats_what_was_acknowledged_but_not_yet_kept(
    engine: AsyncEngine, database_url: str, *, parks: bool
) -> None:
    source = SnapshotSource(database_url, name="test", save_every_s=600)

    async def relay_and_crash() -> None:
        async with source.session() as session:
            for payload in (b"kept", b"acknowledged", b"too"):
                await commit(engine, payload)
                await drain(session)
            if parks:
                await commit(engine, b"parked")
                batch = await session.poll(1)
                await batch.acknowledge([Parked(batch.rows[0][0], "bad", holds_key=True)])
            raise Crash

    with pytest.raises(Crash):
        await relay_and_crash()
    async with source.session() as session:
        assert await drain(session) == ([] if parks else [b"acknowledged", b"too"])


async def test_a_session_that_ends_keeps_every_acknowledgement(
    engine: AsyncEngine, database_url: str
) -> None:
    source = SnapshotSource(database_url, name="test", save_every_s=600)
    async with source.session() as session:
        for payload in (b"1", b"2"):
            await commit(engine, payload)
            await drain(session)
    async with source.session() as session:
        assert await drain(session) == []


async def test_acknowledgements_are_kept_soon_where_no_more_come(
    engine: AsyncEngine, database_url: str
) -> None:
    async with SnapshotSource(database_url, name="test").session() as session:
        for payload in (b"1", b"2"):
            await commit(engine, payload)
            await drain(session)

        due_at = time.monotonic() + SAVE_EVERY_S
        was_due = False
        while await _waiting(engine):
            assert not was_due, "the first wait that begins when it is due keeps them"
            was_due = time.monotonic() >= due_at
            await session.poll(1)
            await session.wait()
    assert SAVE_EVERY_S <= 1


async def _waiting(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int(await connection.scalar(text(store.BACKLOG)) or 0)


async def _pretend_restored(connection: AsyncConnection, *, seq_of_past: int) -> None:
    """Leave what a logical restore into a new cluster leaves: foreign ids everywhere."""
    await connection.execute(
        text(
            "UPDATE ledgerlane_outbox SET xid = (xid::text::bigint + 1000000)::text::xid8 "
            "WHERE seq <= :seq"
        ),
        {"seq": seq_of_past},
    )
    await connection.execute(
        text(
            "UPDATE ledgerlane_outbox_cursor SET system_identifier = 1, target = NULL,"
            " done = '1000000000:1000000000:', probe_xid = '1000000000'"
        )
    )


async def test_a_restored_database_is_resumed_by_number_with_repeats_and_no_loss(
    engine: AsyncEngine, database_url: str
) -> None:
    source = SnapshotSource(database_url, name="test", save_every_s=0)
    await commit(engine, b"0", b"1")
    committed = 2
    async with source.session() as session:
        await drain(session, 2)

        async def knows_a_number_to_resume_at() -> bool:
            # It moves on once no transaction is open that is as old as the last probe, in
            # whichever database of the server: those of other tests as well.
            nonlocal committed
            await commit(engine, b"%d" % committed)
            committed += 1
            await drain(session, 1)
            return await _low_seq(engine) > 2

        await eventually(knows_a_number_to_resume_at, within_s=60)
    low_seq = await _low_seq(engine)
    async with engine.begin() as connection:
        await _pretend_restored(connection, seq_of_past=committed)
    await commit(engine, b"%d" % committed)
    async with engine.connect() as open_writer:
        await append(open_writer, event(b"open"))
        async with source.session() as session:
            resumed = await drain(session)
            # Asserted before more is read: a relay that takes the cursor for one of this life
            # finds nothing here, and then the rows of the past with every poll, without end.
            assert resumed == [b"%d" % n for n in range(low_seq, committed + 1)]
            await commit(engine, b"after")
            await open_writer.commit()
            rest = await drain(session)
    assert len(resumed) > 1, "nothing was repeated: the number proves nothing"
    assert sorted(rest) == [b"after", b"open"]


async def _low_seq(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        found = await connection.scalar(text("SELECT low_seq FROM ledgerlane_outbox_cursor"))
    return int(found)


async def test_no_writer_notifies_while_the_relay_is_awake(
    engine: AsyncEngine, session: SourceSession
) -> None:
    await commit(engine, b"1")
    await drain(session)
    notified: list[object] = []
    async with engine.connect() as listener:
        raw = (await listener.get_raw_connection()).driver_connection
        assert raw is not None
        await raw.add_listener("ledgerlane_outbox", lambda *note: notified.append(note))
        await commit(engine, b"2")
        await listener.execute(text("SELECT 1"))
        assert not notified
        await raw.reset()


async def test_a_prepared_transaction_may_turn_notifications_off(
    engine: AsyncEngine, session: SourceSession
) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL ledgerlane.wakeup = 'off'"))
        await append(connection, event(b"1"))
    assert await drain(session) == [b"1"]
