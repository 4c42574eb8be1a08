"""Both simulators know how many decimals the amounts of a currency have."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from providers.simulators.qbo.config import CompanySpec
from providers.simulators.xero.config import OrganisationSpec
from tests.unit.simulators.qbo.books import Books, applied, simulator
from tests.unit.simulators.xero.harness import (
    TENANT,
    XeroHarness,
    config,
    invoice,
    line,
    payment,
)

pytestmark = pytest.mark.accepts("DRV-25")

REALM = "9341450000000009"
ABROAD = CompanySpec(realm=REALM, country="GB", multicurrency=True)
RATES = {
    "JPY": Decimal("190"),
    "KWD": Decimal("0.4"),
    "ISK": Decimal("170"),
    "USD": Decimal("1.3"),
}
TRADER = OrganisationSpec(
    name="Trader", country="GB", tenant_id=TENANT, foreign_currencies=RATES
)
# Position of the switch, currency, amount sent, and what becomes of it.
KEPT = [
    ("round", "JPY", "1352.4", "1352"),
    ("round", "JPY", "1352.5", "1353"),
    ("round", "KWD", "12.345", "12.345"),
    ("round", "KWD", "12.3455", "12.346"),
    ("round", "GBP", "12.345", "12.35"),
    ("round", "ISK", "40.5", "41"),
    ("round", "USD", "12.345", "12.35"),
    ("cents", "JPY", "1352.4", "1352.40"),
    ("cents", "KWD", "12.345", "12.35"),
    ("refuse", "JPY", "1352", "1352"),
    ("refuse", "JPY", "1352.00", "1352"),
    ("refuse", "KWD", "12.345", "12.345"),
    ("refuse", "ISK", "41", "41"),
    ("refuse", "USD", "12.34", "12.34"),
]
REFUSED = [
    *(("JPY", "1352.4"), ("KWD", "12.3455"), ("GBP", "12.345")),
    *(("ISK", "40.5"), ("USD", "12.345")),
]


@pytest.fixture
async def books() -> AsyncIterator[Books]:
    async with simulator(companies=(ABROAD,)) as http:
        yield await Books(http, REALM).connect()


@pytest.fixture
async def xero() -> AsyncIterator[XeroHarness]:
    async with XeroHarness(config(organisations=(TRADER,))) as harness:
        yield await harness.connect()


async def _customer(books: Books, currency: str) -> str:
    made = await books.customer(f"Party {currency}", CurrencyRef={"value": currency})
    return str(made["Id"])


def _sale(customer: str, amount: str, **more: Any) -> dict[str, Any]:
    one = {
        "Amount": Decimal(amount),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {},
    }
    return {
        "CustomerRef": {"value": customer},
        "Line": [one],
        "GlobalTaxCalculation": "NotApplicable",
        "ExchangeRate": "0.005",
    } | more


@pytest.mark.parametrize(("position", "currency", "sent", "kept"), KEPT)
async def test_quickbooks_amounts(
    books: Books, position: str, currency: str, sent: str, kept: str
) -> None:
    await books.control("switches", {"minor_units": position})
    customer = await _customer(books, currency)
    made = await books.post("Invoice", _sale(customer, sent))
    shown = (made["Line"][0]["Amount"], made["TotalAmt"], made["Balance"])
    assert shown == (Decimal(kept),) * 3
    lines = [applied(made["Id"], sent)]
    body = {"CustomerRef": {"value": customer}, "TotalAmt": Decimal(sent), "Line": lines}
    paid = await books.post("Payment", body)
    assert (paid["TotalAmt"], paid["UnappliedAmt"]) == (Decimal(kept), 0)
    assert (await books.get("Invoice", made["Id"]))["Balance"] == 0


@pytest.mark.parametrize(("currency", "sent"), REFUSED)
async def test_quickbooks_refuses_too_many_decimals_by_switch(
    books: Books, currency: str, sent: str
) -> None:
    await books.control("switches", {"minor_units": "refuse"})
    customer = await _customer(books, currency)
    refused = await books.refused("Invoice", _sale(customer, sent))
    assert (refused["code"], refused["element"]) == ("2090", "Amount")
    body = {"CustomerRef": {"value": customer}, "TotalAmt": Decimal(sent)}
    assert await books.code("Payment", body) == "2090"


async def test_quickbooks_taxes_yen_in_whole_yen(books: Books) -> None:
    customer = await _customer(books, "JPY")
    (rate,) = [
        code for code in (await books.select("TaxCode", ""))["TaxCode"] if "20" in code["Name"]
    ][:1]
    detail = {"TaxCodeRef": {"value": rate["Id"]}, "Qty": 3, "UnitPrice": "33.5"}
    one = {
        "Amount": 101,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": detail,
    }
    sale = {"GlobalTaxCalculation": "TaxExcluded", "Line": [one]}
    made = await books.post("Invoice", _sale(customer, "1") | sale)
    assert (made["TxnTaxDetail"]["TotalTax"], made["TotalAmt"]) == (20, 121)
    assert made["HomeTotalAmt"] == Decimal("0.61")
    off = sale | {"Line": [one | {"Amount": Decimal("100.5"), "LineNum": 1}]}
    # 100.5 rounds to 101 yen before it is compared, so only another yen is a mismatch.
    await books.post("Invoice", _sale(customer, "1") | off)
    wrong = sale | {"Line": [one | {"Amount": 100}]}
    assert await books.code("Invoice", _sale(customer, "1") | wrong) == "6070"


def _foreign(currency: str, amount: str) -> dict[str, Any]:
    priced = line(Quantity="1", UnitAmount=None, LineAmount=Decimal(amount), TaxType="NONE")
    return invoice(priced, CurrencyCode=currency)


@pytest.mark.parametrize(("position", "currency", "sent", "kept"), KEPT)
async def test_xero_amounts(
    xero: XeroHarness, position: str, currency: str, sent: str, kept: str
) -> None:
    await xero.control("switches", {"minor_units": position})
    made = await xero.one("PUT", "Invoices", _foreign(currency, sent), unitdp="4")
    assert (made["Total"], made["AmountDue"]) == (Decimal(kept),) * 2
    paid = await xero.one("PUT", "Payments", payment(made["InvoiceID"], sent))
    assert (paid["Amount"], paid["Invoice"]["AmountDue"]) == (Decimal(kept), 0)


@pytest.mark.parametrize(("currency", "sent"), REFUSED)
async def test_xero_refuses_too_many_decimals_by_switch(
    xero: XeroHarness, currency: str, sent: str
) -> None:
    made = await xero.one("PUT", "Invoices", _foreign(currency, "9999"))
    await xero.control("switches", {"minor_units": "refuse"})
    for path, body in (
        ("Invoices", _foreign(currency, sent)),
        ("Payments", payment(made["InvoiceID"], sent)),
    ):
        assert "more decimals" in (await xero.refusal("PUT", path, body))[0]


async def test_xero_computes_lines_and_tax_in_whole_yen(xero: XeroHarness) -> None:
    priced = line("33.5", Quantity="3", TaxType="OUTPUT2")
    made = await xero.one("PUT", "Invoices", invoice(priced, CurrencyCode="JPY"))
    (shown,) = made["LineItems"]
    assert (shown["LineAmount"], shown["TaxAmount"], made["Total"]) == (101, 20, 121)


async def test_an_allocation_has_the_decimals_of_its_currency(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Invoices", _foreign("JPY", "1000"))
    note = _foreign("JPY", "500") | {"Type": "ACCRECCREDIT"}
    credit = await xero.one("PUT", "CreditNotes", note)
    path = f"CreditNotes/{credit['CreditNoteID']}/Allocations"
    sent = {"Invoice": {"InvoiceID": made["InvoiceID"]}, "Amount": "10.4"}
    assert (await xero.one("PUT", path, sent))["Amount"] == 10
