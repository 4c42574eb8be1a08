"""Tasks over the life of a document, at each provider."""

from typing import Any

import pytest
from sqlalchemy import event

from consumers.store.tasks import solve
from schemas.documents.document import Document, DocumentType
from tests.contracts.shop import ACCOUNT, CUSTOMER, INVOICE, ITEM, PAYMENT, Shop, line
from tests.integration.consumers.rig import Rig
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import XeroOrganisation

Company = QboCompany | XeroOrganisation
TASKS = "SELECT * FROM tasks ORDER BY opened_at, code"
SOLD = (ACCOUNT, ITEM, CUSTOMER, INVOICE, PAYMENT)
REFUSED_NAMES = {
    "qbo": {"name": "Angle: <bracket>"},
    "xero": {"email": "jürgen@example.com"},
}


async def announced(rig: Rig, version: int, *documents: Document) -> None:
    """Announce documents at a version, and let a worker do what there is to do."""
    for document in documents:
        await rig.announce(DocumentType(type(document).__name__.lower()), document, version)
    await rig.work()


async def paid(rig: Rig, shop: Shop) -> None:
    """Bring an invoice and its payment into the ledger: it can be changed no more."""
    await announced(rig, 1, *(shop.document(kind) for kind in SOLD))


def changed(shop: Shop, price: str) -> Document:
    return shop.document(INVOICE, lines=[line("1", "1", price, "0")])


@pytest.mark.accepts("ERR-15")
async def test_a_document_that_needs_a_person_is_one_task_until_it_agrees(
    rig: Rig, shop: Shop
) -> None:
    await paid(rig, shop)
    assert await rig.rows(TASKS) == []
    await announced(rig, 2, changed(shop, "1.00"))
    [opened] = await rig.rows(TASKS)
    reason = (await rig.record("invoice"))["reason"]
    assert reason.pop("link") == f"docs/errors.md#{opened['code']}"
    assert {name: opened[name] for name in reason} == reason
    assert (opened["tenant_id"], opened["realm_id"]) == (rig.tenant, rig.realm)
    assert (opened["provider"], opened["document_type"]) == (rig.provider.name, "invoice")
    assert (opened["times_seen"], opened["closed_at"]) == (1, None)
    await announced(rig, 3, changed(shop, "2.00"))
    [seen] = await rig.rows(TASKS)
    assert (seen["id"], seen["times_seen"], seen["version"]) == (opened["id"], 2, 3)
    assert seen["opened_at"] == opened["opened_at"] < seen["last_seen_at"]
    await announced(rig, 4, shop.document(INVOICE))
    [closed] = await rig.rows(TASKS)
    assert (closed["id"], closed["closed_by"]) == (opened["id"], "edit")
    record = await rig.record("invoice")
    assert (record["state"], record["tries"]) == ("agreed", 2)
    assert record["resolved_at"] == record["synced_at"] == closed["closed_at"]


@pytest.mark.accepts("ERR-15")
async def test_who_solves_a_task_before_its_cause_is_gone_sees_it_again(
    rig: Rig, shop: Shop
) -> None:
    await paid(rig, shop)
    await announced(rig, 2, changed(shop, "1.00"))
    [opened] = await rig.rows(TASKS)
    async with rig.database.begin() as db:
        provider, signal = await solve(db, opened["id"], note="unpaid", now=rig.now())
    record = await rig.record("invoice")
    assert (provider, signal.record_id) == (rig.provider.name, record["record_id"])
    assert (record["state"], record["reason"], record["attempts"]) == ("pending", None, 0)
    await rig.work()
    [seen] = await rig.rows(TASKS)
    assert (seen["id"], seen["note"], seen["times_seen"]) == (opened["id"], "unpaid", 2)
    assert seen["noted_at"] < seen["last_seen_at"], "it did not help"
    assert (await rig.record("invoice"))["state"] == "held"


@pytest.mark.accepts("ERR-15")
async def test_what_dies_is_a_task_and_what_is_to_be_sent_no_more_is_none(
    rig: Rig, shop: Shop, company: Company
) -> None:
    refused = REFUSED_NAMES[company.provider.name]
    await announced(rig, 1, shop.document(CUSTOMER, **refused))
    [opened] = await rig.rows(TASKS)
    assert (await rig.record("customer"))["state"] == "dead"
    assert (opened["code"], opened["category"], opened["closed_at"]) == (
        (await rig.record("customer"))["reason"]["code"],
        "validation",
        None,
    )
    await announced(rig, 2, shop.document(CUSTOMER, active=False))
    [closed] = await rig.rows(TASKS)
    assert ((await rig.record("customer"))["state"], closed["closed_by"]) == ("skipped", "skip")


async def test_what_may_pass_or_waits_is_nobody_s_task(
    rig: Rig, shop: Shop, company: Company
) -> None:
    method = {"qbo": "POST", "xero": "PUT"}[company.provider.name]
    await company.control(
        "faults", {"name": "trouble", "method": method, "kind": "server_error"}
    )
    await announced(rig, 1, shop.document(CUSTOMER), shop.document(INVOICE))
    states = await rig.states()
    assert (states["customer"], states["invoice"]) == ("retrying", "waiting")
    assert await rig.rows(TASKS) == []


async def test_a_record_that_never_failed_costs_no_statement(rig: Rig, shop: Shop) -> None:
    statements: list[str] = []

    def executed(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(rig.database.sync_engine, "before_cursor_execute", executed)
    await announced(rig, 1, *(shop.document(kind) for kind in (ACCOUNT, ITEM, CUSTOMER)))
    assert set((await rig.states()).values()) == {"agreed"}
    assert statements
    assert [said for said in statements if "tasks" in said] == []
