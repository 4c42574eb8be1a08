"""Which mistake gets which code, and that a refused write leaves no trace."""

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.simulators.qbo.books import (
    Books,
    applied,
    cost,
    discount,
    handle,
    line,
)

CUSTOMER = {"CustomerRef": {"value": "1"}}
LINES = {"Line": [line("10")]}
STOCK = {
    "Name": "Bolt",
    "Type": "Inventory",
    "IncomeAccountRef": {"value": "79"},
    "ExpenseAccountRef": {"value": "80"},
    "AssetAccountRef": {"value": "81"},
    "QtyOnHand": 5,
    "InvStartDate": "2026-01-01",
}


@pytest.mark.parametrize(
    ("entity", "body", "code", "element"),
    [
        ("Customer", {"DisplayName": "x", "Colour": "red"}, "2010", "Colour"),
        ("Customer", {"CompanyName": "Acme"}, "6080", "DisplayName"),
        ("Customer", {"DisplayName": "a:b"}, "2040", "DisplayName"),
        ("Customer", {"DisplayName": "x" * 501}, "2050", "DisplayName"),
        ("Customer", {"DisplayName": "x", "Job": True}, "2020", "ParentRef"),
        ("Customer", {"DisplayName": "x", "Active": "maybe"}, "2170", "Active"),
        ("Customer", {"DisplayName": "x", "BillAddr": "here"}, "2000", ""),
        (
            "Customer",
            {"DisplayName": "x", "PrimaryEmailAddr": {"Address": "a@b"}},
            "2210",
            "PrimaryEmailAddr",
        ),
        ("Customer", {"DisplayName": "x", "CurrencyRef": {"value": "EUR"}}, "6000", ""),
        ("Invoice", LINES, "2020", "CustomerRef"),
        ("Invoice", CUSTOMER | {"Line": []}, "2020", "Line"),
        ("Invoice", CUSTOMER | {"Line": [{"Amount": 3}]}, "2020", "DetailType"),
        ("Invoice", CUSTOMER | {"Line": [line("1") | {"Amount": None}]}, "2020", "Amount"),
        ("Invoice", {"CustomerRef": {"value": "77"}} | LINES, "2500", "CustomerRef"),
        ("Invoice", CUSTOMER | LINES | {"DocNumber": "1" * 22}, "2050", "DocNumber"),
        ("Invoice", CUSTOMER | LINES | {"TxnDate": "02.03.2026"}, "2060", "TxnDate"),
        ("Invoice", CUSTOMER | {"Line": [line("1") | {"Amount": "1 EUR"}]}, "2080", "Amount"),
        ("Invoice", CUSTOMER | LINES | {"EmailStatus": "Sent"}, "2170", "EmailStatus"),
        ("Invoice", CUSTOMER | LINES | {"EmailStatus": "NeedToSend"}, "6420", "BillEmail"),
        (
            "Invoice",
            CUSTOMER | {"Line": [line("9", Qty=3, UnitPrice=2)]},
            "6070",
            "Line.Amount",
        ),
        ("Invoice", CUSTOMER | {"Line": [line("9", "2")]}, "6100", "TaxCodeRef"),
        (
            "Invoice",
            CUSTOMER | {"Line": [line("9"), discount("1"), discount("1")]},
            "6000",
            "Line",
        ),
        (
            "Invoice",
            CUSTOMER | LINES | {"DepositToAccountRef": {"value": "64"}},
            "6430",
            "DepositToAccountRef",
        ),
        ("Bill", {"VendorRef": {"value": "1"}, "Line": [cost("1")]}, "2500", "VendorRef"),
        ("Payment", CUSTOMER | {"TotalAmt": -1}, "2290", "TotalAmt"),
        ("Payment", CUSTOMER | {"TotalAmt": 1, "Line": [applied("9", "1")]}, "610", ""),
        (
            "Payment",
            CUSTOMER | {"TotalAmt": 1, "Line": [applied("9", "1", "Bill")]},
            "620",
            "",
        ),
        ("Item", {"Name": "Bolt", "Type": "Service"}, "2020", "IncomeAccountRef"),
        ("Item", {"Name": "Bolt", "Type": "Kit"}, "2170", "Type"),
        ("Item", STOCK | {"Type": "Service"}, "6000", "QtyOnHand"),
        ("Item", STOCK | {"IncomeAccountRef": {"value": "64"}}, "6430", "IncomeAccountRef"),
        ("Item", STOCK | {"QtyOnHand": None}, "2020", "QtyOnHand"),
        ("Account", {"Name": "Till"}, "6010", ""),
        ("Account", {"Name": "Till", "AccountType": "Cash"}, "2170", "AccountType"),
        ("Account", {"Name": 'The "Till"', "AccountType": "Bank"}, "2040", "Name"),
        (
            "Account",
            {"Name": "Till", "AccountType": "Bank", "AcctNum": "12345678"},
            "2050",
            "AcctNum",
        ),
        ("Term", {"Name": "Whenever"}, "2020", "DueDays"),
    ],
)
async def test_a_mistake_has_its_code(
    books: Books, entity: str, body: dict[str, Any], code: str, element: str
) -> None:
    await books.customer()
    before = await books.control(f"ledger/{books.realm}")
    refused = await books.refused(entity, body)
    assert (refused["code"], refused["element"]) == (code, element)
    assert await books.control(f"ledger/{books.realm}") == before


async def test_a_refused_form_uses_up_no_number(books: Books) -> None:
    customer = (await books.customer())["Id"]
    held = {"CustomerRef": {"value": customer}}
    await books.refused("Invoice", held | {"Line": [line("9", Qty=3, UnitPrice=2)]})
    assert (await books.invoice(customer))["DocNumber"] == "1001"


async def test_a_body_that_is_no_json_object(books: Books) -> None:
    for body, status, code in (
        ("{", 400, "2000"),
        ("[]", 400, "2000"),
        ('{"DisplayName": NaN}', 400, "2000"),
        (b'{"DisplayName": "\xff"}', 500, "10000"),
    ):
        answer = await books.ask("POST", "customer", body)
        assert answer.status_code == status
        assert answer.json()["Fault"]["Error"][0]["code"] == code


async def test_an_inactive_record_cannot_be_used_in_a_new_document(books: Books) -> None:
    customer = await books.customer()
    invoice = await books.invoice(customer["Id"])
    await books.post("Customer", handle(customer, sparse=True, Active=False))
    body = {"CustomerRef": {"value": customer["Id"]}, "Line": [line("1")]}
    assert await books.code("Invoice", body) == "610"
    note = handle(invoice, sparse=True, PrivateNote="still editable")
    assert (await books.post("Invoice", note))["PrivateNote"] == "still editable"


async def test_updates_need_id_token_and_what_the_entity_demands(books: Books) -> None:
    customer = await books.customer()
    vendor = await books.vendor()
    bill = await books.bill(vendor["Id"])
    assert await books.code("Customer", {"Id": "1", "sparse": True}) == "2020"
    assert await books.code("Customer", {"Id": "99", "SyncToken": "0", "sparse": True}) == "610"
    assert await books.code("Customer", {"Id": "1", "SyncToken": "1", "sparse": True}) == "5010"
    assert await books.code("Bill", handle(bill, sparse=True, PrivateNote="x")) == "2020"
    no_id = {"SyncToken": "0", "sparse": True}
    assert await books.code("Customer", no_id, operation="update") == "2020"
    assert await books.code("Customer", handle(customer), operation="delete") == "500"
    assert await books.code("TaxCode", {"Name": "VAT"}) == "500"


async def test_unknown_operations_change_nothing(books: Books) -> None:
    customer = await books.customer()
    assert await books.code("Customer", handle(customer), operation="merge") == "500"
    assert await books.code("Customer", {"DisplayName": "x"}, operation="merge") == "500"
    assert (await books.get("Customer", customer["Id"]))["SyncToken"] == "0"


async def test_closed_books_refuse_every_kind_of_write(books: Books) -> None:
    customer = (await books.customer())["Id"]
    old = await books.invoice(customer, TxnDate="2026-01-31")
    await books.control(f"companies/{books.realm}", {"close_books": "2026-01-31"})
    body = {"CustomerRef": {"value": customer}, "Line": [line("1")], "TxnDate": "2026-01-31"}
    assert await books.code("Invoice", body) == "6210"
    moved = handle(old, sparse=True, TxnDate="2026-02-01")
    assert await books.code("Invoice", moved) == "6210"
    assert await books.code("Invoice", handle(old), operation="delete") == "6210"
    assert await books.code("Invoice", handle(old), operation="void") == "6210"
    preferences = await books.ask("GET", "preferences")
    accounting = preferences.json()["Preferences"]["AccountingInfoPrefs"]
    assert accounting["BookCloseDate"] == "2026-01-31"
    await books.control(f"companies/{books.realm}", {"close_books": ""})
    await books.post("Invoice", moved)


async def test_a_lapsed_subscription_refuses_everything(books: Books) -> None:
    await books.control(f"companies/{books.realm}", {"lapsed": True})
    assert await books.code("Customer", {"DisplayName": "x"}) == "6190"
    assert (await books.ask("GET", "companyinfo/1")).status_code == 400


async def test_unknown_properties_can_be_ignored(books: Books) -> None:
    await books.control("switches", {"unknown_property": "ignore"})
    customer = await books.customer(Colour="red")
    assert "Colour" not in customer


async def test_unknown_paths_and_methods(books: Books) -> None:
    assert (await books.ask("GET", "spaceship/1")).status_code == 404
    assert (await books.ask("POST", "customer/1/2/3", {})).status_code == 404
    assert (await books.ask("GET", "customer")).status_code == 405
    assert (await books.ask("PUT", "customer", {})).status_code == 405


@pytest.mark.parametrize("form", ["id", "null", "text"])
async def test_the_detail_of_a_duplicate_name_comes_in_three_forms(
    books: Books, form: str
) -> None:
    await books.control("switches", {"duplicate_name_detail": form})
    customer = await books.customer("Acme")
    refused = await books.refused("Vendor", {"DisplayName": " ACME "})
    tails = {"id": f"Id={customer['Id']}", "null": "Id=null", "text": "different name."}
    assert refused["code"] == "6240"
    assert refused["Detail"].endswith(tails[form])


async def test_numbers_in_quotes_and_empty_values_are_taken(books: Books) -> None:
    customer = await books.customer(ResaleNum="", OpenBalanceDate="", Balance="0")
    invoice = await books.post(
        "Invoice",
        {
            "CustomerRef": {"value": customer["Id"]},
            "Line": [line("10.005") | {"Amount": "10.005"}],
            "DueDate": "",
            "TxnDate": "2026-03-02T00:00:00-08:00",
        },
    )
    assert (invoice["TotalAmt"], invoice["DueDate"]) == (Decimal("10.01"), "2026-03-02")
    assert "ResaleNum" not in customer
