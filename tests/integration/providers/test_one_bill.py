"""One bill of the platform in the words of both ledgers."""

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any, Final

import pytest
import pytest_asyncio

from schemas.documents.trade import TradeDocument
from tests.contracts.ledger_harness import BILL, LedgerHarness, line
from tests.integration.providers import qbo_company, xero_organisation
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import SECOND, XeroOrganisation

FIELDS: Final[dict[str, Any]] = {
    "tax_mode": "exclusive",
    "lines": [
        {**line("1", "3", "19.99", "20"), "tax_code": "", "discount": {"percent": "12.5"}},
        {**line("2", "7", "0.35", "20"), "tax_code": ""},
    ],
    "discount": {"amount": "3.33"},
    "currency": "GBP",
}


@pytest.fixture
def simulator() -> Iterator[str]:
    with qbo_company.served() as url:
        yield url


@pytest_asyncio.fixture
async def british(simulator: str) -> AsyncIterator[tuple[QboCompany, XeroOrganisation]]:
    """A company and an organisation of the same country, with the same rate of tax."""
    async with (
        qbo_company.connected(simulator, country="GB") as company,
        xero_organisation.connected(tenant=SECOND) as organisation,
    ):
        yield company, organisation


@pytest.mark.accepts("MAP-19")
async def test_one_bill_is_a_bill_and_an_accpay_invoice_of_the_same_total(
    british: tuple[QboCompany, XeroOrganisation],
) -> None:
    company, organisation = british
    at_qbo = await LedgerHarness(company).stocked(BILL, **FIELDS)
    at_xero = await LedgerHarness(organisation).stocked(BILL, **FIELDS)
    document = LedgerHarness(company).document(BILL, **FIELDS)
    assert isinstance(document, TradeDocument)
    ours = document.totals()
    bill = await company.read("Bill", at_qbo.external.id)
    (invoice,) = await organisation.read(f"Invoices/{at_xero.external.id}")
    assert invoice["Type"] == "ACCPAY"
    assert Decimal(bill["TotalAmt"]) == Decimal(invoice["Total"]) == ours.total
    assert Decimal(bill["TxnTaxDetail"]["TotalTax"]) == Decimal(invoice["TotalTax"]) == ours.tax
    assert bill["DocNumber"] == invoice["InvoiceNumber"] == "NS-88731"
