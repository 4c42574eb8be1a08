"""A topic whose partitions do not fit the others: nobody would know who owns a realm."""

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic

from schemas.topics import PROVIDER_PARTITIONS
from tests.chaos.process_group import WORKER_QBO, ProcessGroup
from tests.eventually import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOPIC = "qbo.retry.2m"


async def _replace(bootstrap: str, partitions: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:

        async def gone() -> bool:
            return TOPIC not in await admin.list_topics()

        await admin.delete_topics([TOPIC])
        await eventually(gone, within_s=20)
        await admin.create_topics([NewTopic(TOPIC, partitions, 1)])
    finally:
        await admin.close()


async def _grow(bootstrap: str, partitions: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_partitions({TOPIC: NewPartitions(total_count=partitions)})
    finally:
        await admin.close()


async def _assigned(group: ProcessGroup) -> None:
    """Wait until the worker was given partitions that go together."""
    worker = group.children[WORKER_QBO]

    async def assigned() -> bool:
        return await worker.logged('"broker.assigned"')

    await eventually(assigned, within_s=20)


@pytest.mark.accepts("GWY-10", "GWY-11")
async def test_a_worker_does_not_start_on_topics_that_do_not_go_together(
    group: ProcessGroup,
) -> None:
    await _replace(group.services.kafka.bootstrap, 6)
    await group.launch(WORKER_QBO)
    assert await group.ending(WORKER_QBO) == 1
    last = group.output().splitlines()[-1]
    assert last.startswith("ledgerlane: ")
    assert f"{TOPIC} has 6 partitions, not {PROVIDER_PARTITIONS}" in last


@pytest.mark.accepts("GWY-11")
async def test_a_worker_stops_when_an_assignment_no_longer_goes_together(
    group: ProcessGroup,
) -> None:
    await group.start(WORKER_QBO)
    await _assigned(group)
    await _grow(group.services.kafka.bootstrap, PROVIDER_PARTITIONS + 1)
    assert await group.ending(WORKER_QBO) == 1
    last = group.output().splitlines()[-1]
    assert last.startswith("ledgerlane: ")
    assert TOPIC in last


@pytest.mark.accepts("GWY-11")
async def test_a_worker_works_again_as_soon_as_the_topics_are_mended(
    group: ProcessGroup,
) -> None:
    """Its name would give it the old assignment back, at each start anew."""
    await group.start(WORKER_QBO)
    await _assigned(group)
    await _grow(group.services.kafka.bootstrap, PROVIDER_PARTITIONS + 1)
    assert await group.ending(WORKER_QBO) == 1
    await _replace(group.services.kafka.bootstrap, PROVIDER_PARTITIONS)
    await group.start(WORKER_QBO)
    await _assigned(group)
