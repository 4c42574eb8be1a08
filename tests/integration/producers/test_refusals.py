"""What brokers refuse, and what is published of the rest."""

import random
from collections import defaultdict
from collections.abc import AsyncIterator

import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from producers.errors import BrokerUnavailable
from producers.publisher import Publisher
from producers.publishers.kafka import KafkaPublisher
from tests.contracts.publisher import row
from tests.eventually import eventually
from tests.integration.producers.kafka import new_topic, read_topic

SMALL = 5_000
GIVEN_UP_AFTER_S = 5.0


async def configure(bootstrap: str, topic: str, **settings: str) -> None:
    """Change settings of a topic, written with underscores for dots."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    named = {name.replace("_", "."): value for name, value in settings.items()}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, named)])
    await admin.close()


async def payloads(bootstrap: str, topic: str, key: str = "") -> list[bytes]:
    found = await read_topic(bootstrap, topic)
    return [message.payload for message in found if key in {"", message.key}]


def incompressible(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - no secret


@pytest_asyncio.fixture
async def publisher(kafka_bootstrap: str) -> AsyncIterator[Publisher]:
    async with KafkaPublisher(kafka_bootstrap) as publisher:
        yield publisher


@pytest_asyncio.fixture
async def small(kafka_bootstrap: str) -> AsyncIterator[str]:
    """A topic that takes batches of a few kilobytes."""
    async with new_topic(kafka_bootstrap) as topic:
        await configure(kafka_bootstrap, topic, max_message_bytes=str(SMALL))
        yield topic


async def test_of_a_refused_batch_the_row_at_fault_is_found_and_the_others_are_stored_once(
    publisher: Publisher, kafka_bootstrap: str, small: str
) -> None:
    # Of a producer that it knows a broker takes no batch whose number is too high.
    first = [row(small, f"key-{n}", b"first") for n in range(5)]
    assert not await publisher.publish(first)
    rows = [row(small, f"key-{n % 5}", b"%d" % n) for n in range(400)]
    rows[203] = row(small, "key-3", incompressible(2 * SMALL))
    rejections = await publisher.publish(rows)
    behind = list(range(208, 400, 5))
    assert [(one.index, one.behind) for one in rejections] == [
        (203, False),
        *((n, True) for n in behind),
    ]
    assert "TooLarge" in rejections[0].reason
    for key in range(5):
        stored = await payloads(kafka_bootstrap, small, f"key-{key}")
        wanted = [n for n in range(key, 400, 5) if n != 203 and n not in behind]
        assert stored == [b"first", *(b"%d" % n for n in wanted)]


async def test_rows_that_are_too_much_together_are_stored_in_order(
    publisher: Publisher, kafka_bootstrap: str, small: str
) -> None:
    for turn in range(2):
        rows = [
            row(small, "k", b"%d %d " % (turn, n) + incompressible(SMALL // 2, n))
            for n in range(20)
        ]
        assert not await publisher.publish(rows)
        assert (await payloads(kafka_bootstrap, small))[20 * turn :] == [one[4] for one in rows]


async def test_where_a_broker_fails_for_some_partitions_everything_can_be_published_again(
    publisher: Publisher, kafka_bootstrap: str
) -> None:
    async with new_topic(kafka_bootstrap) as whole, new_topic(kafka_bootstrap) as lame:
        rows = [row(topic, f"key-{n}", b"1") for n in range(20) for topic in (whole, lame)]
        assert not await publisher.publish(rows)
        await configure(kafka_bootstrap, lame, message_timestamp_before_max_ms="0")
        again = [row(topic, f"key-{n}", b"2") for n in range(20) for topic in (whole, lame)]

        async def published() -> bool:
            try:
                return not await publisher.publish(again)
            except BrokerUnavailable:
                return False

        async def failed() -> bool:
            return not await published()

        await eventually(failed)
        await configure(kafka_bootstrap, lame, message_timestamp_before_max_ms="10000000")
        await eventually(published)
        for topic in (whole, lame):
            by_key: dict[str, list[bytes]] = defaultdict(list)
            for message in await read_topic(kafka_bootstrap, topic):
                by_key[message.key].append(message.payload)
            assert len(by_key) == 20
            for first, *rest in by_key.values():
                assert first == b"1"
                assert set(rest) == {b"2"}


async def test_rows_of_a_topic_that_is_gone_are_rejected_and_others_go_on(
    kafka_bootstrap: str,
) -> None:
    async with (
        KafkaPublisher(kafka_bootstrap, ack_timeout_s=GIVEN_UP_AFTER_S) as publisher,
        new_topic(kafka_bootstrap) as kept,
    ):
        async with new_topic(kafka_bootstrap) as gone:
            assert not await publisher.publish([row(gone, "k", b"1")])
        rows = [row(kept, "k", b"1"), row(gone, "k", b"2"), row(kept, "k", b"3")]

        async def rejected() -> bool:
            try:
                rejections = await publisher.publish(rows)
            except BrokerUnavailable:
                return False
            return [one.index for one in rejections] == [1]

        await eventually(rejected)
        assert b"3" in await payloads(kafka_bootstrap, kept)


async def test_a_topic_that_was_absent_is_found_once_it_is_there(
    publisher: Publisher, kafka_bootstrap: str
) -> None:
    async with new_topic(kafka_bootstrap) as other:
        absent = f"{other}-later"
        for _ in range(2):
            (rejection,) = await publisher.publish([row(absent, "k", b"1")])
            assert absent in rejection.reason
        async with new_topic(kafka_bootstrap, name=absent):
            assert not await publisher.publish([row(absent, "k", b"2")])
            assert await payloads(kafka_bootstrap, absent) == [b"2"]
