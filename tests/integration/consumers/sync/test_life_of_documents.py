"""Documents over their life, as both books see them: drafts, edits, payments, names."""

from decimal import Decimal
from typing import Any

import pytest

from providers.qbo.mapping.catalogue import ENTITIES
from schemas.documents.document import Document, DocumentType, Status
from tests.contracts.ledger_harness import (
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
    LedgerHarness,
    line,
)
from tests.integration.consumers.sync_harness import SyncHarness
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import XeroOrganisation

Company = QboCompany | XeroOrganisation
NEEDED = (ACCOUNT, ITEM, CUSTOMER, VENDOR)
EDITED = {"lines": [line("1", "5", "20.00", "0")], "due_on": "2026-09-30"}


async def announced(harness: SyncHarness, version: int, *documents: Document) -> None:
    """Announce documents at a version, and let a worker do what there is to do."""
    for document in documents:
        await harness.announce(DocumentType(type(document).__name__.lower()), document, version)
    await harness.work()


async def stock(
    harness: SyncHarness, ledger: LedgerHarness, *kinds: DocumentType, **fields: Any
) -> None:
    await announced(harness, 1, *(ledger.document(kind, **fields) for kind in kinds))


async def invoice_in_the_ledger(company: Company, external_id: str) -> tuple[Decimal, str]:
    """Return total and due date of an invoice as the ledger's own people see them."""
    if isinstance(company, QboCompany):
        found = await company.read("Invoice", external_id)
        return Decimal(found["TotalAmt"]), found["DueDate"]
    (element,) = await company.read(f"Invoices/{external_id}")
    return Decimal(element["Total"]), element["DueDateString"][:10]


@pytest.mark.accepts("ENT-10")
async def test_an_invoice_is_changed_until_it_is_paid_and_then_held_with_advice(
    harness: SyncHarness, ledger: LedgerHarness, company: Company
) -> None:
    await stock(harness, ledger, *NEEDED, INVOICE)
    calls = len(company.calls)
    await announced(harness, 2, ledger.document(INVOICE, **EDITED))
    written = [call.status for call in company.calls[calls:] if call.method == "POST"]
    assert written == [200], "the right token at the first try"
    record = await harness.record("invoice")
    assert (record["state"], record["base_version"]) == ("agreed", 2)
    seen = await invoice_in_the_ledger(company, record["external_id"])
    assert seen == (Decimal(100), "2026-09-30")
    paid = {"amount": "100.00", "allocations": [{"invoice_id": "invoice", "amount": "100.00"}]}
    await stock(harness, ledger, PAYMENT, **paid)
    await announced(
        harness,
        3,
        ledger.document(INVOICE, **{**EDITED, "lines": [line("1", "1", "1.00", "0")]}),
    )
    record = await harness.record("invoice")
    assert (record["state"], record["reason"]["code"]) == ("held", "has_payments")
    assert record["reason"]["fix"]
    assert await invoice_in_the_ledger(company, record["external_id"]) == seen
    assert await company.count(INVOICE) == 1


@pytest.mark.accepts("ENT-18")
@pytest.mark.parametrize("kind", [BILL, INVOICE], ids=lambda kind: kind.value)
async def test_a_draft_is_skipped_with_the_reason_until_it_is_approved(
    harness: SyncHarness, ledger: LedgerHarness, company: Company, kind: DocumentType
) -> None:
    await stock(harness, ledger, *NEEDED)
    calls = len(company.calls)
    await stock(harness, ledger, kind, status=Status.DRAFT)
    record = await harness.record(kind.value)
    assert (record["state"], record["reason"]["code"]) == ("skipped", "not_approved")
    assert record["attempts_this_version"] == 0
    assert len(company.calls) == calls, "a draft is nobody's business"
    await announced(harness, 2, ledger.document(kind))
    assert (await harness.record(kind.value))["state"] == "agreed"
    assert await company.count(kind) == 1
    assert await harness.rows("SELECT 1 FROM dead_letters") == []


@pytest.mark.parametrize("company", ["qbo"], indirect=True)
@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.value)
async def test_the_version_that_is_stored_is_the_ledger_s_after_each_write(
    harness: SyncHarness, ledger: LedgerHarness, company: QboCompany, kind: DocumentType
) -> None:
    changes: list[dict[str, Any]] = [{}, dict(CHANGES[kind])]
    if kind in TRANSACTIONS:
        changes.append({**changes[-1], "status": Status.VOIDED})
    await stock(harness, ledger, *NEEDED, *([INVOICE] if kind is PAYMENT else []))
    for n, fields in enumerate(changes):
        await announced(harness, 2 + n, ledger.document(kind, **fields))
        record = await harness.record(kind.value)
        assert (record["state"], record["base_version"]) == ("agreed", 2 + n)
        if kind is BILL and fields.get("status") is Status.VOIDED:
            return  # it was deleted there: nothing has a version any more
        held = await company.read(ENTITIES[kind], record["external_id"])
        assert record["sync_token"] == held["SyncToken"]


@pytest.mark.accepts("RUN-09")
async def test_link_state_and_result_are_stored_together(
    harness: SyncHarness, ledger: LedgerHarness
) -> None:
    await stock(harness, ledger, CUSTOMER)
    record = await harness.record("customer")
    (result,) = await harness.rows(
        "SELECT payload, xid FROM ledgerlane_outbox WHERE topic = 'sync.results'"
    )
    assert (record["state"], record["base_version"]) == ("agreed", 1)
    told = result["payload"]
    assert record["external_id"].encode() in bytes(told)
    same = f"SELECT xmin::text = '{result['xid']}' FROM sync_records"  # noqa: S608 - our own
    assert await harness.value(same), "one transaction wrote both"


@pytest.mark.accepts("ENT-07", "ENT-41")
@pytest.mark.parametrize("company", ["xero"], indirect=True)
async def test_one_contact_serves_as_customer_and_as_vendor(
    harness: SyncHarness, ledger: LedgerHarness, company: XeroOrganisation
) -> None:
    before = await company.count(CUSTOMER)
    await stock(harness, ledger, CUSTOMER, name="Harrow & Vale")
    await stock(harness, ledger, VENDOR, name="Harrow & Vale")
    await stock(harness, ledger, ACCOUNT, ITEM, INVOICE, BILL)
    assert set((await harness.states()).values()) == {"agreed"}
    customer, vendor = await harness.record("customer"), await harness.record("vendor")
    assert customer["external_id"] == vendor["external_id"]
    assert await company.count(CUSTOMER) == before + 1
    (contact,) = await company.read(f"Contacts/{customer['external_id']}")
    assert (contact["IsCustomer"], contact["IsSupplier"]) == (True, True)
