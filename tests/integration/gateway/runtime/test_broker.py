"""Topics on the real broker, under names of the test's own."""

import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from gateway.errors import BrokerUnreachable, WrongTopics
from gateway.runtime.broker import apply_topics, check_broker, check_topics
from providers.registry import PROVIDERS
from schemas.topics import Topic, catalogue


@pytest.fixture
async def topics(kafka_bootstrap: str) -> AsyncIterator[list[Topic]]:
    run = uuid.uuid4().hex
    found = [replace(one, name=f"{run}.{one.name}") for one in catalogue(tuple(PROVIDERS))]
    yield found
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    await admin.delete_topics([one.name for one in found])
    await admin.close()


@pytest.mark.accepts("GWY-10")
async def test_missing_topics_are_created_once(
    kafka_bootstrap: str, topics: list[Topic]
) -> None:
    assert await apply_topics(kafka_bootstrap, topics) == topics
    assert not await apply_topics(kafka_bootstrap, topics)
    await check_topics(kafka_bootstrap, topics)


@pytest.mark.accepts("GWY-10")
async def test_wrong_partition_counts_are_refused_by_name(
    kafka_bootstrap: str, topics: list[Topic]
) -> None:
    there = replace(topics[0], partitions=3)
    await apply_topics(kafka_bootstrap, [there])
    with pytest.raises(WrongTopics, match=f"{there.name} has 3 partitions, not 12"):
        await apply_topics(kafka_bootstrap, topics)
    with pytest.raises(WrongTopics) as caught:
        await check_topics(kafka_bootstrap, topics)
    for topic in topics[1:]:
        assert f"{topic.name} is missing" in str(caught.value), "nothing was to be created"
    await apply_topics(kafka_bootstrap, topics[1:])


async def test_topics_that_the_broker_does_not_show_in_time_are_named(
    kafka_bootstrap: str, topics: list[Topic]
) -> None:
    with pytest.raises(BrokerUnreachable, match=f"{topics[0].name}.*apply the topics again"):
        await apply_topics(kafka_bootstrap, topics[:1], shown_within_s=0)
    await apply_topics(kafka_bootstrap, topics)
    await check_topics(kafka_bootstrap, topics)


async def test_a_broker_that_is_not_there_is_named() -> None:
    with pytest.raises(BrokerUnreachable, match=re.escape("127.0.0.1:1")):
        await check_broker("127.0.0.1:1")
