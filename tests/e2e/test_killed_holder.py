"""Two workers of one provider, of which the one that is writing a record is killed."""

from time import monotonic

import pytest

from consumers.kafka.signal_producer import partition_of
from schemas.ids import ProviderName
from tests.chaos.books import Books
from tests.chaos.platform import Owner, customer
from tests.chaos.process_group import INTAKE, RELAY, ProcessGroup
from tests.eventually import eventually
from tests.fakes.served import QBO, XERO

pytestmark = pytest.mark.asyncio(loop_scope="session")

SESSION_S = 10.0  # how long a member of the group may be silent: the lease of what it holds
REBALANCE_S = 5.0
ANSWER_MS = 3_000
METHODS = {QBO: "POST", XERO: "PUT"}


@pytest.mark.accepts("SEC-10")
@pytest.mark.parametrize("provider", [QBO, XERO])
async def test_what_a_killed_worker_was_writing_another_finishes_within_its_lease(
    group: ProcessGroup, provider: ProviderName
) -> None:
    workers = (f"worker {provider}", f"worker {provider}#2")
    books = await group.connect(provider, "t1")
    await group.start(RELAY, INTAKE, *workers)

    async def shared_out() -> bool:
        rows = await group.rows("SELECT DISTINCT owner FROM leases")
        return len(rows) == len(workers)

    await eventually(shared_out, within_s=60)
    slow = {"name": "slow", "kind": "slow", "slow_ms": ANSWER_MS, "at_most": 1}
    books.simulator.control("faults", {**slow, "method": METHODS[provider]})
    await group.platform.announce(Owner("t1"), customer(1))

    async def on_its_way() -> bool:
        return await group.count("intents") > 0

    await eventually(on_its_way)
    await group.kill(await holder(group, books, *workers))
    killed_at = monotonic()

    async def agreed() -> bool:
        return await group.count("sync_records", "state = 'agreed'") == 1

    await eventually(agreed, within_s=60)
    assert monotonic() - killed_at <= SESSION_S + REBALANCE_S + ANSWER_MS / 1000
    assert books.duplicates() == []
    assert sum(books.held().values()) == 1


async def holder(group: ProcessGroup, books: Books, *workers: str) -> str:
    """Return the worker whose epoch of the company's partition the only open intent has."""
    [row] = await group.rows(
        "SELECT l.owner FROM intents i JOIN sync_records r USING (record_id)"
        "  JOIN leases l ON l.epoch = i.epoch AND l.provider = r.provider"
        " WHERE l.partition = :partition",
        partition=partition_of(f"{books.tenant}:{books.realm}"),
    )
    process = int(row["owner"].rpartition("/")[2])
    [found] = [role for role in workers if group.children[role].pid == process]
    return found
