import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiokafka.partitioner import murmur2

from producers.errors import BrokerUnavailable
from producers.publisher import Publisher
from producers.publishers.kafka import KafkaPublisher
from producers.publishers.transactional import TransactionalPublisher
from tests.contracts.publisher import PublisherContract, Stored, row
from tests.integration.producers.kafka import PARTITIONS, new_topic, read_topic

NOBODY = "127.0.0.1:9"


class KafkaPublisherContract(PublisherContract):
    """What the Kafka publishers promise on top: the Java client's partition."""

    @pytest.fixture(autouse=True)
    def _broker(self, kafka_bootstrap: str) -> None:
        self.bootstrap = kafka_bootstrap

    @pytest_asyncio.fixture
    async def topic(self) -> AsyncIterator[str]:
        async with new_topic(self.bootstrap) as name:
            yield name

    async def stored(self, publisher: Publisher, topic: str) -> list[Stored]:
        return await read_topic(self.bootstrap, topic)

    async def test_a_key_lands_where_the_java_client_puts_it(
        self, publisher: Publisher, topic: str
    ) -> None:
        keys = [f"tenant-{n}:realm-é-{n * n}" for n in range(100)]
        await publisher.publish([row(topic, key, b"") for key in keys])
        found = {
            message.key: message.partition for message in await self.stored(publisher, topic)
        }
        assert found == {key: (murmur2(key.encode()) & 0x7FFFFFFF) % PARTITIONS for key in keys}

    async def test_a_cancelled_publication_leaves_the_publisher_usable(
        self, publisher: Publisher, topic: str
    ) -> None:
        rows = [row(topic, "k", b"%d" % n) for n in range(5_000)]
        task = asyncio.ensure_future(publisher.publish(rows))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not await publisher.publish(rows)
        payloads = [message.payload for message in await self.stored(publisher, topic)]
        assert payloads[-5_000:] == [row[4] for row in rows]


class TestKafkaPublisher(KafkaPublisherContract):
    @pytest_asyncio.fixture
    async def publisher(self) -> AsyncIterator[Publisher]:
        async with KafkaPublisher(self.bootstrap) as publisher:
            yield publisher


class TestTransactionalPublisher(KafkaPublisherContract):
    @pytest_asyncio.fixture
    async def publisher(self) -> AsyncIterator[Publisher]:
        async with (
            new_topic(self.bootstrap, partitions=1, compacted=True) as cursors,
            TransactionalPublisher(self.bootstrap, name=cursors, cursors_topic=cursors) as one,
        ):
            yield one

    async def stored(self, publisher: Publisher, topic: str) -> list[Stored]:
        assert isinstance(publisher, TransactionalPublisher)
        await publisher.commit(b"here")
        return await super().stored(publisher, topic)


async def test_an_absent_broker_is_told_from_a_bad_row() -> None:
    async with KafkaPublisher(NOBODY, ack_timeout_s=0.3) as publisher:
        with pytest.raises(BrokerUnavailable):
            await publisher.publish([row("events", "k", b"1")])


async def test_an_absent_broker_is_told_from_a_bad_row_in_a_transaction() -> None:
    async with TransactionalPublisher(
        NOBODY, name="nobody", cursors_topic="cursors", ack_timeout_s=0.3
    ) as publisher:
        with pytest.raises(BrokerUnavailable):
            await publisher.publish([row("events", "k", b"1")])


@pytest.mark.parametrize("strict", [False, True])
async def test_a_broker_that_never_answers_is_given_up(strict: bool) -> None:
    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(hear, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        address = f"127.0.0.1:{port}"
        async with (
            TransactionalPublisher(
                address, name="nobody", cursors_topic="cursors", ack_timeout_s=0.3
            )
            if strict
            else KafkaPublisher(address, ack_timeout_s=0.3)
        ) as publisher:
            for _ in range(2):
                with pytest.raises(BrokerUnavailable):
                    await publisher.publish([row("events", "k", b"1")])
