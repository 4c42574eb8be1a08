"""Overpayments and prepayments: made by bank transactions, allocated, given back."""

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.simulators.xero.harness import TENANT, XeroHarness, bill, invoice, line, payment

KINDS = {"Overpayment": "Overpayments", "Prepayment": "Prepayments"}


def advance(transaction_type: str, amount: str = "40", **more: Any) -> dict[str, Any]:
    return {
        "Type": transaction_type,
        "Contact": {"Name": "Harbour Cafe"},
        "Date": "2026-07-10",
        "BankAccount": {"Code": "090"},
        "LineItems": [line(amount)],
    } | more


async def _opened(
    xero: XeroHarness, transaction_type: str = "RECEIVE-OVERPAYMENT", **more: Any
) -> tuple[str, Any]:
    """Return the resource and the record that a bank transaction of this type opens."""
    kind = transaction_type.partition("-")[2].capitalize()
    made = await xero.one("PUT", "BankTransactions", advance(transaction_type, **more))
    opened = await xero.one("GET", f"{KINDS[kind]}/{made[f'{kind}ID']}")
    return KINDS[kind], opened


async def test_an_overpayment_has_one_line_on_the_control_account_and_no_tax(
    xero: XeroHarness,
) -> None:
    _, opened = await _opened(xero)
    assert opened["ID"] == opened["OverpaymentID"]
    assert (opened["Type"], opened["Status"]) == ("RECEIVE-OVERPAYMENT", "AUTHORISED")
    assert (opened["Total"], opened["RemainingCredit"], opened["TotalTax"]) == (40, 40, 0)
    assert (opened["LineAmountTypes"], opened["LineItems"][0]["TaxType"]) == ("NoTax", "NONE")
    assert opened["LineItems"][0]["AccountCode"] == "610"
    _, spent = await _opened(xero, "SPEND-OVERPAYMENT")
    assert spent["LineItems"][0]["AccountCode"] == "800"


async def test_a_prepayment_has_lines_with_tax(xero: XeroHarness) -> None:
    _, opened = await _opened(xero, "RECEIVE-PREPAYMENT", LineAmountTypes="Exclusive")
    assert (opened["Total"], opened["TotalTax"]) == (46, 6)
    assert opened["LineItems"][0]["AccountCode"] == "200"


async def test_an_overpayment_may_say_its_currency(xero: XeroHarness) -> None:
    _, opened = await _opened(xero, CurrencyCode="USD")
    assert opened["CurrencyCode"] == "USD"
    _, opened = await _opened(xero, "RECEIVE-PREPAYMENT", CurrencyCode="USD")
    assert opened["CurrencyCode"] == "NZD"


@pytest.mark.parametrize(
    "transaction_type",
    ["RECEIVE-OVERPAYMENT", "SPEND-OVERPAYMENT", "RECEIVE-PREPAYMENT", "SPEND-PREPAYMENT"],
)
async def test_it_is_allocated_until_nothing_is_left_and_can_be_taken_back(
    xero: XeroHarness, transaction_type: str
) -> None:
    resource, opened = await _opened(xero, transaction_type)
    document = invoice() if transaction_type.startswith("RECEIVE") else bill()
    due = await xero.one("PUT", "Invoices", document)
    path = f"{resource}/{opened['ID']}/Allocations"
    target = {"Invoice": {"InvoiceID": due["InvoiceID"]}}
    await xero.ok("PUT", path, {"Allocations": [target | {"Amount": "15"}]})
    assert "exceeds" in (await xero.refusal("PUT", path, target | {"Amount": "25.01"}))[0]
    made = await xero.one("PUT", path, target | {"Amount": "25"})
    used = await xero.one("GET", f"{resource}/{opened['ID']}")
    assert (used["RemainingCredit"], used["Status"], used["AppliedAmount"]) == (0, "PAID", 40)
    shown = await xero.one("GET", f"Invoices/{due['InvoiceID']}")
    assert (shown["AmountDue"], shown["AmountCredited"]) == (75, 40)
    assert [part["AppliedAmount"] for part in shown[resource]] == [15, 25]
    assert shown["CreditNotes"] == []
    gone = await xero.ok("DELETE", f"{path}/{made['AllocationID']}")
    assert gone["IsDeleted"]
    assert (await xero.one("GET", f"{resource}/{opened['ID']}"))["RemainingCredit"] == 25


async def test_it_settles_documents_of_its_own_side_only(xero: XeroHarness) -> None:
    _, opened = await _opened(xero)
    due = await xero.one("PUT", "Invoices", bill())
    sent = {"Invoice": {"InvoiceID": due["InvoiceID"]}, "Amount": "1"}
    path = f"Overpayments/{opened['ID']}/Allocations"
    assert "could not be found" in (await xero.refusal("PUT", path, sent))[0]


@pytest.mark.parametrize(
    ("transaction_type", "payment_type"),
    [
        ("RECEIVE-OVERPAYMENT", "AROVERPAYMENTPAYMENT"),
        ("SPEND-OVERPAYMENT", "APOVERPAYMENTPAYMENT"),
        ("RECEIVE-PREPAYMENT", "ARPREPAYMENTPAYMENT"),
        ("SPEND-PREPAYMENT", "APPREPAYMENTPAYMENT"),
    ],
)
async def test_it_is_given_back_by_a_payment(
    xero: XeroHarness, transaction_type: str, payment_type: str
) -> None:
    resource, opened = await _opened(xero, transaction_type)
    kind = resource.removesuffix("s")
    sent = payment("", "40") | {"Invoice": None, kind: {f"{kind}ID": opened["ID"]}}
    made = await xero.one("PUT", "Payments", sent)
    assert (made["PaymentType"], made[kind]["RemainingCredit"]) == (payment_type, 0)
    shown = await xero.one("GET", f"{resource}/{opened['ID']}")
    assert (shown["Status"], len(shown["Payments"])) == ("PAID", 1)
    await xero.ok("POST", f"Payments/{made['PaymentID']}", {"Status": "DELETED"})
    assert (await xero.one("GET", f"{resource}/{opened['ID']}"))["RemainingCredit"] == 40


async def test_it_can_be_neither_changed_nor_deleted(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "BankTransactions", advance("RECEIVE-OVERPAYMENT"))
    path = f"BankTransactions/{made['BankTransactionID']}"
    for sent in ({"Status": "DELETED"}, {"Date": "2026-07-11"}):
        assert "valid type" in (await xero.refusal("POST", path, sent))[0]
    for method in ("PUT", "POST"):
        assert (await xero.send(method, "Overpayments", {"Total": 1})).status_code == 501


async def test_an_overpayment_of_several_lines_is_refused(xero: XeroHarness) -> None:
    sent = advance("RECEIVE-OVERPAYMENT", LineItems=[line("1"), line("2")])
    assert "one line" in (await xero.refusal("PUT", "BankTransactions", sent))[0]
    assert (await xero.ok("GET", "Contacts"))["Contacts"] == []


async def test_it_has_no_reference_of_its_own(xero: XeroHarness) -> None:
    sent = advance("RECEIVE-OVERPAYMENT", Reference="P-7")
    assert (await xero.one("PUT", "BankTransactions", sent))["Reference"] == ""


async def test_they_are_listed_and_counted(xero: XeroHarness) -> None:
    _, opened = await _opened(xero)
    await _opened(xero, "SPEND-OVERPAYMENT")
    where = f'Contact.ContactID==guid("{opened["Contact"]["ContactID"]}")'
    listed = await xero.ok(
        "GET", "Overpayments", where=f'{where} AND Type=="RECEIVE-OVERPAYMENT"'
    )
    assert [o["OverpaymentID"] for o in listed["Overpayments"]] == [opened["ID"]]
    ledger = await xero.control(f"ledger/{xero.headers()['xero-tenant-id']}")
    section = ledger["entities"]["Overpayments"]
    assert (section["count"], section["balance"]) == (2, Decimal(80))


async def test_they_are_opened_by_the_scope_of_payments() -> None:
    async with XeroHarness() as xero:
        await xero.connect(scopes="accounting.payments.read")
        await xero.ok("GET", "Overpayments")
        await xero.ok("GET", "Prepayments")
        refused = await xero.send("GET", "BankTransactions")
        assert refused.status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "named"),
    [
        ("GET", "Quotes", "Quotes"),
        ("PUT", "manualjournals", "ManualJournals"),
        ("GET", "Reports/BalanceSheet", "Reports"),
        ("GET", "Invoices/{id}/Attachments", "Attachments of Invoices"),
        ("PUT", "Invoices/{id}/History", "History of Invoices"),
        ("POST", "Invoices/{id}/Email", "Email of Invoices"),
        ("GET", "Organisation/Actions", "Actions of Organisation"),
    ],
)
async def test_what_xero_has_and_the_simulator_has_not_is_said_plainly(
    xero: XeroHarness, method: str, path: str, named: str
) -> None:
    made = await xero.one("PUT", "Invoices", invoice())
    answer = await xero.send(method, path.format(id=made["InvoiceID"]), {})
    assert answer.status_code == 501
    assert answer.json()["Detail"] == f"This simulator does not offer {named}; Xero does."
    assert (await xero.send("GET", "Spaceships")).status_code == 404


async def test_it_is_said_plainly_of_what_is_no_json_and_of_other_apis(
    xero: XeroHarness,
) -> None:
    octets = {"Content-Type": "application/octet-stream", "Accept": "application/octet-stream"}
    file = await xero.send("PUT", "Invoices/x/Attachments/a.pdf", headers=octets)
    assert file.status_code == 501
    assert "does not offer Attachments of Invoices" in file.json()["Detail"]
    other = await xero.http.get("/payroll.xro/1.0/Employees")
    assert other.status_code == 501
    assert other.json()["Detail"] == "This simulator does not offer payroll.xro; Xero does."


async def test_a_person_voids_one_that_was_not_used(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "BankTransactions", advance("RECEIVE-OVERPAYMENT"))
    path = f"/_simulator/books/{TENANT}/BankTransactions/{made['BankTransactionID']}"
    due = await xero.one("PUT", "Invoices", invoice())
    used = {"Invoice": {"InvoiceID": due["InvoiceID"]}, "Amount": "1"}
    allocations = f"Overpayments/{made['OverpaymentID']}/Allocations"
    use = await xero.one("PUT", allocations, used)
    refused = await xero.http.post(path, json={"Status": "DELETED"})
    assert not refused.is_success
    await xero.ok("DELETE", f"{allocations}/{use['AllocationID']}")
    assert (await xero.http.post(path, json={"Status": "DELETED"})).is_success
    gone = await xero.one("GET", f"Overpayments/{made['OverpaymentID']}")
    assert (gone["Status"], gone["RemainingCredit"]) == ("VOIDED", 0)
