"""What every source promises."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from statistics import median

import pytest
import pytest_asyncio

from ledgerlane_outbox.store import OutboxRow
from producers.errors import LeaseTaken
from producers.record_headers import headers_of
from producers.sources.source import Batch, Parked, Source, SourceSession
from tests.eventually import PATIENCE_S


async def read(
    session: SourceSession, count: int, *, limit: int = 100, within_s: float = PATIENCE_S
) -> list[OutboxRow]:
    """Read and acknowledge exactly ``count`` rows, in as many polls as it takes.

    One poll may return a part of what was committed before it, or nothing yet: the log arrives
    by and by. Raise TimeoutError when the rows have not come within ``within_s`` seconds.
    """
    rows: list[OutboxRow] = []
    async with asyncio.timeout(within_s):
        while len(rows) < count:
            batch = await session.poll(min(limit, count - len(rows)))
            rows += batch.rows
            if batch.rows:
                await batch.acknowledge()
    return rows


async def drain(session: SourceSession, count: int = 0, *, limit: int = 100) -> list[bytes]:
    """Return the payloads of ``count`` rows and of whatever comes besides, acknowledged.

    Whoever knows that rows were committed passes how many: that they do not come is an error,
    that more come is seen.
    """
    payloads = [row[4] for row in await read(session, count, limit=limit)]
    while (batch := await session.poll(limit)).rows:
        payloads += [row[4] for row in batch.rows]
        await batch.acknowledge()
    return payloads


async def first_batch(
    session: SourceSession, limit: int, *, within_s: float = PATIENCE_S
) -> Batch:
    """Return the next batch that has rows, not acknowledged."""
    async with asyncio.timeout(within_s):
        while not (batch := await session.poll(limit)).rows:
            pass
    return batch


async def idle(session: SourceSession, for_s: float) -> None:
    """Poll and wait, as often as it takes to have waited so long in all; no row may come."""
    loop = asyncio.get_running_loop()
    waited_s = 0.0
    while waited_s < for_s:
        assert not (await session.poll(1)).rows
        began = loop.time()
        await session.wait()
        waited_s += loop.time() - began


async def next_batch(session: SourceSession) -> Batch:
    """Wait, and return the first batch that has rows then, not acknowledged."""
    await session.wait()
    while not (batch := await session.poll(10)).rows:
        await session.wait()
    return batch


class SourceContract(ABC):
    """Every source passes this."""

    @pytest_asyncio.fixture
    @abstractmethod
    def source(self) -> AsyncIterator[Source]: ...

    @abstractmethod
    async def commit(self, source: Source, *payloads: bytes, key: str = "k") -> None:
        """Append events to the topic `events` in one transaction."""

    @abstractmethod
    async def retry(self, source: Source, key: str) -> None:
        """Decide, as an operator does, that the first parked row of a key is to be retried."""

    async def park(self, source: Source, *payloads: bytes, key: str) -> None:
        """Append events of one key and park them; the key is held."""
        await self.commit(source, *payloads, key=key)
        async with source.session() as session:
            for _ in payloads:
                batch = await first_batch(session, 1)
                await batch.acknowledge([Parked(batch.rows[0][0], "too large", True)])

    async def test_an_empty_source_gives_an_empty_batch(self, source: Source) -> None:
        async with source.session() as session:
            batch = await session.poll(10)
        assert not batch.rows
        assert not batch.more

    async def test_a_row_is_what_was_appended(self, source: Source) -> None:
        await self.commit(source, b"1", key="tenant")
        async with source.session() as session:
            (row,) = (await first_batch(session, 10)).rows
        assert row[1:5] == ("events", "tenant", None, b"1")
        assert row[6:11] == ("thing.happened.v1", "/test", "t", None, None)
        assert headers_of(row)["ce_partitionkey"] == "tenant"

    async def test_committed_rows_come_once_and_in_order(self, source: Source) -> None:
        await self.commit(source, b"1", b"2")
        async with source.session() as session:
            assert await drain(session, 2) == [b"1", b"2"]
            await self.commit(source, b"3")
            await self.commit(source, b"4")
            assert await drain(session, 2) == [b"3", b"4"]

    async def test_batches_have_at_most_the_limit_and_say_whether_more_waits(
        self, source: Source
    ) -> None:
        await self.commit(source, *(b"%d" % n for n in range(5)))
        async with source.session() as session:
            batches = [await first_batch(session, 2)]
            while batches[-1].more:
                batches.append(await session.poll(2))
        assert [row[4] for batch in batches for row in batch.rows] == [
            b"%d" % n for n in range(5)
        ]
        assert max(len(batch.rows) for batch in batches) == 2

    async def test_what_was_not_acknowledged_comes_again(self, source: Source) -> None:
        await self.commit(source, b"1", b"2", b"3")
        async with source.session() as session:
            await read(session, 1)
            await first_batch(session, 1)
        async with source.session() as session:
            assert await drain(session, 2) == [b"2", b"3"]

    async def test_what_was_acknowledged_never_comes_again(self, source: Source) -> None:
        await self.commit(source, b"1", b"2", b"3")
        async with source.session() as session:
            await drain(session, 3, limit=2)
        await self.commit(source, b"4")
        async with source.session() as session:
            assert await drain(session, 1) == [b"4"]

    async def test_one_session_at_a_time(self, source: Source) -> None:
        async with source.session():
            with pytest.raises(LeaseTaken):
                async with source.session():
                    pytest.fail("two relays at one source")
        async with source.session() as session:
            await session.keep_lease()

    async def test_a_session_that_fails_gives_the_lease_back(self, source: Source) -> None:
        with pytest.raises(ZeroDivisionError):
            async with source.session():
                raise ZeroDivisionError
        async with source.session() as session:
            assert not await drain(session)

    async def test_waiting_ends_when_a_row_is_committed(self, source: Source) -> None:
        """And not by the time, which alone would end it after a second."""
        loop = asyncio.get_running_loop()
        delays = []
        async with source.session() as session:
            for payload in (b"1", b"2", b"3"):
                await idle(session, 0.3)
                async with asyncio.TaskGroup() as tasks:
                    waiting = tasks.create_task(next_batch(session))
                    await asyncio.sleep(0)
                    await self.commit(source, payload)
                    committed_at = loop.time()
                batch = waiting.result()
                delays.append(loop.time() - committed_at)
                assert [row[4] for row in batch.rows] == [payload]
                await batch.acknowledge()
        assert median(delays) < 0.5

    async def test_parked_keys_are_held_in_the_next_session(self, source: Source) -> None:
        await self.commit(source, b"1", key="held")
        await self.commit(source, b"2", key="free")
        async with source.session() as session:
            for holds_key in (True, False):
                batch = await first_batch(session, 1)
                await batch.acknowledge([Parked(batch.rows[0][0], "too large", holds_key)])
        async with source.session() as session:
            assert await session.held_keys() == {("events", "held")}
            assert not await drain(session)

    async def test_the_backlog_is_what_is_not_acknowledged(self, source: Source) -> None:
        await self.commit(source, b"1", b"2", b"3")
        async with source.session() as session:
            batch = await first_batch(session, 1)
            before = await session.backlog()
            await batch.acknowledge()
            after = await session.backlog()
            await drain(session, 2)
            empty = await session.backlog()
        assert (before.rows, after.rows, empty.rows) == (3, 2, 0)
        assert after.oldest_at is not None
        assert empty.oldest_at is None

    async def test_nothing_is_unparked_without_a_decision(self, source: Source) -> None:
        await self.park(source, b"1", key="held")
        async with source.session() as session:
            assert not (await session.unparked(10)).keys
            assert await session.held_keys() == {("events", "held")}

    async def test_a_retried_row_comes_with_those_behind_it_and_frees_its_key(
        self, source: Source
    ) -> None:
        await self.park(source, b"1", b"2", b"3", key="held")
        await self.park(source, b"other", key="other")
        await self.retry(source, "held")
        async with source.session() as session:
            batch = await session.unparked(10)
            assert [row[4] for row in batch.rows] == [b"1", b"2", b"3"]
            assert batch.keys == {("events", "held")}
            await batch.acknowledge()
            assert not (await session.unparked(10)).keys
            assert await session.held_keys() == {("events", "other")}

    async def test_a_retried_row_that_was_not_acknowledged_comes_again(
        self, source: Source
    ) -> None:
        await self.park(source, b"1", key="held")
        await self.retry(source, "held")
        async with source.session() as session:
            assert (await session.unparked(10)).rows
        async with source.session() as session:
            assert [row[4] for row in (await session.unparked(10)).rows] == [b"1"]

    async def test_a_row_that_is_parked_again_holds_its_key_again(self, source: Source) -> None:
        await self.park(source, b"1", b"2", key="held")
        await self.retry(source, "held")
        async with source.session() as session:
            batch = await session.unparked(10)
            again = [Parked(row[0], "too large still", True) for row in batch.rows]
            await batch.acknowledge(again)
            assert not (await session.unparked(10)).keys
            assert await session.held_keys() == {("events", "held")}
