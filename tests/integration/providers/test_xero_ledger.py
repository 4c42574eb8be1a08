"""The Xero ledger against the simulator, over HTTP: the contract, and what is its own.

More than 400 lines because it is one list: each test is one fact of Xero, on one company.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from providers.base import Figures, Operation, Written
from providers.errors import Duplicate, Gone, NeedsPerson, Rejected
from providers.simulators.xero.app import create_app
from schemas.documents.document import DocumentType, Reference
from schemas.documents.trade import TradeDocument
from tests.contracts.ledger import LedgerContract
from tests.contracts.ledger_harness import (
    ACCOUNT,
    BILL,
    CUSTOMER,
    INVOICE,
    ITEM,
    PAYMENT,
    TRADE,
    VENDOR,
    LedgerHarness,
)
from tests.fakes.listening import listening
from tests.integration.providers.xero_organisation import (
    SECOND,
    XeroOrganisation,
    config,
    connected_at,
)

OTHER_POSITIONS = {
    "line_rounding": "down",
    "modified_since_inclusive": False,
    "bill_post_with_known_number": "update",
    "client_total": "refuse",
    "reuse_voided_numbers": True,
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    with listening(create_app(config())) as url:
        yield url


class XeroContract(LedgerContract):
    """The contract, with what Xero can't promise."""

    async def test_a_number_of_another_invoice_waits_for_a_person(
        self, ledger: LedgerHarness
    ) -> None:
        """Xero's invoices bear no mark of ours, so another one is one for another customer."""
        await ledger.stocked(INVOICE)
        await ledger.stocked(CUSTOMER, id="other", name="Other")
        other = ledger.write(ledger.document(INVOICE, id="another", customer_id="other"))
        assert isinstance(await ledger.error(Operation.CREATE, other), Duplicate)
        found = await ledger.found(other)
        assert isinstance(found, NeedsPerson)
        assert found.reason.code == "number_taken"
        assert await ledger.company.count(INVOICE) == 1


class TestNewZealandOrganisation(XeroContract):
    @pytest_asyncio.fixture
    async def company(self, simulator: str) -> AsyncIterator[XeroOrganisation]:
        async with connected_at(simulator) as opened:
            yield opened


class TestBritishOrganisation(XeroContract):
    @pytest_asyncio.fixture
    async def company(self, simulator: str) -> AsyncIterator[XeroOrganisation]:
        async with connected_at(simulator, tenant=SECOND) as opened:
            yield opened


class TestOrganisationWhereTheUnsureIsOtherwise(XeroContract):
    """The same with undocumented points in their other position."""

    @pytest_asyncio.fixture
    async def company(self, simulator: str) -> AsyncIterator[XeroOrganisation]:
        async with connected_at(simulator, switches=OTHER_POSITIONS) as opened:
            yield opened


@pytest_asyncio.fixture
async def company(simulator: str) -> AsyncIterator[XeroOrganisation]:
    async with connected_at(simulator) as opened:
        yield opened


@pytest.fixture
def ledger(company: XeroOrganisation) -> LedgerHarness:
    return LedgerHarness(company)


def line(rate: str = "15", **fields: Any) -> dict[str, Any]:
    """Return a line of an hour of field work."""
    return {"id": "1", "item_id": "item", "unit_price": "19.99", "tax_rate": rate, **fields}


def taxed(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return the fields of a document with tax on top."""
    return {"tax_mode": "exclusive", "lines": lines or (line(),), **fields}


def figures(total: str, tax: str, balance: str) -> Figures:
    return Figures(Decimal(total), Decimal(tax), Decimal(balance))


# Contacts


@pytest.mark.accepts("ENT-01")
async def test_a_customer_becomes_a_contact_with_our_mark(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    written = await ledger.stocked(CUSTOMER, given_name="Ines", phone="04 555 0100")
    (contact,) = await company.read(f"Contacts/{written.external.id}")
    assert contact["Name"] == "O'Hara & Sons \\ Ltd"
    assert contact["ContactNumber"] == "customer-customer"
    assert contact["FirstName"] == "Ines"
    assert contact["EmailAddress"] == "ap@ohara.example"
    phones = {phone["PhoneType"]: phone for phone in contact["Phones"]}
    assert phones["DEFAULT"]["PhoneNumber"] == "04 555 0100"
    addresses = {address["AddressType"]: address for address in contact["Addresses"]}
    assert addresses["POBOX"]["AddressLine1"] == "14 Quay Rd"
    assert written.external.sync_token.isdigit()


@pytest.mark.accepts("ENT-02")
async def test_an_update_leaves_what_a_person_wrote(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    written = await ledger.stocked(CUSTOMER, phone="1")
    path = f"Contacts/{written.external.id}"
    await company.person_does(path, {"Name": "Renamed by a person", "TaxNumber": "12"})
    moved = ledger.document(CUSTOMER, phone="", address={"city": "Auckland"})
    await ledger.done(Operation.UPDATE, ledger.write(moved, "address", "phone"))
    (contact,) = await company.read(path)
    assert (contact["Name"], contact["TaxNumber"]) == ("Renamed by a person", "12")
    addresses = {address["AddressType"]: address for address in contact["Addresses"]}
    assert (addresses["POBOX"]["AddressLine1"], addresses["POBOX"]["City"]) == ("", "Auckland")
    assert all(phone["PhoneNumber"] == "" for phone in contact["Phones"])


@pytest.mark.accepts("ENT-02")
async def test_a_change_of_name_and_mail_arrives(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    written = await ledger.stocked(CUSTOMER, given_name="Ines")
    path = f"Contacts/{written.external.id}"
    await company.person_does(path, {"TaxNumber": "12", "LastName": "Ito"})
    changes = {"name": "O'Hara Brothers Ltd", "email": "books@ohara.example"}
    changed = ledger.document(CUSTOMER, given_name="Ines", **changes)
    await ledger.done(Operation.UPDATE, ledger.write(changed, *changes))
    (contact,) = await company.read(path)
    assert (contact["Name"], contact["EmailAddress"]) == tuple(changes.values())
    assert (contact["TaxNumber"], contact["FirstName"], contact["LastName"]) == (
        "12",
        "Ines",
        "Ito",
    )


@pytest.mark.accepts("ENT-41")
async def test_a_vendor_of_a_customers_name_shares_its_contact(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    customer = await ledger.stocked(CUSTOMER, name='Bob "The Baker", \\ Ltd')
    vendor = ledger.write(ledger.document(VENDOR, name='bob "the baker", \\ ltd'))
    assert isinstance(await ledger.error(Operation.CREATE, vendor), Duplicate)
    found = await ledger.found(vendor)
    assert isinstance(found, Written)
    assert found.external.id == customer.external.id
    assert await company.count(CUSTOMER) == 1


async def test_a_customer_and_a_vendor_of_one_number_are_two_contacts(
    ledger: LedgerHarness,
) -> None:
    customer = await ledger.stocked(CUSTOMER, id="17")
    vendor = await ledger.stocked(VENDOR, id="17")
    assert customer.external.id != vendor.external.id
    found = await ledger.found(
        replace(ledger.write(ledger.document(VENDOR, id="17")), external=None)
    )
    assert isinstance(found, Written)
    assert found.external.id == vendor.external.id


async def test_a_name_of_another_customer_waits_for_a_person(ledger: LedgerHarness) -> None:
    await ledger.stocked(CUSTOMER)
    other = ledger.write(ledger.document(CUSTOMER, id="other"))
    found = await ledger.found(other)
    assert isinstance(found, NeedsPerson)
    assert found.reason.code == "name_taken"


async def test_a_new_name_that_is_taken_waits_for_a_person(ledger: LedgerHarness) -> None:
    await ledger.stocked(CUSTOMER, name="Nordic Ltd")
    await ledger.stocked(VENDOR, name="Southern Ltd")
    renamed = ledger.write(ledger.document(VENDOR, name="Nordic Ltd"), "name")
    error = await ledger.error(Operation.UPDATE, renamed)
    assert isinstance(error, NeedsPerson)
    assert error.reason.code == "name_taken"


# Items and accounts


async def test_an_item_has_four_decimals_and_the_accounts_it_needs(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    written = await ledger.stocked(ITEM, sales_price="28.1234")
    path = f"Items/{written.external.id}"
    (item,) = await company.read(path, unitdp="4")
    assert item["SalesDetails"] == {"UnitPrice": Decimal("28.1234"), "AccountCode": "4711"}
    assert item["PurchaseDetails"]["AccountCode"] == "429"
    await company.person_does(
        "Items", {"Code": "WRK-1", "PurchaseDetails": {"AccountCode": "300"}}
    )
    cheaper = ledger.write(ledger.document(ITEM, purchase_price="8.5"), "purchase_price")
    await ledger.done(Operation.UPDATE, cheaper)
    (item,) = await company.read(path, unitdp="4")
    assert item["PurchaseDetails"] == {"UnitPrice": Decimal("8.5"), "AccountCode": "300"}


async def test_an_item_that_comes_back_has_its_prices_again(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    written = await ledger.stocked(ITEM)
    path = f"Items/{written.external.id}"
    (before,) = await company.read(path)
    for active in (False, True):
        write = ledger.write(ledger.document(ITEM, active=active), "active")
        await ledger.done(Operation.UPDATE, write)
    (after,) = await company.read(path)
    assert {**after, "UpdatedDateUTC": ""} == {**before, "UpdatedDateUTC": ""}


async def test_an_account_is_renamed_and_archived_in_one_write(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    written = await ledger.stocked(ACCOUNT)
    away = ledger.document(ACCOUNT, name="Old work", active=False)
    result = await ledger.done(Operation.UPDATE, ledger.write(away, "name", "active"))
    assert result.voided
    (account,) = await company.read(f"Accounts/{written.external.id}")
    assert (account["Name"], account["Status"]) == ("Old work", "ARCHIVED")


async def test_an_account_of_the_code_is_taken_over_if_it_is_of_the_kind(
    ledger: LedgerHarness,
) -> None:
    found = await ledger.found(ledger.write(ledger.document(ACCOUNT, code="200")))
    assert isinstance(found, Written)
    assert found.external.code == "200"
    other = await ledger.found(
        ledger.write(ledger.document(ACCOUNT, code="200", kind="expense"))
    )
    assert isinstance(other, NeedsPerson)
    assert other.reason.code == "code_taken"


async def test_an_account_of_the_name_waits_for_a_person(ledger: LedgerHarness) -> None:
    write = ledger.write(ledger.document(ACCOUNT, name="Sales"))
    assert isinstance(await ledger.error(Operation.CREATE, write), Duplicate)
    found = await ledger.found(write)
    assert isinstance(found, NeedsPerson)
    assert found.reason.code == "name_taken"


async def test_a_bank_account_is_linked_but_never_made(ledger: LedgerHarness) -> None:
    bank = ledger.write(ledger.document(ACCOUNT, code="090", name="Bank", kind="bank"))
    refused = await ledger.error(Operation.CREATE, bank)
    assert refused.reason.code == "bank_account_by_hand"
    assert isinstance(await ledger.found(bank), Written)


# Invoices


@pytest.mark.accepts("ENT-09")
async def test_an_invoice_arrives_approved_with_its_header(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    written = await ledger.stocked(INVOICE, reference="SO-1187")
    (found,) = await company.read(f"Invoices/{written.external.id}")
    assert (found["Type"], found["Status"]) == ("ACCREC", "AUTHORISED")
    assert (found["InvoiceNumber"], found["Reference"]) == ("INV-77", "SO-1187")
    assert found["DateString"] == "2026-07-06T00:00:00"
    assert found["DueDateString"] == "2026-08-20T00:00:00"
    assert found["CurrencyCode"] == "NZD"


@pytest.mark.accepts("ENT-11", "MAP-15", "MAP-16")
async def test_lines_keep_item_quantity_price_discount_tax_and_description(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    ten = {"percent": "10"}
    lines = (
        line(quantity="12.5", unit_price="28.4", discount=ten, description="Survey"),
        line(id="2", description="On the house", unit_price="0"),
        line(id="3", description="Rounded", quantity="3.3333", unit_price="9.9999"),
        line(id="4", description="Back", quantity="-1", account_id="account", item_id=None),
        line(id="5", description="", tax_code="standard"),
    )
    fields = taxed(*lines, discount={"percent": "5"})
    written = await ledger.stocked(INVOICE, **fields)
    document = ledger.document(INVOICE, **fields)
    assert isinstance(document, TradeDocument)
    ours = document.totals()
    assert written.figures == Figures(ours.total, ours.tax, ours.total)
    (found,) = await company.read(f"Invoices/{written.external.id}", unitdp="4")
    one, two, three, four, five = found["LineItems"]
    assert (one["Description"], one["ItemCode"], one["AccountCode"]) == (
        "Survey",
        "WRK-1",
        "4711",
    )
    assert (one["Quantity"], one["UnitAmount"]) == (Decimal("12.5"), Decimal("28.4"))
    assert one["DiscountAmount"] == ours.lines[0].discount + ours.lines[0].shared_discount
    assert two["LineAmount"] == 0
    assert three["Description"].startswith("Rounded (3.3333 × 9.9999")  # noqa: RUF001 - for people
    assert (four["AccountCode"], four["LineAmount"]) == ("4711", ours.lines[3].amount)
    assert five["LineAmount"] == ours.lines[4].amount
    assert {entry["TaxType"] for entry in found["LineItems"]} == {"OUTPUT2"}
    of_lines = sum(entry["LineAmount"] for entry in found["LineItems"])
    assert of_lines + found["TotalTax"] == found["Total"] == ours.total


@pytest.mark.accepts("MAP-16")
async def test_a_tax_code_that_is_not_mapped_holds_only_its_own_document(
    ledger: LedgerHarness,
) -> None:
    lost = taxed(line("33", tax_code="luxury"))
    held = await ledger.prepared(INVOICE, id="held", number="H-1", **lost)
    fine = await ledger.prepared(INVOICE)
    first, second = await ledger.company.ledger.write(Operation.CREATE, [held, fine])
    assert isinstance(first, NeedsPerson)
    assert first.reason.code == "tax_code_unmapped"
    assert "luxury" in first.reason.cause
    assert isinstance(second, Written)


@pytest.mark.accepts("ERR-11")
async def test_one_bad_document_of_a_full_batch_does_not_block_the_others(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    limit = company.provider.batch_limit(INVOICE, Operation.CREATE)
    numbers = [f"N-{n}" for n in range(limit)]
    writes = [await ledger.prepared(INVOICE, id=n, number=n) for n in numbers]
    writes[7] = await ledger.prepared(INVOICE, id="bad", number="bad", currency="JPY")
    company.calls.clear()
    results = await ledger.company.ledger.write(Operation.CREATE, writes)
    assert len(company.calls) == 1
    found = {e["InvoiceID"]: e["InvoiceNumber"] for e in await company.read("Invoices")}
    bad = results[7]
    assert isinstance(bad, NeedsPerson)
    assert bad.reason.code == "currency_missing"
    for number, result in zip(numbers, results, strict=True):
        assert result is bad or isinstance(result, Written)
        assert not isinstance(result, Written) or found[result.external.id] == number


async def test_new_lines_replace_the_old_ones_and_the_rest_stays(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    written = await ledger.stocked(INVOICE, **taxed())
    path = f"Invoices/{written.external.id}"
    await company.person_does(path, {"Reference": "by hand"})
    changed = ledger.document(INVOICE, **taxed(line(unit_price="10.0001")))
    result = await ledger.done(Operation.UPDATE, ledger.write(changed, "lines", "total"))
    assert result.figures == figures("11.50", "1.50", "11.50")
    (found,) = await company.read(path)
    assert (found["Reference"], found["InvoiceNumber"]) == ("by hand", "INV-77")
    assert len(found["LineItems"]) == 1


async def test_a_new_due_date_does_not_touch_prices_of_four_decimals(
    ledger: LedgerHarness,
) -> None:
    fields = taxed(line(quantity="100", unit_price="1.2345"))
    written = await ledger.stocked(INVOICE, **fields)
    assert written.figures == figures("141.97", "18.52", "141.97")
    later = ledger.document(INVOICE, **fields, due_on="2026-09-01")
    result = await ledger.done(Operation.UPDATE, ledger.write(later, "due_on"))
    assert result.figures == written.figures


def by_hand(contact_id: str, **fields: Any) -> dict[str, Any]:
    """Return an invoice that a person writes with a number of ours; 59.97 without tax."""
    return {
        "Type": "ACCREC",
        "Contact": {"ContactID": contact_id},
        "InvoiceNumber": "INV-77",
        "Date": "2026-07-06",
        "LineAmountTypes": "NoTax",
        "LineItems": [{"Description": "x", "UnitAmount": 59.97}],
        **fields,
    }


async def test_an_invoice_that_a_person_wrote_is_linked_where_all_agrees(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    customer = await ledger.stocked(CUSTOMER)
    await company.person_does("Invoices", by_hand(customer.external.id))
    assert isinstance(await ledger.found(await ledger.prepared(INVOICE)), Written)


@pytest.mark.parametrize(
    "fields", [{"Date": "2019-01-01"}, {"LineItems": [{"Description": "x", "UnitAmount": 1}]}]
)
async def test_an_invoice_that_a_person_wrote_is_left_alone_where_it_differs(
    company: XeroOrganisation, ledger: LedgerHarness, fields: dict[str, Any]
) -> None:
    customer = await ledger.stocked(CUSTOMER)
    await company.person_does("Invoices", by_hand(customer.external.id, **fields))
    found = await ledger.found(await ledger.prepared(INVOICE))
    assert isinstance(found, NeedsPerson)
    assert found.reason.code == "number_taken"


async def test_our_own_invoice_is_found_though_it_changed(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    written = await ledger.stocked(INVOICE)
    changed = ledger.write(ledger.document(INVOICE, **taxed(), issued_on="2026-07-07"))
    found = await ledger.found(replace(changed, external=None))
    assert isinstance(found, Written)
    assert found.external.id == written.external.id


async def test_a_draft_is_deleted_when_it_is_voided(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    customer = await ledger.stocked(CUSTOMER)
    await company.person_does("Invoices", by_hand(customer.external.id))
    found = await ledger.found(await ledger.prepared(INVOICE))
    assert isinstance(found, Written)
    ledger.links[Reference(INVOICE, "invoice")] = found.external
    void = ledger.write(ledger.document(INVOICE, status="voided"))
    assert (await ledger.done(Operation.VOID, void)).voided
    (gone,) = await company.read(f"Invoices/{found.external.id}")
    assert gone["Status"] == "DELETED"


@pytest.mark.accepts("ENT-10")
async def test_a_paid_invoice_can_be_neither_voided_nor_changed(ledger: LedgerHarness) -> None:
    await ledger.stocked(PAYMENT)
    void = ledger.write(ledger.document(INVOICE, status="voided"))
    changed = ledger.write(ledger.document(INVOICE, **taxed()), "lines", "tax_mode")
    for operation, write in ((Operation.VOID, void), (Operation.UPDATE, changed)):
        error = await ledger.error(operation, write)
        assert isinstance(error, NeedsPerson)
        assert error.reason.code == "has_payments"


async def test_a_number_of_a_void_invoice_waits_for_a_person(ledger: LedgerHarness) -> None:
    await ledger.stocked(INVOICE)
    await ledger.done(Operation.VOID, ledger.write(ledger.document(INVOICE, status="voided")))
    found = await ledger.found(replace(ledger.write(ledger.document(INVOICE)), external=None))
    assert isinstance(found, NeedsPerson)
    assert found.reason.code == "number_taken"


async def test_odd_numbers_are_found_too(ledger: LedgerHarness) -> None:
    numbers = ['A, B "C" / D', "plain", "case-X"]
    for number in numbers:
        await ledger.stocked(INVOICE, id=number, number=number)
    numbers[2] = "CASE-x"
    documents = [ledger.document(INVOICE, id=number, number=number) for number in numbers]
    writes = [replace(ledger.write(document), external=None) for document in documents]
    assert all(isinstance(r, Written) for r in await ledger.company.ledger.find(writes))


async def test_a_locked_period_waits_for_a_person(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    path = f"organisations/{company.tenant}"
    await company.control(path, {"period_lock_date": "2026-07-31"})
    held = await ledger.error(Operation.CREATE, await ledger.prepared(INVOICE))
    assert isinstance(held, NeedsPerson)
    assert held.reason.code == "period_locked"
    assert "31-Jul-2026" in held.reason.cause


@pytest.mark.parametrize("document_type", TRADE)
async def test_a_change_of_what_is_gone_says_so(
    company: XeroOrganisation, ledger: LedgerHarness, document_type: DocumentType
) -> None:
    await ledger.stocked(document_type)
    write = ledger.write(ledger.document(document_type, due_on="2026-09-01"), "due_on")
    assert write.external is not None
    lost = replace(write, external=replace(write.external, id=company.unknown_id))
    assert isinstance(await ledger.error(Operation.UPDATE, lost), Gone)
    assert await ledger.found(lost) is None


# Bills


@pytest.mark.accepts("MAP-19")
async def test_a_bill_arrives_with_its_discounts_in_its_prices(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    fields = taxed(
        line(quantity="12", discount={"percent": "12.5"}), discount={"amount": "9.99"}
    )
    written = await ledger.stocked(BILL, **fields, reference="PO 7")
    document = ledger.document(BILL, **fields)
    assert isinstance(document, TradeDocument)
    ours = document.totals()
    assert written.figures == Figures(ours.total, ours.tax, ours.total)
    (found,) = await company.read(f"Invoices/{written.external.id}")
    assert (found["Type"], found["InvoiceNumber"]) == ("ACCPAY", "NS-88731")
    assert found["Reference"] == "ledgerlane:bill PO 7"
    (only,) = found["LineItems"]
    assert (only["TaxType"], only["LineAmount"]) == ("INPUT2", ours.lines[0].amount)


async def test_a_bill_is_told_from_others_of_its_number(ledger: LedgerHarness) -> None:
    mine = await ledger.stocked(BILL)
    await ledger.stocked(BILL, id="second")
    await ledger.stocked(VENDOR, id="other", name="Other", account_number="")
    await ledger.stocked(BILL, id="third", vendor_id="other")
    assert (
        await ledger.found(replace(ledger.write(ledger.document(BILL)), external=None)) == mine
    )
    assert await ledger.found(ledger.write(ledger.document(BILL, id="fourth"))) is None


async def test_a_bill_without_our_mark_is_known_by_contact_and_total(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    mine = await ledger.stocked(BILL)
    await company.person_does(f"Invoices/{mine.external.id}", {"Reference": ""})
    found = await ledger.found(replace(ledger.write(ledger.document(BILL)), external=None))
    assert isinstance(found, Written)
    assert found.external.id == mine.external.id
    other = ledger.write(ledger.document(BILL, **taxed()))
    assert await ledger.found(replace(other, external=None)) is None


# Payments


@pytest.mark.accepts("ENT-22")
async def test_a_payment_settles_its_invoice(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    part = {"amount": "10.00", "allocations": [{"invoice_id": "invoice", "amount": "10.00"}]}
    paid = await ledger.stocked(PAYMENT, **part)
    (found,) = await company.read(f"Payments/{paid.external.id}")
    assert found["Reference"] == "ledgerlane:payment cheque 9"
    assert found["Account"]["Code"] == "090"
    now = await ledger.found(ledger.write(ledger.document(INVOICE)))
    assert isinstance(now, Written)
    assert now.external.id == found["Invoice"]["InvoiceID"]
    assert now.figures == figures("59.97", "0", "49.97")


def settling(*amounts: tuple[str, str]) -> dict[str, Any]:
    """Return the fields of a payment that settles these amounts of these invoices."""
    return {
        "amount": str(sum(Decimal(amount) for _, amount in amounts)),
        "allocations": [{"invoice_id": i, "amount": amount} for i, amount in amounts],
    }


async def test_a_payment_of_several_invoices_is_a_batch(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    await ledger.stocked(INVOICE, id="second", number="INV-78")
    fields = settling(("invoice", "59.97"), ("second", "10.00"))
    paid = await ledger.stocked(PAYMENT, **fields)
    (batch,) = await company.read("BatchPayments")
    assert batch["BatchPaymentID"] == paid.external.id
    assert batch["TotalAmount"] == Decimal("69.97")
    write = ledger.write(ledger.document(PAYMENT, **fields))
    assert await ledger.found(write) == paid
    assert await ledger.found(replace(write, external=None)) == paid
    void = ledger.write(ledger.document(PAYMENT, **fields, status="voided"))
    assert (await ledger.done(Operation.VOID, void)).voided
    now = await ledger.found(
        ledger.write(ledger.document(INVOICE, id="second", number="INV-78"))
    )
    assert isinstance(now, Written)
    assert now.figures == figures("59.97", "0", "59.97")


async def test_single_and_batch_payments_go_in_one_write(ledger: LedgerHarness) -> None:
    await ledger.stocked(INVOICE)
    await ledger.stocked(INVOICE, id="second", number="INV-78")
    documents = [
        ledger.document(PAYMENT, id="one", **settling(("invoice", "1"))),
        ledger.document(PAYMENT, id="two", **settling(("invoice", "2"), ("second", "3"))),
        ledger.document(PAYMENT, id="much", **settling(("second", "999"))),
        ledger.document(PAYMENT, id="rest", **{**settling(("second", "4")), "amount": "5"}),
    ]
    writes = [ledger.write(document) for document in documents]
    one, two, much, rest = await ledger.company.ledger.write(Operation.CREATE, writes)
    assert isinstance(one, Written)
    assert isinstance(two, Written)
    assert isinstance(much, NeedsPerson)
    assert much.reason.code == "payment_exceeds_due"
    assert isinstance(rest, Rejected)
    assert rest.reason.code == "payment_unallocated"


async def test_a_payment_that_a_person_deleted_is_found_void(
    company: XeroOrganisation, ledger: LedgerHarness
) -> None:
    paid = await ledger.stocked(PAYMENT)
    await company.person_does(f"Payments/{paid.external.id}", {"Status": "DELETED"})
    found = await ledger.found(replace(ledger.write(ledger.document(PAYMENT)), external=None))
    assert isinstance(found, Written)
    assert found.voided
    assert found.external.id == paid.external.id
