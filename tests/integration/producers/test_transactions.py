"""Transactions on the real broker: what is seen, who is shut out, what is read back."""

import asyncio
import random
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from producers.errors import BrokerUnavailable, Fenced
from producers.publishers.transactional import TransactionalPublisher
from tests.contracts.publisher import row
from tests.integration.producers.kafka import new_topic, read_topic

SMALL = 5_000


class Topics:
    """A topic of events, one of cursors, and publishers by the name of their shard."""

    def __init__(self, bootstrap: str, events: str, cursors: str) -> None:
        self.bootstrap = bootstrap
        self.events = events
        self._cursors = cursors
        self._run = uuid4().hex

    def publisher(self, name: str = "source/0") -> TransactionalPublisher:
        return TransactionalPublisher(
            self.bootstrap, name=f"{self._run}-{name}", cursors_topic=self._cursors
        )

    async def seen(self) -> list[bytes]:
        """What readers of committed records see."""
        found = await read_topic(self.bootstrap, self.events)
        return [message.payload for message in found]


@pytest_asyncio.fixture
async def topics(kafka_bootstrap: str) -> AsyncIterator[Topics]:
    async with (
        new_topic(kafka_bootstrap) as events,
        new_topic(kafka_bootstrap, partitions=1, compacted=True) as cursors,
    ):
        yield Topics(kafka_bootstrap, events, cursors)


async def test_what_is_published_is_seen_with_its_commit(topics: Topics) -> None:
    async with topics.publisher() as publisher:
        assert await publisher.take_over() is None
        await publisher.publish([row(topics.events, "k", b"1")])
        assert await topics.seen() == []
        await publisher.commit(b"behind 1")
        assert await topics.seen() == [b"1"]
        assert await publisher.take_over() == b"behind 1"


async def test_a_cancelled_takeover_fences_no_relay_later(topics: Topics) -> None:
    async with topics.publisher() as publisher:
        for n in range(3):
            given_up = asyncio.ensure_future(publisher.take_over())
            await asyncio.sleep(0)
            given_up.cancel()
            with pytest.raises(asyncio.CancelledError):
                await given_up
            await publisher.publish([row(topics.events, "k", b"%d" % n)])
            await publisher.commit(b"behind %d" % n)
    assert await topics.seen() == [b"%d" % n for n in range(3)]


async def test_a_takeover_fences_the_relay_before_and_ends_its_transaction(
    topics: Topics,
) -> None:
    async with topics.publisher() as old, topics.publisher() as new:
        await old.take_over()
        await old.publish([row(topics.events, "k", b"1")])
        await old.commit(b"behind 1")
        await old.publish([row(topics.events, "k", b"never")])
        assert await new.take_over() == b"behind 1"
        with pytest.raises(Fenced):
            await old.commit(b"behind never")
        await new.publish([row(topics.events, "k", b"2")])
        await new.commit(b"behind 2")
        assert await topics.seen() == [b"1", b"2"]


async def test_a_fenced_relay_learns_it_from_its_next_publication(topics: Topics) -> None:
    async with topics.publisher() as old, topics.publisher() as new:
        await old.take_over()
        await old.publish([row(topics.events, "k", b"1")])
        await new.take_over()
        with pytest.raises(Fenced):
            await old.publish([row(topics.events, "k", b"2")])


async def test_shards_do_not_fence_one_another_and_find_their_own_cursor(
    topics: Topics,
) -> None:
    async with topics.publisher("source/0") as first, topics.publisher("source/1") as second:
        for n in range(3):
            for number, publisher in enumerate((first, second)):
                await publisher.publish([row(topics.events, "k", b"%d" % n)])
                await publisher.commit(b"%d behind %d" % (number, n))
        assert await first.take_over() == b"0 behind 2"
        assert await second.take_over() == b"1 behind 2"


async def _limit_records(bootstrap: str, topic: str) -> None:
    """Lower the limit of the broker below that of the client."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    limit = ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": str(SMALL)})
    await admin.alter_configs([limit])
    await admin.close()


async def test_what_the_broker_refuses_is_found_and_the_rest_of_the_transaction_stored_again(
    topics: Topics,
) -> None:
    await _limit_records(topics.bootstrap, topics.events)
    large = random.Random(1).randbytes(2 * SMALL)  # noqa: S311 - only not to be compressed
    async with topics.publisher() as publisher:
        assert not await publisher.publish([row(topics.events, "a", b"0")])
        rejections = await publisher.publish(
            [
                row(topics.events, "a", b"1"),
                row(topics.events, "a", large),
                row(topics.events, "b", b"2"),
                row(topics.events, "a", b"3"),
            ]
        )
        await publisher.commit(b"behind 3")
    assert [(one.index, one.behind) for one in rejections] == [(1, False), (3, True)]
    assert sorted(await topics.seen()) == [b"0", b"1", b"2"]


async def test_rows_that_are_too_much_together_are_stored_one_by_one(topics: Topics) -> None:
    await _limit_records(topics.bootstrap, topics.events)
    chance = random.Random(1)  # noqa: S311 - only not to be compressed
    payloads = [b"%d %b" % (n, chance.randbytes(SMALL // 2)) for n in range(20)]
    async with topics.publisher() as publisher:
        assert not await publisher.publish([row(topics.events, "k", p) for p in payloads])
        await publisher.commit(b"behind all")
    assert await topics.seen() == payloads


async def test_a_missing_topic_of_cursors_is_reported_and_nothing_is_seen(
    topics: Topics,
) -> None:
    async with TransactionalPublisher(
        topics.bootstrap, name=uuid4().hex, cursors_topic="no-such-topic"
    ) as publisher:
        with pytest.raises(BrokerUnavailable):
            await publisher.publish([row(topics.events, "k", b"1")])
    assert await topics.seen() == []
