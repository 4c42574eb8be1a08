"""What the tenant mapped is what a line carries, and what is not mapped holds its record."""

from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from typing import Any, Final

import pytest
import pytest_asyncio

from schemas.documents.document import DocumentType, Reference
from schemas.documents.trade import TradeDocument
from tests.contracts.ledger_harness import (
    ACCOUNT,
    CUSTOMER,
    ITEM,
    TRADE,
    VENDOR,
    LedgerHarness,
)
from tests.integration.consumers.sync_harness import SyncHarness, open_sync_harness
from tests.integration.providers import qbo_company, xero_organisation
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import XeroOrganisation

Company = QboCompany | XeroOrganisation

# In both companies two tax codes have a rate of zero, so that the mapping alone decides.
MAPPED: Final[Mapping[str, str]] = {"qbo": "4", "xero": "ZERORATED"}


@pytest_asyncio.fixture(params=["qbo", "xero"])
async def company(request: pytest.FixtureRequest) -> AsyncIterator[Company]:
    if request.param == "qbo":
        chosen = {**qbo_company.SETTINGS, "tax_codes": {"zero": MAPPED["qbo"]}}
        with qbo_company.served() as url:
            async with qbo_company.connected(url, country="GB", chosen=chosen) as british:
                yield british
    else:
        chosen = {**xero_organisation.SETTINGS, "tax_codes": {"zero": MAPPED["xero"]}}
        async with xero_organisation.connected(chosen=chosen) as organisation:
            yield organisation


@pytest.fixture
def ledger(company: Company) -> LedgerHarness:
    return LedgerHarness(company)


@pytest_asyncio.fixture
async def harness(migrated_database_url: str, company: Company) -> AsyncIterator[SyncHarness]:
    async with open_sync_harness(migrated_database_url, company, realm="9341") as opened:
        yield opened


async def tax_codes(company: Company, document_type: DocumentType, record_id: str) -> list[str]:
    """Return the tax code of each line, as the ledger's own people see it."""
    if isinstance(company, QboCompany):
        record = await company.read(document_type.value.capitalize(), record_id)
        details = [one[one["DetailType"]] for one in record["Line"] if "Id" in one]
        return [detail["TaxCodeRef"]["value"] for detail in details]
    (element,) = await company.read(f"Invoices/{record_id}")
    return [one["TaxType"] for one in element["LineItems"]]


async def items(company: Company, document_type: DocumentType, record_id: str) -> list[str]:
    """Return the item of each line: the ledger's id of it, or its code in Xero."""
    if isinstance(company, QboCompany):
        record = await company.read(document_type.value.capitalize(), record_id)
        details = [one[one["DetailType"]] for one in record["Line"] if "Id" in one]
        return [detail.get("ItemRef", {}).get("value", "") for detail in details]
    (element,) = await company.read(f"Invoices/{record_id}")
    return [one.get("ItemCode", "") for one in element["LineItems"]]


def line(tax_code: str, **fields: Any) -> dict[str, Any]:
    least = {"id": "1", "item_id": "item", "unit_price": "10.00", "tax_rate": "0"}
    return {**least, "tax_code": tax_code, **fields}


@pytest.mark.accepts("MAP-16")
@pytest.mark.parametrize("document_type", TRADE)
async def test_a_line_carries_the_tax_code_that_the_tenant_mapped(
    company: Company, ledger: LedgerHarness, document_type: DocumentType
) -> None:
    fields = {"tax_mode": "exclusive", "lines": [line("zero")]}
    written = await ledger.stocked(document_type, **fields)
    found = await tax_codes(company, document_type, written.external.id)
    assert found == [MAPPED[company.provider.name]]


@pytest.mark.accepts("MAP-15")
@pytest.mark.parametrize("document_type", TRADE)
async def test_a_line_names_the_item_that_its_own_is_linked_to(
    company: Company, ledger: LedgerHarness, document_type: DocumentType
) -> None:
    other = await ledger.stocked(ITEM, id="other", code="WRK-2", name="Night work, hour")
    lines = [line("zero"), line("zero", id="2", item_id="other")]
    written = await ledger.stocked(document_type, tax_mode="exclusive", lines=lines)
    linked = [ledger.links[Reference(ITEM, "item")], other.external]
    expected = [one.id if isinstance(company, QboCompany) else one.code for one in linked]
    assert await items(company, document_type, written.external.id) == expected
    assert len(set(expected)) == 2


@pytest.mark.accepts("MAP-16")
@pytest.mark.parametrize("document_type", TRADE)
async def test_a_record_whose_tax_code_is_not_mapped_is_held_with_advice(
    company: Company,
    ledger: LedgerHarness,
    harness: SyncHarness,
    document_type: DocumentType,
) -> None:
    for kind in (ACCOUNT, ITEM, CUSTOMER, VENDOR):
        await harness.announce(kind, ledger.document(kind))
    await harness.work()
    lost = {"tax_mode": "exclusive", "lines": [line("luxury", tax_rate="33")]}
    await harness.announce(document_type, ledger.document(document_type, **lost))
    await harness.work()
    record = await harness.record(document_type.value)
    assert (record["state"], record["reason"]["code"]) == ("held", "tax_code_unmapped")
    assert "luxury" in record["reason"]["cause"]
    assert record["reason"]["fix"].startswith("Map ")
    assert await company.count(document_type) == 0
    mapped = {"tax_mode": "exclusive", "lines": [line("zero")]}
    await harness.announce(document_type, ledger.document(document_type, **mapped), 2)
    await harness.work()
    assert (await harness.record(document_type.value))["state"] == "agreed"
    assert await company.count(document_type) == 1


async def shown(company: Company, record_id: str) -> tuple[list[dict[str, Any]], Decimal]:
    """Return the lines of an invoice in common words, and its net total, as people see them."""
    if isinstance(company, QboCompany):
        record = await company.read("Invoice", record_id)
        lines = [one for one in record["Line"] if "Id" in one]
        details = [one["SalesItemLineDetail"] for one in lines]
        return [
            {
                "description": one.get("Description", ""),
                "amount": one["Amount"],
                "quantity": detail.get("Qty"),
                "price": detail.get("UnitPrice"),
                "class": detail.get("ClassRef", {}).get("name", ""),
                "discount": Decimal(0),
            }
            for one, detail in zip(lines, details, strict=True)
        ], record["TotalAmt"] - record["TxnTaxDetail"]["TotalTax"]
    (element,) = await company.read(f"Invoices/{record_id}", unitdp="4")
    return [
        {
            "description": one["Description"],
            "amount": one["LineAmount"],
            "quantity": one["Quantity"],
            "price": one["UnitAmount"],
            "class": next((t["Option"] for t in one["Tracking"]), ""),
            "discount": one.get("DiscountAmount", Decimal(0)),
        }
        for one in element["LineItems"]
    ], element["Total"] - element["TotalTax"]


@pytest.mark.accepts("ENT-11")
async def test_lines_keep_all_that_they_say_and_come_to_the_header(
    company: Company, ledger: LedgerHarness
) -> None:
    rate = company.tax_rate
    north, ten = {"class_code": "north"}, {"discount": {"percent": "10"}}
    said: list[dict[str, Any]] = [
        {"description": "Survey", "quantity": "12.5", "unit_price": "28.4", **north},
        {"description": "Less", "quantity": "3", "unit_price": "10", **ten},
        {"description": "On the house", "quantity": "0", "unit_price": "19.99"},
        {"description": "Free", "quantity": "4", "unit_price": "0", **north},
        {"description": "Odd", "quantity": "0.3333", "unit_price": "9.99999"},
    ]
    lines = [line("zero", id=str(n), **one) for n, one in enumerate(said)]
    lines[0] |= {"tax_code": "", "tax_rate": rate}
    fields = {"tax_mode": "exclusive", "lines": lines, "discount": {"amount": "1.00"}}
    written = await ledger.stocked(DocumentType.INVOICE, **fields)
    document = ledger.document(DocumentType.INVOICE, **fields)
    assert isinstance(document, TradeDocument)
    ours = document.totals()
    found, net = await shown(company, written.external.id)
    assert [one["class"] for one in found] == ["North", "", "", "North", ""]
    assert [one["amount"] for one in found] == [figure.net for figure in ours.lines]
    for sent, kept, figure in zip(document.lines, found, ours.lines, strict=True):
        assert kept["description"].startswith(sent.description)
        as_said = (sent.quantity, sent.unit_price) == (kept["quantity"], kept["price"])
        words = kept["description"].removeprefix(sent.description)
        told = f"{sent.quantity:f}" in words and f"{sent.unit_price.normalize():f}" in words
        assert as_said or told, kept
        less = figure.discount + figure.shared_discount
        assert not less or kept["discount"] == less or " less " in words, kept
        if as_said:
            product = sent.quantity * sent.unit_price - kept["discount"]
            assert product == kept["amount"]
    codes = await tax_codes(company, DocumentType.INVOICE, written.external.id)
    assert codes[1:] == [MAPPED[company.provider.name]] * 4
    assert codes[0] != codes[1]
    assert len(set(await items(company, DocumentType.INVOICE, written.external.id))) == 1
    assert sum(one["amount"] for one in found) == net == ours.net
    assert written.figures is not None
    assert (written.figures.total, written.figures.tax) == (ours.total, ours.tax)
