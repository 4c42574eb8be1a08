"""Lanes on real parts: PostgreSQL, Kafka, both providers over HTTP, and real processes.

What a whole minute or a thousand realms would need is on virtual time, in
`tests/unit/consumers/lanes`; here the same is seen small.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from time import monotonic
from typing import Final

import httpx
import pytest

from schemas.documents.account import Account
from schemas.documents.customer import Customer
from schemas.ids import ProviderName
from tests.chaos.books import Books
from tests.chaos.platform import Owner, business, customer
from tests.chaos.process_group import (
    INTAKE,
    RELAY,
    ROLES,
    WORKER_QBO,
    WORKER_XERO,
    ProcessGroup,
)
from tests.eventually import PATIENCE_S, eventually
from tests.fakes.served import QBO, XERO

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORKER: Final = {QBO: WORKER_QBO, XERO: WORKER_XERO}
CREATES: Final = {QBO: "POST", XERO: "PUT"}
# QuickBooks announces no pause, and documents one of a minute; Xero announces one.
PAUSES: Final[dict[ProviderName, tuple[int | None, float]]] = {
    QBO: (None, 60.0),
    XERO: (12, 12.0),
}
OUTAGE_S: Final = 8.0


def account(n: int) -> Account:
    """Return what both providers take one of a call."""
    return Account.model_validate(
        {"id": f"a{n}", "code": f"9{n:04}", "name": f"Cost centre {n}", "kind": "expense"}
    )


async def agreed(group: ProcessGroup, tenant: str) -> int:
    return await group.count("sync_records", f"state = 'agreed' AND tenant_id = '{tenant}'")


async def reaches(
    group: ProcessGroup, tenant: str, count: int, *, within_s: float = PATIENCE_S
) -> None:
    async def there() -> bool:
        return await agreed(group, tenant) == count

    await eventually(there, within_s=within_s)


@pytest.mark.accepts("ERR-13", "GWY-15")
@pytest.mark.parametrize("provider", [QBO, XERO])
async def test_a_throttled_realm_pauses_as_long_as_it_is_told_and_the_other_goes_on(
    group: ProcessGroup, provider: ProviderName
) -> None:
    announced_s, pause_s = PAUSES[provider]
    throttled = await group.connect(provider, "t1")
    await group.connect(provider, "t2")
    rule = {"name": "throttle", "kind": "rate_limited", "at_most": 1, "problem": "minute"}
    told = {"realm": throttled.realm, "method": CREATES[provider], "retry_after_s": announced_s}
    throttled.simulator.control("faults", rule | told)
    await group.start(RELAY, INTAKE, WORKER[provider])
    documents = business(2, 5)
    await group.platform.announce(Owner("t1"), *documents)

    async def refused() -> bool:
        return bool(throttled.traffic().get("requests")) and await _is_thrown(throttled)

    await eventually(refused)
    await group.platform.announce(Owner("t2"), *documents)
    await reaches(group, "t2", len(documents), within_s=pause_s * 0.8)
    assert await agreed(group, "t1") < len(documents)
    await reaches(group, "t1", len(documents), within_s=pause_s + 30)
    assert await group.stop(WORKER[provider]) == 0
    calls = await group.rows(
        "SELECT called_at, duration_s, status FROM api_calls WHERE realm_id = :realm "
        "ORDER BY called_at",
        realm=throttled.realm,
    )
    [refused_at] = [call["called_at"] for call in calls if call["status"] == 429]
    began = [call["called_at"] - timedelta(seconds=call["duration_s"]) for call in calls]
    after = [(at - refused_at).total_seconds() for at in began if at > refused_at]
    assert min(after) >= pause_s - 0.01, "what was on its way aside, nothing is called"
    tries = await group.rows("SELECT attempts_this_version, attempts_total FROM sync_records")
    counts = {(one["attempts_this_version"], one["attempts_total"]) for one in tries}
    assert counts == {(0, 0)}, "no attempt is used"


async def _is_thrown(books: Books) -> bool:
    faults = books.simulator.control("faults")
    return all(rule["thrown"] for rule in faults.values())


async def test_beside_a_burst_of_one_realm_others_are_served_at_once_within_the_cap(
    group: ProcessGroup,
) -> None:
    """A setting caps the calls at once at 4, of which the large realm could use 10."""
    large = await group.connect(QBO, "t0")
    small = [f"t{n}" for n in range(1, 6)]
    for tenant in small:
        await group.connect(QBO, tenant)
    await group.start(RELAY, INTAKE)
    await group.start(WORKER_QBO, LANE_IN_FLIGHT="4")
    burst = [customer(n) for n in range(400)]  # a call each; an account is looked up first
    await group.platform.announce(Owner("t0"), *burst)

    async def begun() -> bool:
        return await agreed(group, "t0") > 10

    await eventually(begun)
    for n in range(5):
        for tenant in small:
            await group.platform.announce(Owner(tenant), account(n))
        for tenant in small:
            await reaches(group, tenant, n + 1, within_s=30)
    assert await agreed(group, "t0") < len(burst), "the burst goes on"
    waited_for = await group.rows(
        "SELECT (SELECT count(*) FROM sync_records AS large WHERE large.tenant_id = 't0' AND "
        "large.synced_at BETWEEN small.desired_at AND small.synced_at) AS documents "
        "FROM sync_records AS small WHERE small.tenant_id <> 't0'"
    )
    assert max(one["documents"] for one in waited_for) < len(burst) / 10
    await reaches(group, "t0", len(burst), within_s=100)
    assert large.traffic()["max_in_flight"] <= 4
    assert sum(books.traffic()["throttled"] for books in group.books) == 0


async def test_50_events_a_second_are_written_within_a_minute(group: ProcessGroup) -> None:
    """For twenty seconds, over ten companies; half an hour of it is on virtual time."""
    tenants = [f"t{n}" for n in range(10)]
    for tenant in tenants:
        await group.connect(QBO, tenant)
    await group.start(RELAY, INTAKE, WORKER_QBO)
    sent = 0
    loop = asyncio.get_running_loop()
    began = loop.time()
    while loop.time() < began + 20:
        tenant = tenants[sent // 10 % len(tenants)]
        await group.platform.announce(
            Owner(tenant), *(customer(n) for n in range(sent, sent + 10))
        )
        sent += 10
        await asyncio.sleep(max(0.0, began + sent / 50 - loop.time()))

    async def all_there() -> bool:
        return await group.count("sync_records", "state = 'agreed'") == sent

    await eventually(all_there, within_s=90)
    assert sent > 50 * 20 * 0.9
    rows = await group.rows("SELECT synced_at - desired_at AS took FROM sync_records")
    took_s = sorted(row["took"].total_seconds() for row in rows)
    assert took_s[int(len(took_s) * 0.99)] < 60


async def test_a_burst_beyond_what_a_lane_keeps_outlives_a_kill_of_its_worker(
    group: ProcessGroup,
) -> None:
    books = await group.connect(QBO, "t1")
    await group.start(RELAY, INTAKE)
    await group.start(WORKER_QBO, LANE_RESIDENT_LIMIT="10")
    burst = [account(n) for n in range(200)]
    await group.platform.announce(Owner("t1"), *burst)

    async def in_the_middle() -> bool:
        return await agreed(group, "t1") > 20

    await eventually(in_the_middle)
    await group.kill(WORKER_QBO)
    assert await agreed(group, "t1") < len(burst)
    await group.start(WORKER_QBO, LANE_RESIDENT_LIMIT="10")
    await reaches(group, "t1", len(burst), within_s=90)
    assert books.operations("created") == len(burst)
    assert books.duplicates() == []


@pytest.mark.accepts("GWY-19")
@pytest.mark.parametrize("provider", [QBO, XERO])
async def test_while_a_provider_is_away_it_is_only_probed_and_then_all_goes_on(
    group: ProcessGroup, provider: ProviderName
) -> None:
    tenants = [f"t{n}" for n in range(4)]
    for tenant in tenants:
        await group.connect(provider, tenant)
    for books in group.books:
        rule = {"name": f"down {books.realm}", "kind": "unavailable", "realm": books.realm}
        books.simulator.control("faults", rule)
    await group.start(RELAY, INTAKE, WORKER[provider])
    await _announce_to_all(group, tenants)

    async def known() -> bool:
        return bool(group.logged(WORKER[provider], event="lanes.provider_down"))

    await eventually(known, within_s=60)

    async def probes_alone() -> bool:
        return await group.tries_in_progress(WORKER[provider]) <= 1

    # Tries that had begun when the outage was found may still make their calls.
    await eventually(probes_alone)
    began, before = monotonic(), sum(books.calls() for books in group.books)
    await asyncio.sleep(OUTAGE_S)
    probes = sum(books.calls() for books in group.books) - before
    assert probes <= monotonic() - began + 2, "one a second at most, and those at both ends"
    _end_faults(group.books[0])
    due_now = "UPDATE sync_records SET next_attempt_at = now() WHERE state = 'retrying'"
    await group.execute(due_now)

    async def all_there() -> bool:
        return await group.count("sync_records", "state <> 'agreed'") == 0

    # Some fifty calls a company, of Xero's sixty a minute, of which probes have used a part.
    await eventually(all_there, within_s=150)
    assert len(group.logged(WORKER[provider], event="lanes.provider_back")) == 1
    assert await group.count("dead_letters") == 0


async def _announce_to_all(group: ProcessGroup, tenants: Sequence[str]) -> None:
    for tenant in tenants:
        await group.platform.announce(Owner(tenant), *(customer(n) for n in range(8)))
    # Each kind of document that is new comes in a call of its own, so that calls are many.
    for n in range(20):
        for tenant in tenants:
            await group.platform.announce(Owner(tenant), account(n))


def _end_faults(books: Books) -> None:
    url = f"{books.simulator.url}/_simulator/faults"
    httpx.delete(url, timeout=PATIENCE_S).raise_for_status()


def _refused(provider: ProviderName, n: int) -> Customer:
    """Return a customer that intake takes and that does not get into this ledger."""
    wrong = {QBO: {"name": f"Fern: {n}"}, XERO: {"email": f"jürgen{n}@example.com"}}
    return customer(n).model_copy(update=wrong[provider])


@pytest.mark.accepts("GWY-19")
@pytest.mark.parametrize("provider", [QBO, XERO])
async def test_many_dead_letters_of_one_kind_stop_their_realm_with_one_alert(
    group: ProcessGroup, provider: ProviderName
) -> None:
    await group.connect(provider, "t1")
    await group.connect(provider, "t2")
    await group.start(*ROLES)
    bad = [_refused(provider, n) for n in range(1_000)]
    await group.platform.announce(Owner("t1"), *bad)

    async def tripped() -> bool:
        return await group.count("valves") == 1

    await eventually(tripped)
    await group.platform.announce(Owner("t2"), customer(1))
    await reaches(group, "t2", 1)

    async def all_came_and_the_rest_waits() -> bool:
        (found,) = await group.rows(
            "SELECT count(*) FILTER (WHERE state = 'pending') AS waiting,"
            " (SELECT count(*) FROM dead_letters) AS dead"
            " FROM sync_records WHERE tenant_id = 't1'"
        )
        return bool(found["waiting"] == len(bad) - found["dead"])

    await eventually(all_came_and_the_rest_waits)
    assert 20 <= await group.count("dead_letters") < 500
    [alert] = group.logged(WORKER[provider], event="lanes.valve_tripped")
    assert alert["dead_letters"] >= 20
    [valve] = await group.rows("SELECT code, dead_letters FROM valves")
    assert valve["code"] == alert["code"]
