"""Three brokers, several of each role: one of each is killed and stays away."""

import asyncio
from collections import Counter, defaultdict
from time import monotonic

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from schemas.topics import PLATFORM_EVENTS, PROVIDER_PARTITIONS, SYNC_RESULTS, work_topic
from tests.chaos.campaigns.traffic import Arrivals, Traffic
from tests.chaos.process_group import ProcessGroup, open_process_group
from tests.chaos.services import open_services
from tests.e2e.topics import records
from tests.eventually import eventually
from tests.fakes.served import QBO

TENANTS = tuple(f"t{n}" for n in range(1, 7))
WORKERS = ("worker qbo", "worker qbo#2", "worker qbo#3")
ROLES = ("relay#2", "worker intake", "worker intake#2", *WORKERS)
KILLED = ("relay", "worker intake", "worker qbo")
RECOVERY_SHARE = 0.9
PATIENCE_S = 60


async def owners(group: ProcessGroup) -> Counter[str]:
    """Count the partitions that each worker works for."""
    rows = await group.rows("SELECT owner FROM leases WHERE provider = 'qbo'")
    return Counter(row["owner"] for row in rows)


async def out_of_order(group: ProcessGroup, topic: str) -> dict[str, list[int]]:
    """Return the documents whose versions first came to a topic in another order."""
    found: dict[str, dict[int, None]] = defaultdict(dict)
    for one in await records(group.services.bootstrap, topic):
        document = f"{one.header('ce_tenantid')} {one.header('ce_subject')}"
        found[document].setdefault(int(one.header("ce_entityversion")))
    assert len(found) > len(TENANTS)
    return {document: list(v) for document, v in found.items() if list(v) != sorted(v)}


async def durability(bootstrap: str, topic: str) -> tuple[int, str]:
    """Return how many replicas a topic has, and how many must have what is acknowledged."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        [described] = await admin.describe_topics([topic])
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        [answer] = await admin.describe_configs([resource])
    finally:
        await admin.close()
    [(*_, settings)] = answer.resources
    said = {name: value for name, value, *_ in settings}
    return len(described["partitions"][0]["replicas"]), said["min.insync.replicas"]


@pytest.mark.asyncio(loop_scope="session")
async def test_one_of_each_is_killed_and_the_others_carry_on() -> None:
    async with open_services(brokers=3) as services, open_process_group(services) as group:
        for tenant in TENANTS:
            await group.connect(QBO, tenant)
        for topic in (PLATFORM_EVENTS, work_topic(QBO), SYNC_RESULTS):
            assert await durability(services.bootstrap, topic) == (3, "2"), topic
        await group.start(KILLED[0])  # so that it is the one that relays
        await group.start(*ROLES)

        async def shared_out() -> bool:
            return sorted((await owners(group)).values()) == [PROVIDER_PARTITIONS // 3] * 3

        await eventually(shared_out, within_s=PATIENCE_S)
        traffic, arrivals = Traffic(group, dict.fromkeys(TENANTS, 1)), Arrivals(group)
        await traffic.open()
        rate = RECOVERY_SHARE * traffic.offered
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(traffic.run())
            tasks.create_task(arrivals.run(traffic))
            before = await arrivals.recovery(monotonic(), rate=rate, within_s=PATIENCE_S)
            await services.kafka.kill()
            await group.kill(*KILLED)
            after = await arrivals.recovery(monotonic(), rate=rate, within_s=PATIENCE_S)
            traffic.over = True
        assert (before is not None, after is not None) == (True, True), group.output()
        assert sorted(group.ended()) == sorted(KILLED)
        await group.start(*KILLED)
        await group.agree(within_s=PATIENCE_S)
        assert await out_of_order(group, PLATFORM_EVENTS) == {}
        assert await out_of_order(group, SYNC_RESULTS) == {}
