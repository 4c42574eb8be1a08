"""What every source promises."""

import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from producers.errors import LeaseTaken
from producers.sources.base import Parked, Source, SourceSession


async def drain(session: SourceSession, *, limit: int = 100) -> list[bytes]:
    """Read and acknowledge all there is."""
    payloads: list[bytes] = []
    while (batch := await session.poll(limit)).rows:
        payloads += [row[4] for row in batch.rows]
        await batch.acknowledge()
    return payloads


class SourceContract(ABC):
    """Every source passes this."""

    @pytest_asyncio.fixture
    @abstractmethod
    def source(self) -> AsyncIterator[Source]: ...

    @abstractmethod
    async def commit(self, source: Source, *payloads: bytes, key: str = "k") -> None:
        """Append events to the topic `events` in one transaction."""

    async def test_an_empty_source_gives_an_empty_batch(self, source: Source) -> None:
        async with source.session() as session:
            batch = await session.poll(10)
        assert not batch.rows
        assert not batch.more

    async def test_a_row_is_what_was_appended(self, source: Source) -> None:
        await self.commit(source, b"1", key="tenant")
        async with source.session() as session:
            ((_, topic, key, headers, payload),) = (await session.poll(10)).rows
        assert (topic, key, payload) == ("events", "tenant", b"1")
        assert json.loads(headers)["ce_partitionkey"] == "tenant"

    async def test_committed_rows_come_once_and_in_order(self, source: Source) -> None:
        await self.commit(source, b"1", b"2")
        async with source.session() as session:
            assert await drain(session) == [b"1", b"2"]
            await self.commit(source, b"3")
            await self.commit(source, b"4")
            assert await drain(session) == [b"3", b"4"]

    async def test_batches_have_at_most_the_limit_and_say_whether_more_waits(
        self, source: Source
    ) -> None:
        await self.commit(source, *(b"%d" % n for n in range(5)))
        async with source.session() as session:
            batches = [await session.poll(2) for _ in range(3)]
        assert [[row[4] for row in batch.rows] for batch in batches] == [
            [b"0", b"1"],
            [b"2", b"3"],
            [b"4"],
        ]
        assert [batch.more for batch in batches] == [True, True, False]

    async def test_what_was_not_acknowledged_comes_again(self, source: Source) -> None:
        await self.commit(source, b"1", b"2", b"3")
        async with source.session() as session:
            await (await session.poll(1)).acknowledge()
            await session.poll(1)
        async with source.session() as session:
            assert await drain(session) == [b"2", b"3"]

    async def test_what_was_acknowledged_never_comes_again(self, source: Source) -> None:
        await self.commit(source, b"1", b"2", b"3")
        async with source.session() as session:
            await drain(session, limit=2)
        await self.commit(source, b"4")
        async with source.session() as session:
            assert await drain(session) == [b"4"]

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
        async with source.session() as session:
            await self.commit(source, b"1")
            while not (batch := await session.poll(10)).rows:
                await session.wait()
        assert [row[4] for row in batch.rows] == [b"1"]

    async def test_parked_keys_are_held_in_the_next_session(self, source: Source) -> None:
        await self.commit(source, b"1", key="held")
        await self.commit(source, b"2", key="free")
        async with source.session() as session:
            batch = await session.poll(10)
            held, free = (row[0] for row in batch.rows)
            await batch.acknowledge(
                [Parked(held, "too large", holds_key=True), Parked(free, "", holds_key=False)]
            )
        async with source.session() as session:
            assert await session.held_keys() == {("events", "held")}
            assert not await drain(session)

    async def test_the_backlog_is_what_is_not_acknowledged(self, source: Source) -> None:
        await self.commit(source, b"1", b"2", b"3")
        async with source.session() as session:
            batch = await session.poll(2)
            before = await session.backlog()
            await batch.acknowledge()
            after = await session.backlog()
            await drain(session)
            empty = await session.backlog()
        assert (before.rows, after.rows, empty.rows) == (3, 1, 0)
        assert after.oldest_at is not None
        assert empty.oldest_at is None
