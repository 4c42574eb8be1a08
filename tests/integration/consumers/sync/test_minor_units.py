"""Documents and payments in currencies of 0, 2 and 3 decimals: exact in both ledgers."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any, Final

import pytest
import pytest_asyncio

from providers.qbo.mapping.catalogue import ENTITIES
from providers.simulators.xero.config import OrganisationSpec
from schemas.documents.document import DocumentType
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
from tests.integration.consumers.sync.test_refused_versions import take
from tests.integration.consumers.sync_harness import SyncHarness
from tests.integration.providers import qbo_company, xero_organisation
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import SECOND, XeroOrganisation

pytestmark = pytest.mark.accepts("DRV-25")

Company = QboCompany | XeroOrganisation
BRITISH: Final = OrganisationSpec(
    name="Harbour Cafe",
    country="GB",
    tenant_id=SECOND,
    foreign_currencies={
        "JPY": Decimal(190),
        "KWD": Decimal("0.4"),
        "ISK": Decimal(170),
        "USD": Decimal("1.3"),
    },
)
# Currency, unit price, tax of 20 % on three of them, total, and the part that is paid first.
SALES: Final = [
    ("JPY", "1127", "676", "4057", "1352"),
    ("ISK", "33.5", "20", "121", "40"),
    ("KWD", "4.115", "2.469", "14.814", "12.345"),
    ("USD", "19.99", "11.99", "71.96", "0.01"),
]
# Currency, and an amount that it does not have.
TOO_FINE: Final = [("JPY", "1352.4"), ("ISK", "40.5"), ("KWD", "12.3456"), ("USD", "0.015")]


@pytest_asyncio.fixture(params=["qbo", "xero"])
async def company(request: pytest.FixtureRequest, quickbooks: str) -> AsyncIterator[Company]:
    """Open a British company that has the other currencies too."""
    if request.param == "qbo":
        async with qbo_company.connected(
            quickbooks, country="GB", multicurrency=True, custom_numbers=True
        ) as opened:
            yield opened
    else:
        settings = xero_organisation.config(organisations=(BRITISH,))
        async with xero_organisation.connected(settings, tenant=SECOND) as organisation:
            yield organisation


def sale(currency: str, price: str) -> dict[str, Any]:
    line = {
        "id": "1",
        "item_id": "item",
        "quantity": "3",
        "unit_price": price,
        "tax_rate": "20",
    }
    return {"currency": currency, "tax_mode": "exclusive", "lines": [line]}


def settling(currency: str, id_: str, amount: str) -> dict[str, Any]:
    return {
        "id": id_,
        "currency": currency,
        "amount": amount,
        "allocations": [{"invoice_id": "invoice", "amount": amount}],
    }


async def figures(company: Company, kind: DocumentType, id_: str) -> tuple[Decimal, ...]:
    """Return total, tax and what is open, as the ledger's own people see them."""
    if isinstance(company, QboCompany):
        found = await company.read(ENTITIES[kind], id_)
        shown = (found["TotalAmt"], found["TxnTaxDetail"]["TotalTax"], found["Balance"])
    else:
        (found,) = await company.read(f"Invoices/{id_}")
        shown = (found["Total"], found["TotalTax"], found["AmountDue"])
    return tuple(map(Decimal, shown))


async def agreed(harness: SyncHarness) -> None:
    await harness.work()
    rows = await harness.rows(
        "SELECT document_id, state, reason FROM sync_records WHERE state <> 'agreed'"
    )
    assert rows == []


@pytest.mark.parametrize("position", ["round", "refuse"])
@pytest.mark.parametrize(("currency", "price", "tax", "total", "part"), SALES)
async def test_invoices_bills_and_payments_are_exact_to_the_smallest_amount(
    harness: SyncHarness,
    company: Company,
    ledger: LedgerHarness,
    currency: str,
    price: str,
    tax: str,
    total: str,
    part: str,
    position: str,
) -> None:
    await company.control("switches", {"minor_units": position})
    for kind in (ACCOUNT, ITEM):
        await harness.announce(kind, ledger.document(kind))
    for kind in (CUSTOMER, VENDOR):
        await harness.announce(kind, ledger.document(kind, currency=currency))
    for kind in (INVOICE, BILL):
        await harness.announce(kind, ledger.document(kind, **sale(currency, price)))
    await agreed(harness)
    whole = (Decimal(total), Decimal(tax), Decimal(total))
    for kind in (INVOICE, BILL):
        record = await harness.record(kind.value)
        assert await figures(company, kind, record["external_id"]) == whole
    rest = str(Decimal(total) - Decimal(part))
    for id_, amount in (("first", part), ("second", rest)):
        paid = settling(currency, id_, amount)
        await harness.announce(PAYMENT, ledger.document(PAYMENT, **paid))
        await agreed(harness)
        invoice = await harness.record("invoice")
        *_, balance = await figures(company, INVOICE, invoice["external_id"])
        assert balance == (Decimal(rest) if id_ == "first" else 0)


@pytest.mark.parametrize(("currency", "fine"), TOO_FINE)
async def test_an_amount_that_the_currency_does_not_have_is_refused_with_the_remedy(
    harness: SyncHarness,
    company: Company,
    ledger: LedgerHarness,
    currency: str,
    fine: str,
) -> None:
    paid = ledger.document(PAYMENT, **settling(currency, "payment", "1"))
    fields = {**paid.model_dump(mode="json"), "amount": fine, "allocations": []}
    await take(harness, PAYMENT, 1, fields)
    record = await harness.record("payment")
    assert (record["state"], record["reason"]["code"]) == ("held", "invalid_document")
    assert f"amount is {fine}, but an amount in {currency} has" in record["reason"]["cause"]
    calls = len(company.calls)
    await harness.work()
    assert len(company.calls) == calls
