"""The QuickBooks ledger against the simulator, over HTTP: the contract, and what is its own."""

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from providers.base import Operation, Written
from providers.errors import Duplicate, NeedsPerson, Stale, Unauthorized
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
from tests.integration.providers.qbo_company import QboCompany, connected, served

OTHER_POSITIONS = {
    "void_response": "short",
    "duplicate_name_detail": "text",
    "throttle_body": "json",
    "retry_after": True,
    "add_unknown_field": True,
    "ref_name_style": "short",
    "query_total_count": False,
    "replay_faults": True,
    "link_bumps_sync_token": True,
    "reactivation_strips_suffix": True,
    "rotates_after_s": 0,
    "old_value_grace_s": 0,
    "void_with_payment": "unlink",
    "query_typography": "accept",
    "control_characters": "strip",
    "minor_units": "refuse",
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    with served() as url:
        yield url


class TestUsCompany(LedgerContract):
    @pytest_asyncio.fixture
    async def company(self, simulator: str) -> AsyncIterator[QboCompany]:
        async with connected(simulator) as opened:
            yield opened


class TestBritishCompany(LedgerContract):
    @pytest_asyncio.fixture
    async def company(self, simulator: str) -> AsyncIterator[QboCompany]:
        async with connected(
            simulator, country="GB", multicurrency=True, custom_numbers=True
        ) as opened:
            yield opened


class TestUsCompanyWhereTheUnsureIsOtherwise(LedgerContract):
    """The same with every undocumented point in its other position."""

    @pytest_asyncio.fixture
    async def company(self, simulator: str) -> AsyncIterator[QboCompany]:
        async with connected(simulator, OTHER_POSITIONS) as opened:
            yield opened


@pytest_asyncio.fixture
async def company(simulator: str) -> AsyncIterator[QboCompany]:
    async with connected(simulator) as opened:
        yield opened


@pytest.fixture
def ledger(company: QboCompany) -> LedgerHarness:
    return LedgerHarness(company)


def line(rate: str = "0", **fields: Any) -> dict[str, Any]:
    return {"id": "1", "item_id": "item", "unit_price": "19.99", "tax_rate": rate, **fields}


@pytest.mark.accepts("ENT-01")
async def test_a_customer_arrives_with_all_that_is_known(
    company: QboCompany, ledger: LedgerHarness
) -> None:
    written = await ledger.stocked(CUSTOMER, given_name="Ines", phone="(555) 010-2299")
    customer = await company.read("Customer", written.external.id)
    assert customer["DisplayName"] == "O'Hara & Sons \\ Ltd"
    assert customer["GivenName"] == "Ines"
    assert customer["PrimaryPhone"] == {"FreeFormNumber": "(555) 010-2299"}
    assert customer["BillAddr"]["Country"] == "USA"
    assert customer["SyncToken"] == written.external.sync_token


@pytest.mark.accepts("ENT-02")
async def test_an_update_leaves_what_a_person_wrote(
    company: QboCompany, ledger: LedgerHarness
) -> None:
    written = await ledger.stocked(CUSTOMER)
    link = {"Id": written.external.id, "SyncToken": written.external.sync_token}
    await company.person_does("Customer", {**link, "sparse": True, "Notes": "pays late"})
    changed = ledger.write(ledger.document(CUSTOMER, email=None), "email")
    assert isinstance(await ledger.result(Operation.UPDATE, changed), Stale)
    seen = await ledger.found(changed)
    assert isinstance(seen, Written)
    ledger.links[ledger.document(INVOICE).references()[0]] = seen.external
    await ledger.done(
        Operation.UPDATE, ledger.write(ledger.document(CUSTOMER, email=None), "email")
    )
    customer = await company.read("Customer", written.external.id)
    assert customer["Notes"] == "pays late"
    assert "PrimaryEmailAddr" not in customer
    assert customer["BillAddr"]["City"] == "Oakland"


@pytest.mark.accepts("ENT-02")
async def test_a_change_of_name_mail_phone_and_address_arrives(
    company: QboCompany, ledger: LedgerHarness
) -> None:
    written = await ledger.stocked(CUSTOMER, phone="1", given_name="Ines")
    link = {"Id": written.external.id, "SyncToken": written.external.sync_token}
    people = {"Notes": "pays late", "Taxable": False, "FamilyName": "Ito"}
    await company.person_does("Customer", {**link, "sparse": True, **people})
    seen = await ledger.found(ledger.write(ledger.document(CUSTOMER)))
    assert isinstance(seen, Written)
    ledger.links[Reference(CUSTOMER, "customer")] = seen.external
    changes = {
        "name": "O'Hara Brothers Ltd",
        "email": "books@ohara.example",
        "phone": "(555) 010-2300",
        "address": {"lines": ["15 Pier Rd"], "city": "Alameda", "country": "US"},
    }
    changed = ledger.document(CUSTOMER, given_name="Ines", **changes)
    await ledger.done(Operation.UPDATE, ledger.write(changed, *changes))
    customer = await company.read("Customer", written.external.id)
    assert customer["DisplayName"] == "O'Hara Brothers Ltd"
    assert customer["PrimaryEmailAddr"] == {"Address": "books@ohara.example"}
    assert customer["PrimaryPhone"] == {"FreeFormNumber": "(555) 010-2300"}
    assert (customer["BillAddr"]["Line1"], customer["BillAddr"]["City"]) == (
        "15 Pier Rd",
        "Alameda",
    )
    assert {name: customer[name] for name in people} == people
    assert customer["GivenName"] == "Ines"


@pytest.mark.accepts("ENT-07")
@pytest.mark.parametrize("detail", ["id", "null", "text"])
async def test_a_vendor_may_be_called_as_a_customer(
    company: QboCompany, ledger: LedgerHarness, detail: str
) -> None:
    await company.control("switches", {"duplicate_name_detail": detail})
    await ledger.stocked(CUSTOMER, name="Acme")
    write = await ledger.prepared(VENDOR, name="Acme")
    written = await ledger.done(Operation.CREATE, write)
    vendor = await company.read("Vendor", written.external.id)
    assert vendor["DisplayName"] == "Acme (Vendor)"
    found = await ledger.found(write)
    assert isinstance(found, Written)
    assert found.external.id == written.external.id
    renamed = ledger.write(ledger.document(VENDOR, name="Acme", email="a@b.example"), "name")
    assert (await ledger.done(Operation.UPDATE, renamed)).external.id == written.external.id


@pytest.mark.accepts("ENT-09", "ENT-11", "MAP-15")
async def test_an_invoice_arrives_with_its_lines(
    company: QboCompany, ledger: LedgerHarness
) -> None:
    lines = [
        line("8", quantity="3", description="Survey"),
        line(id="2", quantity="0", description="On the house"),
        line("8", id="3", unit_price="0.3333", quantity="7", discount={"percent": "5"}),
    ]
    written = await ledger.stocked(
        INVOICE, tax_mode="exclusive", lines=lines, discount={"percent": "10"}
    )
    invoice = await company.read("Invoice", written.external.id)
    assert invoice["DocNumber"] == "INV-77"
    assert invoice["TxnDate"] == "2026-07-06"
    assert invoice["DueDate"] == "2026-08-20"
    assert invoice["CurrencyRef"]["value"] == "USD"
    assert invoice["PrivateNote"] == "ledgerlane:invoice"
    kinds = [one["DetailType"] for one in invoice["Line"]]
    assert kinds.count("SalesItemLineDetail") == 3
    assert kinds.count("DiscountLineDetail") == 1
    first = invoice["Line"][0]["SalesItemLineDetail"]
    assert (first["Qty"], first["UnitPrice"]) == (3, Decimal("19.99"))
    assert first["TaxCodeRef"]["value"] == "TAX"
    one, two, three = (
        entry for entry in invoice["Line"] if entry["DetailType"] == "SalesItemLineDetail"
    )
    item = ledger.links[Reference(ITEM, "item")]
    details = [entry["SalesItemLineDetail"] for entry in (one, two, three)]
    assert {detail["ItemRef"]["value"] for detail in details} == {item.id}
    assert one["Description"] == "Survey"
    assert (two["Description"], two["Amount"]) == ("On the house", 0)
    assert three["Description"] == "(7 x 0.3333 less 5 %)"
    assert details[1]["TaxCodeRef"]["value"] == "NON"
    document = ledger.document(
        INVOICE, tax_mode="exclusive", lines=lines, discount={"percent": "10"}
    )
    assert isinstance(document, TradeDocument)
    ours = document.totals()
    (taken_off,) = (
        entry for entry in invoice["Line"] if entry["DetailType"] == "DiscountLineDetail"
    )
    of_lines = sum(entry["Amount"] for entry in (one, two, three))
    header = of_lines - taken_off["Amount"] + invoice["TxnTaxDetail"]["TotalTax"]
    assert header == invoice["TotalAmt"] == ours.total


@pytest.mark.accepts("ENT-09", "ENT-18")
@pytest.mark.parametrize("country", ["US", "GB", "CA", "AU"])
@pytest.mark.parametrize("document_type", TRADE)
async def test_odd_prices_come_to_the_same_cent_everywhere(
    simulator: str, country: str, document_type: DocumentType
) -> None:
    rate = {"US": "8", "GB": "20", "CA": "12", "AU": "10"}[country]
    async with connected(simulator, country=country) as opened:
        ledger = LedgerHarness(opened)
        for number, mode in enumerate(("exclusive", "inclusive", "none")):
            fields: dict[str, Any] = {
                "id": f"odd{number}",
                "number": f"ODD-{number}",
                "tax_mode": mode,
                "discount": {"percent": "3.7"},
                "lines": [
                    line(rate, unit_price="0.0167", quantity="333"),
                    line(rate, id="2", unit_price="33.33", discount={"amount": "0.07"}),
                    line("0", id="3", unit_price="-1.11", quantity="2.5"),
                    line(rate, id="4", unit_price="99.995", quantity="1.3333"),
                ],
            }
            if country == "GB":  # there are two codes without tax there
                fields["lines"].pop(2)
            written = await ledger.stocked(document_type, **fields)
            document = ledger.document(document_type, **fields)
            assert isinstance(document, TradeDocument)
            totals = document.totals()
            assert written.figures is not None
            assert (written.figures.total, written.figures.tax) == (totals.total, totals.tax)
            if mode == "none":  # 5.35 + 32.03 - 2.68 + 128.39, by hand
                assert totals.total == Decimal("165.77" if country == "GB" else "163.09")


async def test_two_codes_without_tax_are_for_a_person_to_tell_apart(simulator: str) -> None:
    async with connected(simulator, country="GB") as opened:
        ledger = LedgerHarness(opened)
        lines = [line("20"), line("0", id="2")]
        write = await ledger.prepared(INVOICE, tax_mode="exclusive", lines=lines)
        result = await ledger.result(Operation.CREATE, write)
        assert isinstance(result, NeedsPerson)
        assert result.reason.code == "tax_code_unmapped"
        assert "Exempt" in result.reason.cause


@pytest.mark.accepts("ENT-22")
async def test_a_payment_settles_its_invoice(
    company: QboCompany, ledger: LedgerHarness
) -> None:
    invoice = await ledger.stocked(INVOICE)
    payment = await ledger.stocked(PAYMENT, amount="100.00")
    shown = await company.read("Payment", payment.external.id)
    assert shown["UnappliedAmt"] == Decimal("40.03")
    assert shown["DepositToAccountRef"]["value"] == "35"
    assert shown["PaymentRefNum"] == "cheque 9"
    paid = await company.read("Invoice", invoice.external.id)
    assert paid["Balance"] == 0


async def test_a_voided_payment_opens_its_invoice_again(
    company: QboCompany, ledger: LedgerHarness
) -> None:
    invoice = await ledger.stocked(INVOICE)
    await ledger.stocked(PAYMENT)
    await ledger.done(Operation.VOID, ledger.write(ledger.document(PAYMENT, status="voided")))
    assert (await company.read("Invoice", invoice.external.id))["Balance"] == Decimal("59.97")


async def test_a_paid_bill_is_not_taken_out(company: QboCompany, ledger: LedgerHarness) -> None:
    bill = await ledger.stocked(BILL)
    body = await company.read("Bill", bill.external.id)
    linked = {"TxnId": bill.external.id, "TxnType": "Bill"}
    await company.person_does(
        "BillPayment",
        {
            "VendorRef": body["VendorRef"],
            "PayType": "Check",
            "CheckPayment": {"BankAccountRef": {"value": "35"}},
            "TotalAmt": 10,
            "Line": [{"Amount": 10, "LinkedTxn": [linked]}],
        },
    )
    void = ledger.write(ledger.document(BILL, status="voided"))
    assert (await ledger.error(Operation.VOID, void)).reason.code == "has_payments"


async def test_an_account_number_in_use_leads_to_its_account(ledger: LedgerHarness) -> None:
    written = await ledger.stocked(ACCOUNT)
    other = ledger.write(ledger.document(ACCOUNT, id="other", name="Another"))
    assert (await ledger.error(Operation.CREATE, other)).reason.code == "number_taken"
    found = await ledger.found(other)
    assert isinstance(found, Written)
    assert found.external.id == written.external.id


async def test_an_item_with_another_code_keeps_its_name(ledger: LedgerHarness) -> None:
    await ledger.stocked(ITEM)
    other = ledger.write(ledger.document(ITEM, id="other", code="WRK-2"))
    assert (await ledger.error(Operation.CREATE, other)).reason.code == "name_taken"
    found = await ledger.found(other)
    assert isinstance(found, NeedsPerson)
    assert "WRK-1" in found.reason.cause


async def test_a_closed_period_waits_for_a_person(
    company: QboCompany, ledger: LedgerHarness
) -> None:
    write = await ledger.prepared(INVOICE)
    await company.control(f"companies/{company.realm_id}", {"close_books": "2026-12-31"})
    assert (await ledger.error(Operation.CREATE, write)).reason.code == "period_closed"


async def test_a_lapsed_subscription_stops_the_company(
    company: QboCompany, ledger: LedgerHarness
) -> None:
    write = await ledger.prepared(INVOICE)
    await company.control(f"companies/{company.realm_id}", {"lapsed": True})
    error = await ledger.error(Operation.CREATE, write)
    assert isinstance(error, Unauthorized)
    assert error.reason.code == "ledger_inactive"


@pytest.mark.accepts("ERR-14")
async def test_where_request_ids_are_ignored_a_look_up_finds_what_was_written(
    company: QboCompany, ledger: LedgerHarness
) -> None:
    await company.control("switches", {"idempotency_mode": "off"})
    written = await ledger.stocked(PAYMENT)
    found = await ledger.found(await ledger.prepared(PAYMENT))
    assert isinstance(found, Written)
    assert found.external.id == written.external.id


@pytest.mark.accepts("ERR-14")
async def test_where_a_repeat_is_refused_the_record_is_looked_up(
    company: QboCompany, ledger: LedgerHarness
) -> None:
    await company.control("switches", {"idempotency_mode": "replay_fault_6000"})
    write = await ledger.prepared(INVOICE)
    written = await ledger.done(Operation.CREATE, write)
    assert isinstance(await ledger.error(Operation.CREATE, write), Duplicate)
    found = await ledger.found(write)
    assert isinstance(found, Written)
    assert found.external.id == written.external.id
    changed = ledger.write(ledger.document(INVOICE, due_on="2026-09-09"), "due_on")
    first = await ledger.done(Operation.UPDATE, changed)
    again = await ledger.done(Operation.UPDATE, changed)
    assert again.external == first.external
    void = ledger.write(ledger.document(INVOICE, status="voided"))
    assert (await ledger.done(Operation.VOID, void)).voided
    assert (await ledger.done(Operation.VOID, void)).voided


async def test_every_call_is_noted_without_its_body(
    company: QboCompany, ledger: LedgerHarness
) -> None:
    await ledger.stocked(CUSTOMER)
    call = company.calls[-1]
    assert (call.method, call.path, call.status) == (
        "POST",
        f"/v3/company/{company.realm_id}/customer",
        200,
    )
    assert call.trace_id


async def test_a_write_is_one_call_and_nothing_is_read_after_it(
    company: QboCompany, ledger: LedgerHarness
) -> None:
    write = await ledger.prepared(INVOICE)
    before = len(company.calls)
    await ledger.done(Operation.CREATE, write)
    assert len(company.calls) == before + 1
