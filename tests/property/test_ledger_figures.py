"""The law of figures at the ledgers: what the platform computed is what their books show.

Documents are written by the providers' own clients to the simulators over HTTP. `make
integration` writes a hundred at each company, `make laws` 10,000.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings, strategies as st

from providers.base import Operation, Written
from providers.simulators.xero.config import OrganisationSpec, XeroQuotas
from schemas.documents.bill import Bill
from schemas.documents.document import DocumentType
from schemas.documents.invoice import Invoice
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
from tests.integration.providers.xero_organisation import SECOND, XeroOrganisation
from tests.property.rounded_sales import (
    Sale,
    rounded_per_document,
    rounded_per_line,
    rounded_per_rate,
    sales,
)

Company = QboCompany | XeroOrganisation
Figures = tuple[Decimal, Decimal, Decimal]

BRITISH: Final = OrganisationSpec(
    name="Harbour Cafe",
    country="GB",
    tenant_id=SECOND,
    foreign_currencies={"JPY": Decimal(190), "KWD": Decimal("0.4")},
)
UNLIMITED: Final = XeroQuotas(
    calls_per_minute=1_000_000, calls_per_day=10_000_000, app_calls_per_minute=1_000_000
)
ROUNDINGS: Final = (rounded_per_line, rounded_per_rate, rounded_per_document)
ABROAD: Final = ("GBP", "JPY", "KWD")
# By company: the currencies of its documents, and its rates.
WORLDS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "quickbooks US": (("USD",), ("0", "8")),
    "quickbooks GB": (ABROAD, ("0", "5", "20")),
    "xero GB": (ABROAD, ("0", "5", "20")),
}


@dataclass(repr=False)  # a failing example shows its arguments, and has no room for all of this
class Books:
    """A company with a customer and a vendor of each currency, and what it was sent.

    Attributes:
        sent: The figures of each document by the ledger's id.
    """

    company: Company
    ledger: LedgerHarness
    sent: dict[str, Figures] = field(default_factory=dict)

    async def stock(self, currencies: tuple[str, ...]) -> None:
        for kind in (ACCOUNT, ITEM):
            await self.ledger.stocked(kind)
        for kind in (CUSTOMER, VENDOR):
            for code in currencies:
                name = f"{kind.value} {code}"
                await self.ledger.stocked(kind, id=name, name=name, currency=code)

    async def write(self, kind: DocumentType, document: TradeDocument) -> Written:
        """Write a document under an id and a number of its own."""
        own = f"{kind.value}-{len(self.sent)}"
        named = document.model_copy(update={"id": own, "number": own})
        written = await self.ledger.done(Operation.CREATE, self.ledger.write(named))
        totals = named.totals()
        self.sent[written.external.id] = (totals.total, totals.tax, totals.total)
        return written

    async def shown(self) -> dict[str, Figures]:
        """Return what the books show of every document: total, tax and what is open."""
        if isinstance(self.company, QboCompany):
            found = [
                one for kind in ("Invoice", "Bill") for one in await self.company.listed(kind)
            ]
            return {one["id"]: (one["total"], one["tax"], one["balance"]) for one in found}
        answer = await self.company.client.get(f"/_simulator/ledger/{self.company.tenant}")
        entities = json.loads(answer.content, parse_float=Decimal)["entities"]
        found = [one for kind in ("Invoices", "Bills") for one in entities[kind]["documents"]]
        return {one["id"]: (one["total"], one["tax"], one["balance"]) for one in found}


@pytest.fixture(scope="module")
def quickbooks() -> Iterator[str]:
    with qbo_company.served() as url:
        yield url


@pytest_asyncio.fixture
async def company(request: pytest.FixtureRequest, quickbooks: str) -> AsyncIterator[Company]:
    if request.param == "xero GB":
        config = xero_organisation.config(organisations=(BRITISH,), quotas=UNLIMITED)
        async with xero_organisation.connected(config, tenant=SECOND) as organisation:
            yield organisation
        return
    abroad = {"country": "GB", "multicurrency": True}
    spec: Mapping[str, Any] = abroad if request.param == "quickbooks GB" else {}
    async with qbo_company.connected(quickbooks, custom_numbers=True, **spec) as opened:
        yield opened


@pytest_asyncio.fixture
async def books(request: pytest.FixtureRequest, company: Company) -> AsyncIterator[Books]:
    """Yield a stocked company; in the end its whole books show what it was sent."""
    opened = Books(company, LedgerHarness(company))
    await opened.stock(WORLDS[request.node.callspec.params["company"]][0])
    yield opened
    assert await opened.shown() == opened.sent


def in_world(name: str) -> st.SearchStrategy[Sale]:
    currencies, rates = WORLDS[name]
    return sales(currencies, rates, codes={"0": "zero"})


def named(kind: DocumentType, sale: Sale) -> Sale:
    """Return the sale to the customer of its currency."""
    fields = {**sale.fields, "customer_id": f"customer {sale.currency}"}
    lines = [{**line, "item_id": "item"} for line in sale.fields["lines"]]
    return Sale({**fields, "lines": lines}, sale.amounts, sale.taxes)


def as_bill(invoice: Invoice) -> Bill:
    """Return the bill that somebody who buys the same gets."""
    said = invoice.model_dump(exclude={"customer_id"})
    return Bill.model_validate({**said, "vendor_id": f"vendor {invoice.currency}"})


async def check(
    books: Books, platform: Callable[[Sale], Invoice], sale: Sale, kind: DocumentType
) -> None:
    invoice = platform(named(kind, sale))
    document = as_bill(invoice) if kind is BILL else invoice
    written = await books.write(kind, document)
    assert written.figures is not None
    seen = (written.figures.total, written.figures.tax)
    assert seen == (document.total, document.tax_total)
    assert written.figures.balance == document.total


LAW: Final = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.mark.accepts("DRV-24")
@pytest.mark.parametrize("company", ["quickbooks US"], indirect=True)
@LAW
@given(sale=in_world("quickbooks US"), platform=st.sampled_from(ROUNDINGS))
async def test_an_american_company_shows_the_tax_that_the_platform_computed(
    books: Books, sale: Sale, platform: Callable[[Sale], Invoice]
) -> None:
    """Invoices only: QuickBooks has no tax on bills there."""
    await check(books, platform, sale, INVOICE)


@pytest.mark.accepts("DRV-24")
@pytest.mark.parametrize("company", ["quickbooks GB"], indirect=True)
@LAW
@given(
    sale=in_world("quickbooks GB"),
    platform=st.sampled_from(ROUNDINGS),
    kind=st.sampled_from([INVOICE, BILL]),
)
async def test_quickbooks_shows_the_tax_that_the_platform_computed(
    books: Books, sale: Sale, platform: Callable[[Sale], Invoice], kind: DocumentType
) -> None:
    await check(books, platform, sale, kind)


@pytest.mark.accepts("DRV-24")
@pytest.mark.parametrize("company", ["xero GB"], indirect=True)
@LAW
@given(
    sale=in_world("xero GB"),
    platform=st.sampled_from(ROUNDINGS),
    kind=st.sampled_from([INVOICE, BILL]),
)
async def test_xero_shows_the_tax_that_the_platform_computed(
    books: Books, sale: Sale, platform: Callable[[Sale], Invoice], kind: DocumentType
) -> None:
    await check(books, platform, sale, kind)
