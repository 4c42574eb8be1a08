"""Tasks over the life of a document, at each provider."""

from typing import Any

import pytest
from sqlalchemy import event

from consumers.store.tasks import solve
from schemas.documents.document import Document, DocumentType
from tests.contracts.ledger_harness import (
    ACCOUNT,
    CUSTOMER,
    INVOICE,
    ITEM,
    NEEDED,
    PAYMENT,
    REFUSED,
    LedgerHarness,
    line,
)
from tests.integration.consumers.sync_harness import SyncHarness
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import XeroOrganisation

Company = QboCompany | XeroOrganisation
TASKS = "SELECT * FROM tasks ORDER BY opened_at, code"
SOLD = (ACCOUNT, ITEM, CUSTOMER, INVOICE, PAYMENT)


async def announced(harness: SyncHarness, version: int, *documents: Document) -> None:
    """Announce documents at a version, and let a worker do what there is to do."""
    for document in documents:
        await harness.announce(DocumentType(type(document).__name__.lower()), document, version)
    await harness.work()


async def paid(harness: SyncHarness, ledger: LedgerHarness) -> None:
    """Bring an invoice and its payment into the ledger: it can be changed no more."""
    await announced(harness, 1, *(ledger.document(kind) for kind in SOLD))


def changed(ledger: LedgerHarness, price: str) -> Document:
    return ledger.document(INVOICE, lines=[line("1", "1", price, "0")])


@pytest.mark.accepts("ERR-15")
async def test_a_document_that_needs_a_person_is_one_task_until_it_agrees(
    harness: SyncHarness, ledger: LedgerHarness
) -> None:
    await paid(harness, ledger)
    assert await harness.rows(TASKS) == []
    await announced(harness, 2, changed(ledger, "1.00"))
    [opened] = await harness.rows(TASKS)
    reason = (await harness.record("invoice"))["reason"]
    assert reason.pop("link") == f"docs/errors.md#{opened['code']}"
    assert {name: opened[name] for name in reason} == reason
    assert (opened["tenant_id"], opened["realm_id"]) == (harness.tenant, harness.realm)
    assert (opened["provider"], opened["document_type"]) == (harness.provider.name, "invoice")
    assert (opened["times_seen"], opened["closed_at"]) == (1, None)
    await announced(harness, 3, changed(ledger, "2.00"))
    [seen] = await harness.rows(TASKS)
    assert (seen["id"], seen["times_seen"], seen["version"]) == (opened["id"], 2, 3)
    assert seen["opened_at"] == opened["opened_at"] < seen["last_seen_at"]
    await announced(harness, 4, ledger.document(INVOICE))
    [closed] = await harness.rows(TASKS)
    assert (closed["id"], closed["closed_by"]) == (opened["id"], "edit")
    record = await harness.record("invoice")
    assert (record["state"], record["attempts_total"]) == ("agreed", 2)
    assert record["resolved_at"] == record["synced_at"] == closed["closed_at"]


@pytest.mark.accepts("ERR-15")
async def test_who_solves_a_task_before_its_cause_is_gone_sees_it_again(
    harness: SyncHarness, ledger: LedgerHarness
) -> None:
    await paid(harness, ledger)
    await announced(harness, 2, changed(ledger, "1.00"))
    [opened] = await harness.rows(TASKS)
    async with harness.database.begin() as db:
        provider, signal = await solve(db, opened["id"], note="unpaid", now=harness.now())
    record = await harness.record("invoice")
    assert (provider, signal.record_id) == (harness.provider.name, record["record_id"])
    assert (record["state"], record["reason"], record["attempts_this_version"]) == (
        "pending",
        None,
        0,
    )
    await harness.work()
    [seen] = await harness.rows(TASKS)
    assert (seen["id"], seen["note"], seen["times_seen"]) == (opened["id"], "unpaid", 2)
    assert seen["noted_at"] < seen["last_seen_at"], "it did not help"
    assert (await harness.record("invoice"))["state"] == "held"


@pytest.mark.accepts("ERR-15")
async def test_what_dies_is_a_task_and_what_is_to_be_sent_no_more_is_none(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    refused = REFUSED[company.provider.name]
    needed = [ledger.document(kind) for kind in NEEDED]
    await announced(harness, 1, *needed, ledger.document(INVOICE, **refused))
    [opened] = await harness.rows(TASKS)
    assert (await harness.record("invoice"))["state"] == "dead"
    assert (opened["code"], opened["category"], opened["closed_at"]) == (
        (await harness.record("invoice"))["reason"]["code"],
        "validation",
        None,
    )
    await announced(harness, 2, ledger.document(INVOICE, status="voided"))
    [closed] = await harness.rows(TASKS)
    assert ((await harness.record("invoice"))["state"], closed["closed_by"]) == (
        "skipped",
        "skip",
    )


async def test_what_may_pass_or_waits_is_nobody_s_task(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    method = {"qbo": "POST", "xero": "PUT"}[company.provider.name]
    await company.control(
        "faults", {"name": "trouble", "method": method, "kind": "server_error"}
    )
    await announced(harness, 1, ledger.document(CUSTOMER), ledger.document(INVOICE))
    states = await harness.states()
    assert (states["customer"], states["invoice"]) == ("retrying", "waiting")
    assert await harness.rows(TASKS) == []


async def test_a_record_that_never_failed_costs_no_statement(
    harness: SyncHarness, ledger: LedgerHarness
) -> None:
    statements: list[str] = []

    def executed(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(harness.database.sync_engine, "before_cursor_execute", executed)
    await announced(harness, 1, *(ledger.document(kind) for kind in (ACCOUNT, ITEM, CUSTOMER)))
    assert set((await harness.states()).values()) == {"agreed"}
    assert statements
    assert [said for said in statements if "tasks" in said] == []
