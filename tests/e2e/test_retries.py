"""Whole workers whose provider fails, or whose records wait: when a try is made again."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas.ids import ProviderName
from schemas.signal import Signal
from schemas.topics import retry_topic, work_topic
from tests.chaos.platform import Owner, business, customer
from tests.chaos.process_group import INTAKE, RELAY, ROLES, WORKER_QBO, ProcessGroup
from tests.e2e.topics import put, records
from tests.eventually import eventually
from tests.fakes.served import QBO, XERO

pytestmark = pytest.mark.asyncio(loop_scope="session")

T1 = Owner("t1")
DELAY = timedelta(seconds=30)
AT_ONCE_S = 30.0
CREATES = {QBO: "POST", XERO: "PUT"}


async def test_a_worker_that_is_wired_spreads_its_retries_by_chance(
    group: ProcessGroup,
) -> None:
    """40 creates that fail alike, so that all would be due 30 seconds after their failures."""
    books = await group.connect(QBO, "t1")
    broken = {"name": "broken", "kind": "server_error", "method": "POST"}
    books.simulator.control("faults", {**broken, "realm": books.realm})
    await group.start(RELAY, INTAKE, WORKER_QBO)
    await group.platform.announce(T1, *(customer(n) for n in range(40)))
    wanted = (
        "SELECT next_attempt_at - updated_at AS wait FROM sync_records"
        " WHERE attempts_this_version = 1"
    )

    async def several_failed() -> bool:
        return len(await group.rows(wanted)) >= 5

    await eventually(several_failed, within_s=AT_ONCE_S)
    waits = [row["wait"] for row in await group.rows(wanted)]
    longer = [wait - DELAY for wait in waits]
    assert max(longer) > timedelta(milliseconds=50), "nothing is added to the delay"
    assert max(longer) - min(longer) > timedelta(milliseconds=50), "all come back at once"
    assert max(longer) <= 0.02 * DELAY


@pytest.mark.accepts("RUN-11")
@pytest.mark.parametrize("provider", [QBO, XERO])
async def test_what_fails_is_queued_on_the_topic_of_its_delay(
    group: ProcessGroup, provider: ProviderName
) -> None:
    books = await group.connect(provider, "t1")
    broken = {"name": "broken", "kind": "server_error", "method": CREATES[provider]}
    books.simulator.control("faults", {**broken, "realm": books.realm})
    await group.start(RELAY, INTAKE, f"worker {provider}")
    begun = datetime.now(UTC)
    await group.platform.announce(T1, customer(0))
    topic = retry_topic(provider, "30s")

    bootstrap = group.services.kafka.bootstrap

    async def queued(times: int) -> bool:
        return len(await records(bootstrap, topic)) >= times

    await eventually(lambda: queued(1), within_s=AT_ONCE_S)
    # The worker may find the record in the table before its signal comes: the signal of a
    # record that is not due waits like the retry itself. Here the signal comes once more.
    work = work_topic(provider)
    asked, *_ = await records(bootstrap, work)
    await put(bootstrap, work, (asked.headers, asked.value), partition=asked.partition)
    await eventually(lambda: queued(2), within_s=AT_ONCE_S)
    signal, *others = [Signal.from_bytes(r.value) for r in await records(bootstrap, topic)]
    assert (signal.tenant_id, signal.realm_id, signal.attempt) == ("t1", books.realm, 2)
    assert signal.due_at is not None
    assert signal.due_at >= begun + DELAY
    assert {other.due_at for other in others} == {signal.due_at}
    assert {other.attempt for other in others} == {2}


@pytest.mark.accepts("RUN-08")
@pytest.mark.parametrize("provider", [QBO, XERO])
async def test_what_waits_for_another_record_keeps_waiting_over_a_restart_of_every_role(
    group: ProcessGroup, provider: ProviderName
) -> None:
    await group.connect(provider, "t1")
    first, *rest = business(1, 3)
    await group.start(*ROLES)
    await group.platform.announce(T1, *rest)

    async def all_but_the_item_wait() -> bool:
        """The item has to be there too: its link ends what others wait for besides."""
        waiting = await group.count("sync_records", "state = 'waiting'")
        agreed = await group.count("sync_records", "state = 'agreed'")
        return (waiting, agreed) == (len(rest) - 1, 1)

    await eventually(all_but_the_item_wait, within_s=AT_ONCE_S)
    waits = "SELECT record_id, awaited_id, agreed FROM dependencies ORDER BY 1, 2"
    reasons = "SELECT document_id, state, reason, attempts_total FROM sync_records ORDER BY 1"
    before = await group.rows(waits), await group.rows(reasons)
    await group.kill(*ROLES)
    await group.start(*ROLES)
    assert (await group.rows(waits), await group.rows(reasons)) == before
    await group.platform.announce(T1, first)
    await group.agree()
    assert await group.rows(waits) == []
