"""The law of both ledgers: an invoice comes to the platform's cent there, or is refused.

So does the bill that somebody gets who buys the same. `make integration` writes a hundred to
each company, `make laws` 10,000.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import count
from typing import Any, Final, TypeVar
from uuid import uuid4

import pytest
from hypothesis import assume, given, strategies as st

from providers.base import Operation, Write
from schemas.documents.bill import Bill
from schemas.documents.document import DocumentType, Reference
from schemas.documents.invoice import Invoice
from schemas.documents.lines import TaxMode
from schemas.documents.trade import TradeDocument
from tests.contracts.ledger_harness import (
    ACCOUNT,
    BILL,
    CUSTOMER,
    INVOICE,
    ITEM,
    VENDOR,
    LedgerHarness,
)
from tests.integration.providers import qbo_company, xero_organisation
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import XeroOrganisation
from tests.property.rounded_sales import PLATFORMS, Sale, half_up, less, sales

T = TypeVar("T")
NUMBERS: Final = count(1)


@dataclass(frozen=True)
class Books:
    """A company of a ledger, with customer, vendor and item, on an event loop of its own.

    Attributes:
        rates: The tax rates that the company has exactly one code for.
        name: The ledger and the country; it ends in ``rounding`` where there is what explicit
            rounding lines need.
    """

    company: QboCompany | XeroOrganisation
    run: Callable[[Awaitable[Any]], Any]
    links: dict[Reference, Any]
    rates: tuple[str, ...]
    name: str

    def write(self, kind: DocumentType, document: TradeDocument) -> Any:
        """Write a document, and return what the ledger makes of it."""
        links = {reference: self.links[reference] for reference in document.references()}
        write = Write(kind, document, None, links, uuid4())
        (result,) = self.run(self.company.ledger.write(Operation.CREATE, [write]))
        return result

    def rounding_lines(self, kind: DocumentType, external_id: str) -> list[Decimal]:
        """Return the amounts of the explicit rounding lines of a document, as it is shown."""
        if isinstance(self.company, QboCompany):
            lines = self.run(self.company.read(kind.value.title(), external_id))["Line"]
        else:
            (found,) = self.run(self.company.read(f"Invoices/{external_id}"))
            lines = found["LineItems"]
        amount = "Amount" if isinstance(self.company, QboCompany) else "LineAmount"
        return [one[amount] for one in lines if one.get("Description") == "Rounding"]


@contextmanager
def opened(name: str) -> Iterator[Books]:
    """Open a company; its name ends in ``rounding`` where it has what rounding lines need."""
    with asyncio.Runner() as runner:

        def run(waiting: Awaitable[T]) -> T:
            async def waited() -> T:
                return await waiting

            return runner.run(waited())

        stack = AsyncExitStack()
        try:
            books = run(_books(stack, name))
            yield replace(books, run=run)
        finally:
            run(stack.aclose())


async def _books(stack: AsyncExitStack, name: str) -> Books:
    rates: tuple[str, ...]
    company: QboCompany | XeroOrganisation
    items: dict[str, str] = {}
    if name.startswith("qbo"):
        url = stack.enter_context(qbo_company.served())
        country = name.split("-")[1]
        codes = {"zero": "4", "rounding": "4"}
        chosen = {**qbo_company.SETTINGS, "items": items, "tax_codes": codes}
        if name.endswith("rounding"):
            accounts: Any = qbo_company.SETTINGS["accounts"]
            chosen["accounts"] = {**accounts, "rounding": accounts["purchases"]}
        company = await stack.enter_async_context(
            qbo_company.connected(url, country=country, chosen=chosen)
        )
        rates = {"US": ("0", "8"), "GB": ("0", "5", "20")}[country]
    else:
        chosen = dict(xero_organisation.SETTINGS)
        company = await stack.enter_async_context(xero_organisation.connected(chosen=chosen))
        rates = ("0", "15")
    ledger = LedgerHarness(company)
    for kind in (ACCOUNT, CUSTOMER, VENDOR, ITEM):
        await ledger.stocked(kind)
    if name.endswith("rounding") and isinstance(company, QboCompany):
        items["rounding"] = ledger.links[Reference(ITEM, "item")].id
    return Books(company, lambda _: None, ledger.links, rates, name)


@pytest.fixture(
    scope="module",
    params=["qbo-US", "qbo-US-rounding", "qbo-GB-rounding", "xero-NZ-rounding"],
)
def books(request: pytest.FixtureRequest) -> Iterator[Books]:
    with opened(request.param) as found:
        yield found


def rounded_once(sale: Sale) -> Invoice:
    """Round nothing but the tax and the total, as a platform does that keeps every decimal."""
    exact = (
        less(Fraction(line["quantity"]) * Fraction(line["unit_price"]), line["discount"])
        for line in sale.fields["lines"]
    )
    left = less(sum(exact, Fraction()), sale.fields["discount"])
    tax = half_up(sum(sale.taxes, Fraction()), sale.currency)
    added = Fraction(tax) if sale.fields["tax_mode"] is TaxMode.EXCLUSIVE else 0
    total = half_up(left + added, sale.currency)
    assume(total >= 0)  # before anything was rounded it may have come to less than nothing
    return Invoice.model_validate({**sale.fields, "tax_total": tax, "total": total})


def _read(way: Callable[[Sale], Invoice], sale: Sale) -> Invoice | str:
    """Return the invoice, or why it is refused: roundings do not explain its figures."""
    try:
        return way(sale)
    except ValueError as refused:
        return str(refused)


def as_bill(invoice: Invoice) -> Bill:
    said = invoice.model_dump(exclude={"customer_id"})
    return Bill.model_validate({**said, "vendor_id": "vendor"})


WAYS: Final = (*PLATFORMS, rounded_once)


@pytest.mark.accepts("DRV-07", "ENT-11")
@given(data=st.data())
def test_an_invoice_comes_to_the_platform_s_cent(books: Books, data: st.DataObject) -> None:
    sale = data.draw(sales((books.company.currency,), books.rates, item_id="item", tax_code=""))
    for line in sale.fields["lines"]:
        line["tax_code"] = "" if Decimal(line["tax_rate"]) else "zero"
    sale.fields.update(customer_id="customer", number=f"N-{next(NUMBERS)}")
    way = data.draw(st.sampled_from(WAYS))
    invoice = _read(way, sale)
    if isinstance(invoice, str):
        assert way is rounded_once
        assert "but the lines come to" in invoice, "both figures are named"
        return
    kind = data.draw(st.sampled_from([INVOICE, BILL]))
    ours = invoice.totals()
    result = books.write(kind, as_bill(invoice) if kind is BILL else invoice)
    figures = result.figures
    # Tax of an American bill is in the amounts of its lines, and counted by our client.
    assert (figures.total, figures.tax) == (ours.total, ours.tax)
    assert invoice.total in (None, figures.total)
    assert invoice.tax_total in (None, figures.tax)
    if ours.rounding and books.name.endswith("rounding"):
        assert books.rounding_lines(kind, result.external.id) == [ours.rounding]
