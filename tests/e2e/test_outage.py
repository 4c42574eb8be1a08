"""A provider that is away for everybody while the platform goes on."""

import asyncio
from collections import Counter

import pytest

from schemas.ids import ProviderName
from tests.chaos.platform import Owner, business, customer
from tests.chaos.process_group import INTAKE, RELAY, ProcessGroup
from tests.e2e.results import versions_told
from tests.eventually import eventually
from tests.fakes.served import QBO, XERO

pytestmark = pytest.mark.asyncio(loop_scope="session")

TENANTS = tuple(f"t{n}" for n in range(6))
NOTICES = ("lanes.provider_down", "lanes.provider_back")
EDITS = 60


def notices(group: ProcessGroup, role: str) -> Counter[str]:
    """Count what a worker has said of its provider."""
    told = (line["event"] for line in group.logged(role))
    return Counter(event for event in told if event in NOTICES)


@pytest.mark.parametrize("provider", [QBO, XERO])
async def test_while_a_provider_is_away_work_waits_in_order_and_each_is_told_once(
    group: ProcessGroup, provider: ProviderName
) -> None:
    """Half a minute; the two hours of the same engine are on virtual time."""
    worker = f"worker {provider}"
    for tenant in TENANTS:
        await group.connect(provider, tenant)
    await group.start(RELAY, INTAKE, worker)
    for tenant in TENANTS:
        await group.platform.announce(Owner(tenant), *business(2, 3))
    await group.agree()
    simulator = group.books[0].simulator
    simulator.control("faults", {"name": "away", "kind": "unavailable"})
    for n in range(EDITS):
        for tenant in TENANTS:
            await group.platform.announce(Owner(tenant), customer(n % 2, f"no. {n}"))
        await asyncio.sleep(0.5)  # the platform's own pace

    async def taken_in() -> bool:
        newest = f"desired_version = {max(group.platform.versions.values())}"
        return await group.count("sync_records", newest) == 2 * len(TENANTS)

    await eventually(taken_in)
    assert notices(group, worker) == {NOTICES[0]: 1}
    assert await group.count("sync_records", "state IN ('dead', 'held')") == 0
    simulator.control("faults", {"name": "away", "kind": "slow", "slow_ms": 0})
    await group.agree(within_s=60)
    assert notices(group, worker) == dict.fromkeys(NOTICES, 1)
    versions = await versions_told(group)
    assert all(found == sorted(found) for found in versions.values()), versions
