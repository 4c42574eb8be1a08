"""An ordinary day of every role, with nothing in the way: what arrives, and what is told."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from schemas.documents.document import DocumentType
from schemas.ids import ProviderName
from tests.chaos.books import Books, Line
from tests.chaos.platform import (
    Owner,
    account,
    business,
    customer,
    edits,
    invoice,
    refused,
    refused_by_all,
)
from tests.chaos.process_group import ROLES, WORKERS, ProcessGroup
from tests.e2e.results import versions_told
from tests.e2e.shell import ledgerlane
from tests.eventually import eventually
from tests.fakes.served import QBO, XERO

pytestmark = pytest.mark.asyncio(loop_scope="session")

T1, T2 = Owner("t1"), Owner("t2")
AT_ONCE_S = 5.0  # half of what passes before anything is looked for that nobody announced
HELD_MS = 25_000  # less than a worker waits for an answer


async def agreed_of(group: ProcessGroup, tenant: str) -> int:
    return await group.count("sync_records", f"state = 'agreed' AND tenant_id = '{tenant}'")


@pytest.mark.accepts("SYN-07", "WHK-11", "TST-05", "ENT-09")
async def test_a_commit_on_the_platform_reaches_both_ledgers_by_itself(
    group: ProcessGroup,
) -> None:
    for provider in (QBO, XERO):
        await group.connect(provider, "t1")
    await group.start(*ROLES)
    await group.platform.announce(T1, *business(1, 1))
    await group.agree()
    for n in range(10, 13):
        sold = invoice(n, f"42.{n}")
        line = Line(DocumentType.INVOICE, sold.number, sold.totals().total)
        await group.platform.announce(T1, sold)

        async def arrived(line: Line = line) -> bool:
            return all(books.held()[line] == 1 for books in group.books)

        await eventually(arrived, within_s=AT_ONCE_S)


@pytest.mark.accepts("RUN-05", "SEC-07")
@pytest.mark.parametrize("provider", [QBO, XERO])
async def test_a_realm_that_is_slow_holds_up_no_other_and_its_order_is_kept(
    group: ProcessGroup, provider: ProviderName
) -> None:
    """Both tenants have the same documents, by id, name and number.

    The first tenant's company leaves a write unanswered until the other tenant is done.
    """
    slow = await group.connect(provider, "t1")
    await group.connect(provider, "t2")
    await group.start(*ROLES)
    documents = business(2, 5)
    _hold_next_write(slow)
    await group.platform.announce(T1, *documents)
    await eventually(lambda: _begun(group))
    await group.platform.announce(T2, *documents)

    async def other_done() -> bool:
        return await agreed_of(group, "t2") == len(documents)

    await eventually(other_done, within_s=HELD_MS / 1000)
    assert await agreed_of(group, "t1") < len(documents), "it is still waiting for its answer"
    slow.simulator.lift("held")
    for n in range(8):
        await group.platform.announce(T1, customer(0, f"no. {n}"))
        await asyncio.sleep(0)
    await group.agree()
    versions = await versions_told(group)
    assert len(versions) == 2 * len(documents)
    assert all(found == sorted(found) for found in versions.values()), versions


def _hold_next_write(books: Books) -> None:
    """Leave the company's next write unanswered."""
    method = {QBO: "POST", XERO: "PUT"}[books.simulator.name]
    rule = {"name": "held", "kind": "slow", "slow_ms": HELD_MS, "at_most": 1}
    books.simulator.control("faults", {**rule, "method": method, "realm": books.realm})


async def _begun(group: ProcessGroup) -> bool:
    return await group.count("intents") > 0


@pytest.mark.accepts("OBS-01")
async def test_every_call_of_the_ledgers_is_one_row(group: ProcessGroup) -> None:
    for provider in (QBO, XERO):
        await group.connect(provider, "t1")
    for books in group.books:
        lost = {"name": "lost", "kind": "drop_after_commit", "realm": books.realm}
        books.simulator.control("faults", {**lost, "nth": 5, "at_most": 1})
    await group.start(*ROLES)
    await group.platform.announce(T1, *business(3, 10))
    await group.agree()
    await group.platform.announce(T1, *edits(3, 10))
    await group.agree()
    for role in WORKERS:
        assert await group.stop(role) == 0
    everything = await group.rows("SELECT * FROM api_calls")
    rows = [row for row in everything if row["realm_id"]]
    assert Counter(row["realm_id"] for row in rows) == {
        books.realm: books.calls() for books in group.books
    }
    unanswered = [row for row in rows if row["status"] is None]
    assert len(unanswered) == len(group.books), "an answer that was lost is told apart"
    for row in rows:
        assert (row["path"][:1], row["tenant_id"]) == ("/", "t1")
        assert row["method"] in ("GET", "POST", "PUT")
        assert row["duration_s"] > 0
        answered_by_qbo = row["provider"] == QBO and row["status"] is not None
        assert row["trace_id"] or not answered_by_qbo, "Xero promises none"


async def test_what_a_worker_logs_of_a_record_names_its_tenant_and_realm(
    group: ProcessGroup,
) -> None:
    for tenant in ("t1", "t2"):
        for provider in (QBO, XERO):
            await group.connect(provider, tenant)
    await group.start(*ROLES)
    for owner in (T1, T2):
        await group.platform.announce(owner, customer(0), account(), refused_by_all(9))

    def told() -> list[dict[str, Any]]:
        return [line for line in group.logged(*WORKERS) if line.get("document_id") == "i9"]

    async def all_are_told() -> bool:
        return len(told()) >= len(group.books)

    await eventually(all_are_told)
    assert await group.count("dead_letters") == len(group.books)
    assert {(line["tenant"], line["realm"]) for line in told()} == {
        (books.tenant, books.realm) for books in group.books
    }
    assert {line["event"] for line in told()} == {"record.dead"}


@pytest.mark.accepts("OBS-10")
async def test_inspect_tells_what_the_tables_hold(group: ProcessGroup) -> None:
    for tenant in ("t1", "t2"):
        for provider in (QBO, XERO):
            await group.connect(provider, tenant)
    await group.start(*ROLES)
    await group.platform.announce(T1, *business(2, 5))
    await group.platform.announce(T2, *business(1, 2))
    await group.agree()
    bad, _ = refused(QBO, 7)
    await group.platform.announce(T2, account(), bad)
    await eventually(lambda: _at_rest_with_one_dead(group))
    told = (await ledgerlane(group.environ, "inspect", "--json")).json()
    columns = "tenant_id, provider, realm_id, document_type, state"
    counted = await group.rows(
        f"SELECT {columns}, count(*) AS records FROM sync_records GROUP BY {columns}"  # noqa: S608
    )
    assert _sorted(told["records"]) == _sorted(counted)
    assert (
        told["total"] == await group.count("sync_records") == sum(r["records"] for r in counted)
    )
    only = (await ledgerlane(group.environ, "inspect", "--tenant", "t2", "--json")).json()
    assert {row["tenant_id"] for row in only["records"]} == {"t2"}
    assert only["total"] == await group.count("sync_records", "tenant_id = 't2'")


async def _at_rest_with_one_dead(group: ProcessGroup) -> bool:
    """Whether QuickBooks has refused the line without an item, and Xero has taken it."""
    (found,) = await group.rows(
        "SELECT count(*) FILTER (WHERE document_id = 'i7' AND tenant_id = 't2') AS known,"
        " count(*) FILTER (WHERE state NOT IN ('agreed', 'dead')) AS open,"
        " (SELECT count(*) FROM dead_letters) AS dead FROM sync_records"
    )
    return found == {"known": 2, "open": 0, "dead": 1}


def _sorted(rows: list[dict[str, object]]) -> list[list[str]]:
    return sorted([f"{name}={row[name]}" for name in sorted(row)] for row in rows)
