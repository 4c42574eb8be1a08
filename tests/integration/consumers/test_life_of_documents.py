"""Documents over their life, as both books see them: drafts, edits, payments, names."""

from decimal import Decimal
from typing import Any

import pytest

from providers.qbo.mapping.catalogue import ENTITIES
from schemas.documents.document import Document, DocumentType, Status
from tests.contracts.shop import (
    ACCOUNT,
    BILL,
    CHANGES,
    CUSTOMER,
    EVERY,
    INVOICE,
    ITEM,
    PAYMENT,
    TRANSACTIONS,
    VENDOR,
    Shop,
    line,
)
from tests.integration.consumers.rig import Rig
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import XeroOrganisation

Company = QboCompany | XeroOrganisation
NEEDED = (ACCOUNT, ITEM, CUSTOMER, VENDOR)
EDITED = {"lines": [line("1", "5", "20.00", "0")], "due_on": "2026-09-30"}


async def announced(rig: Rig, version: int, *documents: Document) -> None:
    """Announce documents at a version, and let a worker do what there is to do."""
    for document in documents:
        await rig.announce(DocumentType(type(document).__name__.lower()), document, version)
    await rig.work()


async def stock(rig: Rig, shop: Shop, *kinds: DocumentType, **fields: Any) -> None:
    await announced(rig, 1, *(shop.document(kind, **fields) for kind in kinds))


async def invoice_in_the_ledger(company: Company, external_id: str) -> tuple[Decimal, str]:
    """Give total and due date of an invoice as the ledger's own people see them."""
    if isinstance(company, QboCompany):
        found = await company.read("Invoice", external_id)
        return Decimal(found["TotalAmt"]), found["DueDate"]
    (element,) = await company.read(f"Invoices/{external_id}")
    return Decimal(element["Total"]), element["DueDateString"][:10]


@pytest.mark.accepts("ENT-10")
async def test_an_invoice_is_changed_until_it_is_paid_and_then_held_with_advice(
    rig: Rig, shop: Shop, company: Company
) -> None:
    await stock(rig, shop, *NEEDED, INVOICE)
    await announced(rig, 2, shop.document(INVOICE, **EDITED))
    record = await rig.record("invoice")
    assert (record["state"], record["base_version"]) == ("agreed", 2)
    seen = await invoice_in_the_ledger(company, record["external_id"])
    assert seen == (Decimal(100), "2026-09-30")
    paid = {"amount": "100.00", "allocations": [{"invoice_id": "invoice", "amount": "100.00"}]}
    await stock(rig, shop, PAYMENT, **paid)
    await announced(
        rig, 3, shop.document(INVOICE, **{**EDITED, "lines": [line("1", "1", "1.00", "0")]})
    )
    record = await rig.record("invoice")
    assert (record["state"], record["reason"]["code"]) == ("held", "has_payments")
    assert record["reason"]["fix"]
    assert await invoice_in_the_ledger(company, record["external_id"]) == seen
    assert await company.count(INVOICE) == 1


@pytest.mark.accepts("ENT-18", "ERR-23")
@pytest.mark.parametrize("kind", [BILL, INVOICE], ids=lambda kind: kind.value)
async def test_a_draft_is_skipped_with_the_reason_until_it_is_approved(
    rig: Rig, shop: Shop, company: Company, kind: DocumentType
) -> None:
    await stock(rig, shop, *NEEDED)
    calls = len(company.calls)
    await stock(rig, shop, kind, status=Status.DRAFT)
    record = await rig.record(kind.value)
    assert (record["state"], record["reason"]["code"]) == ("skipped", "not_approved")
    assert record["attempts"] == 0
    assert len(company.calls) == calls, "a draft is nobody's business"
    await announced(rig, 2, shop.document(kind))
    assert (await rig.record(kind.value))["state"] == "agreed"
    assert await company.count(kind) == 1
    assert await rig.rows("SELECT 1 FROM dead_letters") == []


@pytest.mark.accepts("MAP-23")
@pytest.mark.parametrize("company", ["qbo"], indirect=True)
@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.value)
async def test_the_version_that_is_stored_is_the_ledger_s_after_each_write(
    rig: Rig, shop: Shop, company: QboCompany, kind: DocumentType
) -> None:
    changes: list[dict[str, Any]] = [{}, dict(CHANGES[kind])]
    if kind in TRANSACTIONS:
        changes.append({**changes[-1], "status": Status.VOIDED})
    await stock(rig, shop, *NEEDED, *([INVOICE] if kind is PAYMENT else []))
    for n, fields in enumerate(changes):
        await announced(rig, 2 + n, shop.document(kind, **fields))
        record = await rig.record(kind.value)
        assert (record["state"], record["base_version"]) == ("agreed", 2 + n)
        if kind is BILL and fields.get("status") is Status.VOIDED:
            return  # it was deleted there: nothing has a version any more
        held = await company.read(ENTITIES[kind], record["external_id"])
        assert record["sync_token"] == held["SyncToken"]


@pytest.mark.accepts("RUN-09")
async def test_link_state_and_result_are_stored_together(rig: Rig, shop: Shop) -> None:
    await stock(rig, shop, CUSTOMER)
    record = await rig.record("customer")
    (result,) = await rig.rows(
        "SELECT payload, xid FROM ledgerlane_outbox WHERE topic = 'sync.results'"
    )
    assert (record["state"], record["base_version"]) == ("agreed", 1)
    told = result["payload"]
    assert record["external_id"].encode() in bytes(told)
    same = f"SELECT xmin::text = '{result['xid']}' FROM sync_records"  # noqa: S608 - our own
    assert await rig.value(same), "one transaction wrote both"


@pytest.mark.accepts("ENT-41")
@pytest.mark.parametrize("company", ["xero"], indirect=True)
async def test_one_contact_serves_as_customer_and_as_vendor(
    rig: Rig, shop: Shop, company: XeroOrganisation
) -> None:
    before = await company.count(CUSTOMER)
    await stock(rig, shop, CUSTOMER, name="Harrow & Vale")
    await stock(rig, shop, VENDOR, name="Harrow & Vale")
    await stock(rig, shop, ACCOUNT, ITEM, INVOICE, BILL)
    assert set((await rig.states()).values()) == {"agreed"}
    customer, vendor = await rig.record("customer"), await rig.record("vendor")
    assert customer["external_id"] == vendor["external_id"]
    assert await company.count(CUSTOMER) == before + 1
    (contact,) = await company.read(f"Contacts/{customer['external_id']}")
    assert (contact["IsCustomer"], contact["IsSupplier"]) == (True, True)
