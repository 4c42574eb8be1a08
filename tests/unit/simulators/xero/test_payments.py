from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from providers.simulators.xero.config import XeroSwitches
from tests.unit.simulators.xero.harness import (
    XeroHarness,
    bill,
    config,
    invoice,
    payment,
)


async def paid(xero: XeroHarness, amount: str = "115", **more: Any) -> tuple[Any, Any]:
    made = await xero.one("PUT", "Invoices", invoice())
    done = await xero.one("PUT", "Payments", payment(made["InvoiceID"], amount, **more))
    return made, done


async def test_a_full_payment_makes_the_invoice_paid_and_moves_its_stamp(
    xero: XeroHarness,
) -> None:
    made = await xero.one("PUT", "Invoices", invoice())
    xero.clock.advance(timedelta(seconds=5))
    done = await xero.one("PUT", "Payments", payment(made["InvoiceID"], "115"))
    assert (done["Invoice"]["AmountDue"], done["Invoice"]["AmountPaid"]) == (0, 115)
    read = await xero.one("GET", f"Invoices/{made['InvoiceID']}")
    assert (read["Status"], read["AmountDue"]) == ("PAID", 0)
    assert read["FullyPaidOnDate"] == "/Date(1785456000000+0000)/"
    assert read["Payments"][0]["PaymentID"] == done["PaymentID"]
    assert read["UpdatedDateUTC"] == done["UpdatedDateUTC"] != made["UpdatedDateUTC"]


async def test_a_part_payment_leaves_it_approved(xero: XeroHarness) -> None:
    made, _ = await paid(xero, "15")
    read = await xero.one("GET", f"Invoices/{made['InvoiceID']}")
    assert (read["Status"], read["AmountDue"]) == ("AUTHORISED", 100)


async def test_deleting_a_payment_reopens_the_invoice(xero: XeroHarness) -> None:
    made, done = await paid(xero)
    path = f"Payments/{done['PaymentID']}"
    deleted = await xero.one("POST", path, {"Status": "DELETED"})
    assert deleted["Status"] == "DELETED"
    read = await xero.one("GET", f"Invoices/{made['InvoiceID']}")
    assert (read["Status"], read["AmountDue"], read["Payments"]) == ("AUTHORISED", 115, [])
    assert "FullyPaidOnDate" not in read
    assert await xero.refusal("POST", path, {"Payments": [{"Status": "DELETED"}]}) == [
        "Payment not of valid status for modification"
    ]


async def test_a_payment_is_never_edited(xero: XeroHarness) -> None:
    _, done = await paid(xero)
    assert await xero.refusal("POST", f"Payments/{done['PaymentID']}", {"Amount": 1})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Amount": "115.01"}, "Payment amount exceeds the amount outstanding"),
        ({"Amount": 0}, "Payment amount must be greater than zero"),
        ({"Date": None}, "Payment Date must be specified"),
        ({"Account": {"Code": "999"}}, "Account could not be found"),
        ({"Account": {"Code": "200"}}, "have payments enabled"),
        ({"Invoice": {}}, "exactly one invoice or credit"),
        ({"Invoice": {"InvoiceID": "nobody"}}, "could not be found"),
    ],
)
async def test_a_bad_payment_is_refused(
    xero: XeroHarness, change: dict[str, Any], message: str
) -> None:
    made = await xero.one("PUT", "Invoices", invoice())
    sent = payment(made["InvoiceID"], "115") | change
    assert message in (await xero.refusal("PUT", "Payments", sent))[0]


async def test_a_draft_takes_no_payment(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Invoices", invoice(Status="DRAFT"))
    assert await xero.refusal("PUT", "Payments", payment(made["InvoiceID"], "1")) == [
        "Payments can only be made against Authorised documents"
    ]


async def test_an_account_with_payments_enabled_takes_them(xero: XeroHarness) -> None:
    await paid(xero, Account={"Code": "615"})


async def test_a_payment_may_name_number_and_code_flat(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Invoices", invoice())
    sent = {
        "InvoiceNumber": made["InvoiceNumber"],
        "Code": "090",
        "Date": "2026-07-31",
        "Amount": 115,
    }
    done = await xero.one("PUT", "Payments", sent)
    assert done["Invoice"]["InvoiceID"] == made["InvoiceID"]


async def test_a_foreign_payment_reaches_the_bank_in_its_own_currency(
    xero: XeroHarness,
) -> None:
    made = await xero.one("PUT", "Invoices", invoice(CurrencyCode="USD", CurrencyRate="0.5"))
    done = await xero.one("PUT", "Payments", payment(made["InvoiceID"], "115"))
    assert (done["Amount"], done["BankAmount"]) == (115, 230)


async def test_a_bank_account_in_another_currency_says_what_it_received(
    xero: XeroHarness,
) -> None:
    bank = {"Name": "Dollars", "Type": "BANK", "Code": "095", "BankAccountNumber": "1"}
    await xero.one("PUT", "Accounts", bank | {"CurrencyCode": "USD"})
    made = await xero.one("PUT", "Invoices", invoice())
    sent = payment(made["InvoiceID"], "50") | {"Account": {"Code": "095"}}
    by_rate = await xero.one("PUT", "Payments", sent)
    assert (by_rate["Amount"], by_rate["BankAmount"]) == (50, 30)
    said = await xero.one("PUT", "Payments", sent | {"BankAmount": "31.25"})
    assert (said["Amount"], said["BankAmount"]) == (50, Decimal("31.25"))
    own = payment(made["InvoiceID"], "1") | {"BankAmount": "2"}
    assert "bank amount" in (await xero.refusal("PUT", "Payments", own))[0]


async def test_a_foreign_payment_into_the_base_currency_sets_its_rate(
    xero: XeroHarness,
) -> None:
    made = await xero.one("PUT", "Invoices", invoice(CurrencyCode="USD", CurrencyRate="0.5"))
    sent = payment(made["InvoiceID"], "60") | {"BankAmount": "100"}
    done = await xero.one("PUT", "Payments", sent)
    assert (done["BankAmount"], done["CurrencyRate"]) == (100, Decimal("0.6"))


@pytest.mark.parametrize(("switch", "status"), [("refuse", 400), ("allow", 200)])
async def test_deleting_a_reconciled_payment_follows_the_switch(
    switch: Any, status: int
) -> None:
    async with XeroHarness(
        config(switches=XeroSwitches(reconciled_payment_delete=switch))
    ) as xero:
        await xero.connect()
        _, done = await paid(xero, IsReconciled=True)
        path = f"Payments/{done['PaymentID']}"
        answer = await xero.send("POST", path, {"Status": "DELETED"})
    assert answer.status_code == status


async def test_the_length_of_a_reference_follows_the_switch() -> None:
    async with XeroHarness(config(switches=XeroSwitches(payment_reference_length=5))) as xero:
        await xero.connect()
        made = await xero.one("PUT", "Invoices", invoice())
        sent = payment(made["InvoiceID"], "1", Reference="123456")
        assert "Reference" in (await xero.refusal("PUT", "Payments", sent))[0]


@pytest.mark.parametrize(("shown", "count"), [(True, 1), (False, 0)])
async def test_deleted_payments_in_lists_follow_the_switch(shown: bool, count: int) -> None:
    async with XeroHarness(
        config(switches=XeroSwitches(deleted_payments_in_lists=shown))
    ) as xero:
        await xero.connect()
        _, done = await paid(xero)
        await xero.ok("POST", f"Payments/{done['PaymentID']}", {"Status": "DELETED"})
        assert len((await xero.ok("GET", "Payments"))["Payments"]) == count


def batch(*invoice_ids: str, **more: Any) -> dict[str, Any]:
    return {
        "Account": {"Code": "090"},
        "Date": "2026-07-31",
        "Reference": "Weekly run",
        "Payments": [{"Invoice": {"InvoiceID": i}, "Amount": "115"} for i in invoice_ids],
    } | more


async def invoice_ids(xero: XeroHarness, *sent: dict[str, Any]) -> list[str]:
    made = await xero.ok("PUT", "Invoices", {"Invoices": list(sent)})
    return [entry["InvoiceID"] for entry in made["Invoices"]]


async def test_a_batch_pays_all_and_its_deletion_reopens_all(xero: XeroHarness) -> None:
    ids = await invoice_ids(xero, invoice(), invoice())
    made = await xero.one("PUT", "BatchPayments", batch(*ids))
    assert (made["Type"], made["TotalAmount"]) == ("RECBATCH", 230)
    assert {m["Invoice"]["InvoiceID"] for m in made["Payments"]} == set(ids)
    statuses = await xero.ok("GET", "Invoices", Statuses="PAID")
    assert len(statuses["Invoices"]) == 2
    ended = {"BatchPaymentID": made["BatchPaymentID"], "Status": "DELETED"}
    deleted = await xero.one("POST", "BatchPayments", {"BatchPayments": [ended]})
    assert deleted["Status"] == "DELETED"
    assert not (await xero.ok("GET", "Invoices", Statuses="PAID"))["Invoices"]


async def test_bills_make_a_paybatch(xero: XeroHarness) -> None:
    ids = await invoice_ids(xero, bill(), bill())
    assert (await xero.one("PUT", "BatchPayments", batch(*ids)))["Type"] == "PAYBATCH"


async def test_a_member_is_not_deleted_alone(xero: XeroHarness) -> None:
    ids = await invoice_ids(xero, invoice())
    made = await xero.one("PUT", "BatchPayments", batch(*ids))
    member = made["Payments"][0]["PaymentID"]
    messages = await xero.refusal("POST", f"Payments/{member}", {"Status": "DELETED"})
    assert messages == ["This payment cannot be deleted as it is part of a batch payment"]


async def test_a_batch_with_a_bad_member_pays_nothing(xero: XeroHarness) -> None:
    ids = await invoice_ids(xero, invoice())
    twice = batch(*ids, *ids)
    assert "exceeds" in (await xero.refusal("PUT", "BatchPayments", twice))[0]
    assert not (await xero.ok("GET", "Payments"))["Payments"]


async def test_a_batch_has_one_type(xero: XeroHarness) -> None:
    ids = await invoice_ids(xero, invoice(), bill())
    assert "same type" in (await xero.refusal("PUT", "BatchPayments", batch(*ids)))[0]


async def test_a_post_on_batches_only_deletes(xero: XeroHarness) -> None:
    ids = await invoice_ids(xero, invoice())
    assert (await xero.send("POST", "BatchPayments", batch(*ids))).status_code == 501


def note(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    sent = invoice(*lines, Type="ACCRECCREDIT") | more
    del sent["DueDate"]
    return sent


async def test_a_credit_note_is_allocated_and_taken_back(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Invoices", invoice())
    credit = await xero.one("PUT", "CreditNotes", note())
    assert (credit["CreditNoteNumber"], credit["RemainingCredit"]) == ("CN-0001", 115)
    path = f"CreditNotes/{credit['CreditNoteID']}/Allocations"
    sent = {"Invoice": {"InvoiceID": made["InvoiceID"]}, "Amount": 15, "Date": "2026-07-31"}
    allocation = await xero.one("PUT", path, {"Allocations": [sent]})
    read = await xero.one("GET", f"Invoices/{made['InvoiceID']}")
    assert (read["AmountCredited"], read["AmountDue"]) == (15, 100)
    assert read["CreditNotes"][0]["AppliedAmount"] == 15
    gone = await xero.ok("DELETE", f"{path}/{allocation['AllocationID']}")
    assert gone["IsDeleted"] is True
    read = await xero.one("GET", f"CreditNotes/{credit['CreditNoteID']}")
    assert (read["RemainingCredit"], read["Allocations"]) == (115, [])


async def test_an_allocation_is_not_more_than_is_left(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Invoices", invoice())
    credit = await xero.one("PUT", "CreditNotes", note())
    sent = {"Invoice": {"InvoiceID": made["InvoiceID"]}, "Amount": "115.01"}
    path = f"CreditNotes/{credit['CreditNoteID']}/Allocations"
    assert "exceeds" in (await xero.refusal("PUT", path, sent))[0]


async def test_a_refund_uses_a_credit_note_up(xero: XeroHarness) -> None:
    credit = await xero.one("PUT", "CreditNotes", note())
    sent = payment("", "115", Invoice=None)
    sent["CreditNote"] = {"CreditNoteID": credit["CreditNoteID"]}
    done = await xero.one("PUT", "Payments", sent)
    assert done["PaymentType"] == "ARCREDITPAYMENT"
    read = await xero.one("GET", f"CreditNotes/{credit['CreditNoteID']}")
    assert (read["Status"], read["RemainingCredit"]) == ("PAID", 0)


async def test_bank_transactions_are_inclusive_and_take_no_override(xero: XeroHarness) -> None:
    sent = {
        "Type": "SPEND",
        "Contact": {"Name": "Power Co"},
        "BankAccount": {"Code": "090"},
        "Date": "2026-07-31",
        "LineItems": [{"Description": "Power", "UnitAmount": 115, "AccountCode": "445"}],
    }
    made = await xero.one("PUT", "BankTransactions", sent)
    assert (made["SubTotal"], made["TotalTax"], made["Status"]) == (100, 15, "AUTHORISED")
    sent["LineItems"] = [{**sent["LineItems"][0], "TaxAmount": "14.99"}]  # type: ignore[index]  # literal above
    assert "tax amount" in (await xero.refusal("PUT", "BankTransactions", sent))[0]
    path = f"BankTransactions/{made['BankTransactionID']}"
    deleted = await xero.one("POST", path, {"Status": "DELETED"})
    assert (deleted["Status"], deleted["Total"]) == ("DELETED", Decimal(115))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Type": "RECEIVE-TRANSFER"}, "not of valid type"),
        ({"BankAccount": {"Code": "200"}}, "Bank account could not be found"),
        ({"LineItems": []}, "line items must be specified"),
    ],
)
async def test_a_bad_bank_transaction_is_refused(
    xero: XeroHarness, change: dict[str, Any], message: str
) -> None:
    sent = {
        "Type": "RECEIVE",
        "Contact": {"Name": "Walk-in"},
        "BankAccount": {"Code": "090"},
        "LineItems": [{"Description": "Sales", "UnitAmount": 1, "AccountCode": "200"}],
    } | change
    assert message in (await xero.refusal("PUT", "BankTransactions", sent))[0]
