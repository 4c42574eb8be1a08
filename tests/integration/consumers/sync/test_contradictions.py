"""Payments that contradict their invoices: held at either ledger, without any call."""

from typing import Any

import pytest

from schemas.documents.document import Document
from tests.contracts.ledger_harness import (
    ACCOUNT,
    BILL,
    CUSTOMER,
    INVOICE,
    ITEM,
    PAYMENT,
    VENDOR,
    LedgerHarness,
)
from tests.integration.consumers.sync_harness import SyncHarness
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import XeroOrganisation

Company = QboCompany | XeroOrganisation
pytestmark = pytest.mark.accepts("DRV-23")


@pytest.fixture
def paid(ledger: LedgerHarness) -> "Paid":
    return Paid(ledger)


class Paid:
    """An invoice of 59.97, and payments of it."""

    def __init__(self, ledger: LedgerHarness) -> None:
        self.ledger = ledger

    async def invoiced(self, harness: SyncHarness, **fields: Any) -> None:
        for kind in (ACCOUNT, ITEM, CUSTOMER):
            await harness.announce(kind, self.ledger.document(kind))
        await harness.announce(INVOICE, self.ledger.document(INVOICE, **fields))
        await harness.work()

    def payment(
        self, amount: str = "59.97", settles: str = "invoice", **fields: Any
    ) -> Document:
        settled = [{"invoice_id": settles, "amount": amount}]
        return self.ledger.document(PAYMENT, amount=amount, allocations=settled, **fields)


async def held(harness: SyncHarness, company: Company, payment: Document) -> dict[str, Any]:
    """Announce a payment that must be held, and see that no call was made."""
    calls = len(company.calls)
    await harness.announce(PAYMENT, payment)
    await harness.work()
    record = await harness.record("payment")
    assert record["state"] == "held"
    assert record["external_id"] is None
    assert len(company.calls) == calls, "no call was made"
    return dict(record["reason"])


@pytest.mark.parametrize(("currency", "amount"), [("EUR", "59.97"), ("JPY", "59")])
async def test_a_payment_in_another_currency_is_held_with_both_sides_named(
    harness: SyncHarness, company: Company, paid: Paid, currency: str, amount: str
) -> None:
    await paid.invoiced(harness)
    reason = await held(harness, company, paid.payment(amount, currency=currency))
    assert reason["code"] == "payment_currency_differs"
    assert f"settles {amount} {currency} of invoice invoice (INV-77)" in reason["cause"]
    assert f"whose total is 59.97 {company.currency}" in reason["cause"]
    await harness.announce(PAYMENT, paid.payment(), 2)
    await harness.work()
    record = await harness.record("payment")
    assert (record["state"], record["reason"]) == ("agreed", None)
    assert await company.count(PAYMENT) == 1
    assert await harness.value("SELECT count(*) FROM tasks WHERE closed_at IS NULL") == 0


async def test_one_cent_too_much_is_held_and_more_on_the_invoice_clears_it(
    harness: SyncHarness, company: Company, paid: Paid
) -> None:
    await paid.invoiced(harness)
    reason = await held(harness, company, paid.payment("59.98"))
    assert reason["code"] == "payment_exceeds_open_amount"
    assert f"0.01 {company.currency} more than its total of 59.97" in reason["cause"]
    lines = [{"id": "1", "item_id": "item", "unit_price": "59.98", "tax_code": "zero"}]
    await harness.announce(INVOICE, paid.ledger.document(INVOICE, lines=lines), 2)
    await harness.work()
    assert (await harness.record("payment"))["state"] == "agreed"
    assert await company.count(PAYMENT) == 1


async def test_a_second_payment_of_the_same_invoice_is_held_until_the_first_is_void(
    harness: SyncHarness, company: Company, paid: Paid
) -> None:
    await paid.invoiced(harness)
    first = paid.payment(id="first", reference="cheque 8")
    await harness.announce(PAYMENT, first)
    await harness.work()
    reason = await held(harness, company, paid.payment())
    assert reason["code"] == "payment_exceeds_open_amount"
    assert reason["cause"].endswith("of it are settled by payment first.")
    void = paid.payment(id="first", reference="cheque 8", status="voided")
    await harness.announce(PAYMENT, void, 2)
    await harness.work()
    assert await harness.states() == dict.fromkeys(await harness.states(), "agreed")


async def test_a_draft_is_named_and_its_approval_lets_the_payment_go_on(
    harness: SyncHarness, company: Company, paid: Paid
) -> None:
    await paid.invoiced(harness, status="draft")
    reason = await held(harness, company, paid.payment())
    assert reason["code"] == "settles_draft"
    await harness.announce(INVOICE, paid.ledger.document(INVOICE), 2)
    await harness.work()
    assert (await harness.record("payment"))["state"] == "agreed"


async def test_another_customer_s_invoice_is_not_settled(
    harness: SyncHarness, company: Company, paid: Paid
) -> None:
    await paid.invoiced(harness)
    other = paid.ledger.document(CUSTOMER, id="other", name="Other Ltd")
    await harness.announce(CUSTOMER, other)
    await harness.work()
    reason = await held(harness, company, paid.payment(customer_id="other"))
    assert reason["code"] == "payment_party_differs"
    assert "customer other (Other Ltd)" in reason["cause"]


async def test_a_bill_is_not_settled_by_a_received_payment(
    harness: SyncHarness, company: Company, paid: Paid
) -> None:
    await paid.invoiced(harness)
    for kind in (VENDOR, BILL):
        await harness.announce(kind, paid.ledger.document(kind))
    await harness.work()
    reason = await held(harness, company, paid.payment(settles="bill"))
    assert reason["code"] == "wrong_direction"


async def test_a_bill_in_another_currency_than_its_vendor_is_held(
    harness: SyncHarness, company: Company, ledger: LedgerHarness
) -> None:
    for kind in (ACCOUNT, ITEM):
        await harness.announce(kind, ledger.document(kind))
    await harness.announce(VENDOR, ledger.document(VENDOR, currency=company.currency))
    await harness.announce(BILL, ledger.document(BILL, currency="CHF"))
    await harness.work()
    record = await harness.record("bill")
    assert (record["state"], record["reason"]["code"]) == ("held", "party_currency_differs")
    assert await company.count(BILL) == 0
