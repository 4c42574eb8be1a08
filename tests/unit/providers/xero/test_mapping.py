"""Which elements documents become: the points that golden files do not show."""

from decimal import Decimal
from typing import Any

import pytest

from providers.base import External, Operation, Write
from providers.errors import NeedsPerson, ProviderError
from providers.http import Realm
from providers.parts import Body
from providers.xero.requests import requests_for
from schemas.documents.document import DocumentType
from schemas.documents.trade import AMOUNT_FIELDS
from tests.unit.providers.xero.samples import (
    BARE_REALM,
    REALM,
    bill,
    guid,
    invoice,
    payment,
    settled,
    write_of,
)

LINKED = External(id=guid("record"))
CUSTOMER = {"id": "17", "name": "Harbour Cafe Ltd"}
ITEM = {"id": "1", "code": "BEAN", "name": "Bean"}
ACCOUNT = {"id": "1", "code": "2001", "name": "Coffee sales", "kind": "revenue"}


def bodies(
    write: Write, operation: Operation = Operation.CREATE, realm: Realm = REALM
) -> list[Body]:
    requests, refusals = requests_for(operation, [write], realm)
    for refusal in refusals.values():
        raise refusal
    return [entry.body for request in requests for entry in request.entries]


def body(write: Write, operation: Operation = Operation.CREATE, realm: Realm = REALM) -> Body:
    (only,) = bodies(write, operation, realm)
    return only


def updated(document_type: DocumentType, fields: dict[str, Any], *changed: str) -> Body:
    write = write_of(document_type, fields, external=LINKED, changed=changed)
    return body(write, Operation.UPDATE)


def refusal(write: Write, operation: Operation = Operation.CREATE) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        bodies(write, operation)
    return caught.value


def only_line(document: dict[str, Any], realm: Realm = REALM, **line: Any) -> Body:
    merged = {**document, "lines": [{**document["lines"][0], **line}]}
    document_type = DocumentType.BILL if "vendor_id" in document else DocumentType.INVOICE
    (found,) = body(write_of(document_type, merged), realm=realm)["LineItems"]
    return dict(found)


def test_an_update_sends_what_changed_and_nothing_else() -> None:
    assert updated(DocumentType.INVOICE, invoice(), "due_on") == {
        "InvoiceID": LINKED.id,
        "DueDate": "2026-08-20",
    }
    assert updated(DocumentType.CUSTOMER, CUSTOMER, "email", "family_name") == {
        "ContactID": LINKED.id,
        "LastName": "",
        "EmailAddress": "",
    }


@pytest.mark.parametrize("field", AMOUNT_FIELDS)
def test_lines_are_sent_together_or_not_at_all(field: str) -> None:
    sent = updated(DocumentType.BILL, bill(), field)
    assert set(sent) == {"InvoiceID", "LineAmountTypes", "LineItems"}


def test_a_number_is_sent_when_it_changed_only() -> None:
    assert updated(DocumentType.INVOICE, invoice(), "number")["InvoiceNumber"] == "INV-i1"
    assert "InvoiceNumber" not in updated(DocumentType.INVOICE, invoice(), "lines", "due_on")


def test_documents_name_their_contact_by_id_alone() -> None:
    for write in (
        write_of(DocumentType.INVOICE, invoice()),
        write_of(DocumentType.BILL, bill()),
    ):
        assert set(body(write)["Contact"]) == {"ContactID"}


def test_an_exact_product_goes_as_it_is() -> None:
    sent = only_line(invoice(), quantity="12.5", unit_price="28.4000")
    assert (sent["Quantity"], sent["UnitAmount"]) == (Decimal("12.5"), Decimal("28.4"))
    assert sent["Description"] == "House blend"


def test_an_inexact_product_goes_as_one_of_its_exact_amount() -> None:
    sent = only_line(invoice(), quantity="3.3333", unit_price="9.9999")
    assert (sent["Quantity"], sent["UnitAmount"]) == (1, Decimal("33.33"))
    assert sent["Description"] == "House blend (3.3333 × 9.9999)"  # noqa: RUF001 - for people


def test_a_discount_is_a_discount_on_sales_and_in_the_price_on_bills() -> None:
    ten = {"percent": "10"}
    on_sale = only_line(invoice(), discount=ten)
    assert (on_sale["UnitAmount"], on_sale["DiscountAmount"]) == (
        Decimal("28.5"),
        Decimal("34.2"),
    )
    on_bill = only_line(bill(), discount=ten)
    assert (on_bill["Quantity"], on_bill["UnitAmount"]) == (1, Decimal("307.80"))
    assert on_bill["Description"] == "House blend (12 × 28.5 less 34.20)"  # noqa: RUF001 - for people
    assert "DiscountAmount" not in on_bill


@pytest.mark.parametrize("line", [{"quantity": "-1"}, {"unit_price": "1", "quantity": "1"}])
def test_a_discount_that_xero_would_not_take_goes_into_the_price(line: dict[str, Any]) -> None:
    document = invoice(lines=[*invoice()["lines"], {**invoice()["lines"][0], "id": "2"}])
    document["lines"][0] = {**document["lines"][0], "discount": {"amount": "50"}, **line}
    first, _ = body(write_of(DocumentType.INVOICE, document))["LineItems"]
    assert "DiscountAmount" not in first
    assert first["Quantity"] == 1


def test_a_line_without_words_takes_the_items_or_gets_a_dash() -> None:
    assert "Description" not in only_line(invoice(), description="", item_id="bean")
    assert only_line(invoice(), description="")["Description"] == "-"


def test_an_account_comes_from_the_line_the_item_or_the_settings() -> None:
    assert only_line(invoice(), account_id="4000")["AccountCode"] == "4000"
    assert "AccountCode" not in only_line(invoice(), item_id="bean")
    assert only_line(invoice())["AccountCode"] == "200"
    assert only_line(bill())["AccountCode"] == "400"
    both = only_line(invoice(), account_id="4000", item_id="bean")
    assert (both["AccountCode"], both["ItemCode"]) == ("4000", "bean")


def test_an_account_may_be_named_by_id() -> None:
    by_id = settled(tax_codes={}, accounts={"sales": guid("sales"), "deposit": guid("bank")})
    assert only_line(invoice(), by_id)["AccountID"] == guid("sales")
    paid = body(write_of(DocumentType.PAYMENT, payment()), realm=by_id)
    assert paid["Account"] == {"AccountID": guid("bank")}


@pytest.mark.parametrize(
    ("write", "key"),
    [
        (write_of(DocumentType.INVOICE, invoice(tax_mode="none")), "sales"),
        (write_of(DocumentType.BILL, bill(tax_mode="none")), "purchases"),
        (write_of(DocumentType.PAYMENT, payment()), "deposit"),
    ],
)
def test_without_any_account_a_person_chooses(write: Write, key: str) -> None:
    with pytest.raises(NeedsPerson) as caught:
        bodies(write, realm=BARE_REALM)
    assert caught.value.reason.code == "account_unmapped"
    assert key in caught.value.reason.cause


def test_names_lose_superfluous_spaces() -> None:
    spaced = write_of(DocumentType.CUSTOMER, {**CUSTOMER, "name": " Harbour   Cafe\tLtd "})
    assert body(spaced)["Name"] == "Harbour Cafe Ltd"


@pytest.mark.parametrize(
    ("document_type", "fields"),
    [
        (DocumentType.CUSTOMER, CUSTOMER),
        (DocumentType.VENDOR, CUSTOMER),
        (DocumentType.ITEM, ITEM),
        (DocumentType.ACCOUNT, ACCOUNT),
    ],
)
def test_a_name_is_neither_made_out_of_use_nor_voided(
    document_type: DocumentType, fields: dict[str, Any]
) -> None:
    unused = refusal(write_of(document_type, {**fields, "active": False}))
    assert unused.reason.code == "not_in_use"
    void = refusal(write_of(document_type, fields, external=LINKED), Operation.VOID)
    assert void.reason.code == "not_voidable"


def test_an_account_is_archived_in_a_call_of_its_own() -> None:
    away = {**ACCOUNT, "name": "Old sales", "active": False}
    write = write_of(
        DocumentType.ACCOUNT, away, external=LINKED, changed=("name", "active", "kind")
    )
    first, second = bodies(write, Operation.UPDATE)
    assert first == {"AccountID": LINKED.id, "Name": "Old sales", "Type": "REVENUE"}
    assert second == {"AccountID": LINKED.id, "Status": "ARCHIVED"}


def test_an_item_out_of_use_is_neither_sold_nor_purchased() -> None:
    away = updated(DocumentType.ITEM, {**ITEM, "active": False}, "active")
    assert away == {
        "ItemID": LINKED.id,
        "Code": "BEAN",
        "IsSold": False,
        "IsPurchased": False,
    }


def test_what_settles_no_invoice_is_an_overpayment_of_its_own() -> None:
    settled, rest = bodies(write_of(DocumentType.PAYMENT, payment(amount="120.00")))
    assert settled["Amount"] == Decimal("100.00")
    assert rest == {
        "Type": "RECEIVE-OVERPAYMENT",
        "Contact": {"ContactID": guid("c1")},
        "BankAccount": {"Code": "090"},
        "Date": "2026-07-31",
        "CurrencyCode": "NZD",
        "LineAmountTypes": "NoTax",
        "LineItems": [
            {
                "Description": "ledgerlane:p1 cheque 9",
                "Quantity": Decimal(1),
                "UnitAmount": Decimal("20.00"),
            }
        ],
    }
    (whole,) = bodies(write_of(DocumentType.PAYMENT, payment(amount="120.00", allocations=[])))
    assert whole["LineItems"][0]["UnitAmount"] == Decimal("120.00")
