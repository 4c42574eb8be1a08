"""A topic whose partitions do not fit the others: nobody would know who owns a realm."""

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic

from schemas.ids import ProviderName
from schemas.topics import PROVIDER_PARTITIONS, retry_topic
from tests.chaos.process_group import ProcessGroup
from tests.eventually import eventually
from tests.fakes.served import QBO, XERO

pytestmark = pytest.mark.asyncio(loop_scope="session")

each_provider = pytest.mark.parametrize("provider", [QBO, XERO])


async def _replace(bootstrap: str, topic: str, partitions: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:

        async def gone() -> bool:
            return topic not in await admin.list_topics()

        await admin.delete_topics([topic])
        await eventually(gone)
        await admin.create_topics([NewTopic(topic, partitions, 1)])
    finally:
        await admin.close()


async def _grow(bootstrap: str, topic: str, partitions: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_partitions({topic: NewPartitions(total_count=partitions)})
    finally:
        await admin.close()


async def _assigned(group: ProcessGroup, worker: str) -> None:
    """Wait until the worker was given partitions that go together."""
    child = group.children[worker]

    async def assigned() -> bool:
        return await child.logged('"broker.assigned"')

    await eventually(assigned)


@pytest.mark.accepts("GWY-10", "GWY-11")
@each_provider
async def test_a_worker_does_not_start_on_topics_that_do_not_go_together(
    group: ProcessGroup, provider: ProviderName
) -> None:
    topic, worker = retry_topic(provider, "2m"), f"worker {provider}"
    await _replace(group.services.kafka.bootstrap, topic, 6)
    await group.launch(worker)
    assert await group.ending(worker) == 1
    last = group.output().splitlines()[-1]
    assert last.startswith("ledgerlane: ")
    assert f"{topic} has 6 partitions, not {PROVIDER_PARTITIONS}" in last


@pytest.mark.accepts("GWY-11")
@each_provider
async def test_a_worker_stops_when_an_assignment_no_longer_goes_together(
    group: ProcessGroup, provider: ProviderName
) -> None:
    topic, worker = retry_topic(provider, "2m"), f"worker {provider}"
    await group.start(worker)
    await _assigned(group, worker)
    await _grow(group.services.kafka.bootstrap, topic, PROVIDER_PARTITIONS + 1)
    assert await group.ending(worker) == 1
    last = group.output().splitlines()[-1]
    assert last.startswith("ledgerlane: ")
    assert topic in last


@pytest.mark.accepts("GWY-11")
@each_provider
async def test_a_worker_works_again_as_soon_as_the_topics_are_mended(
    group: ProcessGroup, provider: ProviderName
) -> None:
    """Its name would give it the old assignment back, at each start anew."""
    topic, worker = retry_topic(provider, "2m"), f"worker {provider}"
    await group.start(worker)
    await _assigned(group, worker)
    await _grow(group.services.kafka.bootstrap, topic, PROVIDER_PARTITIONS + 1)
    assert await group.ending(worker) == 1
    await _replace(group.services.kafka.bootstrap, topic, PROVIDER_PARTITIONS)
    await group.start(worker)
    await _assigned(group, worker)
