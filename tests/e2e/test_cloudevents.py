"""What the gateway writes for others is read by the CNCF's own SDK, from every topic."""

import json

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat

from schemas.topics import PLATFORM_DEAD, PLATFORM_EVENTS, SYNC_RESULTS
from tests.chaos.platform import Owner, business
from tests.chaos.process_group import ROLES, ProcessGroup
from tests.e2e.letters import POISON_SIGNALS, poison_events
from tests.e2e.topics import Record, put, records
from tests.eventually import eventually
from tests.fakes.served import QBO

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOPICS = (PLATFORM_EVENTS, SYNC_RESULTS, PLATFORM_DEAD, "qbo.dead")
"""All topics that others may read; signals on work topics are for our own workers."""


async def test_the_cloudevents_sdk_reads_every_event_result_and_dead_letter(
    group: ProcessGroup,
) -> None:
    await group.connect(QBO, "t1")
    await group.start(*ROLES)
    bootstrap = group.services.kafka.bootstrap
    _, headers, value = next(poison_events())
    sent = await put(bootstrap, PLATFORM_EVENTS, (headers, value))
    await put(bootstrap, "qbo.work", ((), POISON_SIGNALS[0]))
    await group.platform.announce(Owner("t1"), *business(2, 3))
    await group.agree(dead=2)
    not_ours = {(one.topic, str(one.partition), str(one.offset)) for one in sent}
    found: dict[str, list[Record]] = {}

    async def all_topics_have_some() -> bool:
        for topic in TOPICS:
            every = await records(bootstrap, topic)
            found[topic] = [one for one in every if one.place not in not_ours]
        return all(found.values())

    await eventually(all_topics_have_some)
    for one in (one for topic in TOPICS for one in found[topic]):
        event = from_binary(KafkaMessage(dict(one.headers), one.key, one.value), JSONFormat())
        assert event.get_specversion() == "1.0"
        assert event.get_id() == one.header("ce_id")
        assert event.get_type() == one.header("ce_type")
        assert event.get_source()
        assert event.get_time()
        assert event.get_datacontenttype() == "application/json"
        assert event.get_data() == json.loads(one.value)
