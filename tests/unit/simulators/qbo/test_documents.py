"""Invoices, bills, payments and journals: totals, links, voids and balances."""

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.simulators.qbo.books import (
    Books,
    amounts_of,
    applied,
    cost,
    discount,
    handle,
    line,
)

D = Decimal
STOCK = {
    "Name": "Bracket M8",
    "Type": "Inventory",
    "Taxable": True,
    "IncomeAccountRef": {"value": "79"},
    "ExpenseAccountRef": {"value": "80"},
    "AssetAccountRef": {"value": "81"},
    "QtyOnHand": 430,
    "InvStartDate": "2026-01-01",
}


async def _accounts(books: Books) -> dict[str, Decimal]:
    """Return the balances of the balance sheet accounts that have one."""
    rows = await books.query("select * from Account MAXRESULTS 1000")
    return {
        row["Name"]: row["CurrentBalance"]
        for row in rows["Account"]
        if row.get("CurrentBalance")
    }


class TestTotals:
    async def test_the_documented_invoice_comes_out_to_the_cent(self, books: Books) -> None:
        customer = (await books.customer())["Id"]
        item = (await books.post("Item", STOCK))["Id"]
        bracket = line("42.50", ItemRef={"value": item}, Qty=10, UnitPrice=D("4.25"))
        lines = [line("300", Qty=4, UnitPrice=75), bracket, discount(percent="10")]
        invoice = await books.invoice(customer, Line=lines, ApplyTaxAfterDiscount=True)
        assert [held["Amount"] for held in invoice["Line"]] == [
            D("300.00"),
            D("42.50"),
            D("342.50"),
            D("34.25"),
        ]
        assert "Id" not in invoice["Line"][2]
        assert "Id" not in invoice["Line"][3]
        assert invoice["TxnTaxDetail"] == {
            "TxnTaxCodeRef": {"value": "2"},
            "TotalTax": D("3.06"),
            "TaxLine": [
                {
                    "Amount": D("3.06"),
                    "DetailType": "TaxLineDetail",
                    "TaxLineDetail": {
                        "TaxRateRef": {"value": "3"},
                        "PercentBased": True,
                        "TaxPercent": 8,
                        "NetAmountTaxable": D("38.25"),
                    },
                }
            ],
        }
        assert invoice["TotalAmt"] == invoice["Balance"] == D("311.31")
        assert (await books.get("Item", item))["QtyOnHand"] == 420

    async def test_numbers_are_shown_with_exactly_their_digits(self, books: Books) -> None:
        customer = (await books.customer())["Id"]
        body = {"CustomerRef": {"value": customer}, "Line": [line("99999999999999.99")]}
        answer = await books.ask("POST", "invoice", body)
        assert b'"TotalAmt":99999999999999.99' in answer.content

    async def test_an_override_replaces_the_automated_tax(self, books: Books) -> None:
        customer = (await books.customer())["Id"]
        detail = {"TxnTaxCodeRef": {"value": "2"}, "TotalTax": D("8.01")}
        lines = [line("100", "TAX")]
        invoice = await books.invoice(customer, Line=lines, TxnTaxDetail=detail)
        assert invoice["TotalAmt"] == D("108.01")
        noted = await books.post("Invoice", handle(invoice, sparse=True, PrivateNote="x"))
        assert noted["TotalAmt"] == D("108.01")
        without_code = {"TotalTax": D("1.00")}
        ignored = await books.invoice(customer, Line=lines, TxnTaxDetail=without_code)
        assert ignored["TotalAmt"] == D("108.00")

    async def test_an_exempt_customer_pays_no_tax(self, books: Books) -> None:
        customer = (await books.customer(Taxable=False))["Id"]
        invoice = await books.invoice(customer, Line=[line("100", "TAX")])
        assert invoice["TotalAmt"] == 100

    async def test_codes_are_needed_outside_the_united_states(self, british: Books) -> None:
        customer = (await british.customer())["Id"]
        held = {"CustomerRef": {"value": customer}, "Line": [line("10")]}
        assert await british.code("Invoice", held) == "6000"
        untaxed = held | {"GlobalTaxCalculation": "NotApplicable"}
        assert (await british.post("Invoice", untaxed))["TotalAmt"] == 10
        assert await british.code("Invoice", held | {"Line": [line("1", "TAX")]}) == "2500"

    async def test_tax_comes_on_top_by_rate(self, british: Books) -> None:
        customer = (await british.customer())["Id"]
        lines = [line("99.99", "2"), line("10", "3"), line("5", "5")]
        invoice = await british.invoice(
            customer, Line=lines, GlobalTaxCalculation="TaxExcluded"
        )
        taxes = [held["Amount"] for held in invoice["TxnTaxDetail"]["TaxLine"]]
        assert taxes == [D("20.00"), D("0.50"), D("0.00")]
        assert invoice["TotalAmt"] == D("135.49")

    async def test_tax_inside_the_amounts_is_taken_out(self, british: Books) -> None:
        customer = (await british.customer())["Id"]
        lines = [line("120", "2", Qty=3, UnitPrice=40), line("10.50", "3")]
        invoice = await british.invoice(
            customer, Line=lines, GlobalTaxCalculation="TaxInclusive"
        )
        assert invoice["TotalAmt"] == D("130.50")
        assert invoice["TxnTaxDetail"]["TotalTax"] == D("20.50")
        assert amounts_of(invoice) == [D("100.00"), D("10.00")]
        first = invoice["Line"][0]["SalesItemLineDetail"]
        assert (first["TaxInclusiveAmt"], first["UnitPrice"]) == (D("120.00"), D("33.3333333"))
        again = await british.post("Invoice", invoice | {"PrivateNote": "echoed"})
        assert again["TotalAmt"] == D("130.50")
        assert amounts_of(again) == [D("100.00"), D("10.00")]

    async def test_an_override_by_rate_must_be_complete(self, british: Books) -> None:
        customer = (await british.customer())["Id"]
        lines = [line("10", "2"), line("10", "3")]
        held = {"CustomerRef": {"value": customer}, "Line": lines}
        half = {"TaxLine": [_tax_line("1", "2.01")]}
        assert await british.code("Invoice", held | {"TxnTaxDetail": half}) == "6000"
        whole = {"TaxLine": [_tax_line("1", "2.01"), _tax_line("3", "0.49")]}
        invoice = await british.post("Invoice", held | {"TxnTaxDetail": whole})
        assert invoice["TxnTaxDetail"]["TotalTax"] == D("2.50")
        assert invoice["TotalAmt"] == D("22.50")

    async def test_bills_have_the_purchase_rates(self, british: Books) -> None:
        vendor = (await british.vendor())["Id"]
        bill = await british.bill(vendor, Line=[cost("100", "2")])
        taxes = bill["TxnTaxDetail"]["TaxLine"]
        assert [held["TaxLineDetail"]["TaxRateRef"]["value"] for held in taxes] == ["2"]
        assert bill["TotalAmt"] == 120

    async def test_a_due_date_follows_from_the_term(self, books: Books) -> None:
        customer = (await books.customer(SalesTermRef={"value": "3"}))["Id"]
        invoice = await books.invoice(customer, TxnDate="2026-03-02")
        assert (invoice["DueDate"], invoice["SalesTermRef"]["name"]) == ("2026-04-01", "Net 30")


def _tax_line(rate_id: str, amount: str) -> dict[str, Any]:
    return {
        "Amount": D(amount),
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {"TaxRateRef": {"value": rate_id}},
    }


class TestNumbers:
    async def test_sales_forms_share_a_count_that_follows_what_was_sent(
        self, books: Books
    ) -> None:
        customer = (await books.customer())["Id"]
        assert (await books.invoice(customer, DocNumber="2041"))["DocNumber"] == "2041"
        memo = {"CustomerRef": {"value": customer}, "Line": [line("1")]}
        assert (await books.post("CreditMemo", memo))["DocNumber"] == "2042"
        assert "DocNumber" not in await books.invoice(customer, DocNumber="")
        auto = await books.invoice(customer, DocNumber="AUTO_GENERATE")
        assert auto["DocNumber"] == "2043"

    async def test_a_bill_number_is_unique_per_vendor(self, books: Books) -> None:
        first, second = (await books.vendor("A"))["Id"], (await books.vendor("B"))["Id"]
        bill = await books.bill(first, DocNumber="7")
        await books.bill(second, DocNumber="7")
        again = {"VendorRef": {"value": first}, "Line": [cost("1")], "DocNumber": "7"}
        refused = await books.refused("Bill", again)
        assert refused["code"] == "6140"
        assert refused["Detail"].endswith(f"TxnType=Bill with TxnId={bill['Id']}")


class TestLines:
    async def test_a_line_array_replaces_the_stored_one(self, books: Books) -> None:
        customer = (await books.customer())["Id"]
        invoice = await books.invoice(customer, "1", "2", "3")
        kept = [held | {"Amount": D(20)} for held in invoice["Line"] if held.get("Id") == "2"]
        lines = [*kept, line("7") | {"Id": "99"}]
        changed = await books.post("Invoice", handle(invoice, sparse=True, Line=lines))
        assert [held.get("Id") for held in changed["Line"]] == ["2", "4", None]
        assert changed["TotalAmt"] == 27

    async def test_without_lines_a_sparse_update_leaves_them_alone(self, books: Books) -> None:
        customer = (await books.customer())["Id"]
        invoice = await books.invoice(customer, "1", "2")
        changed = await books.post("Invoice", handle(invoice, sparse=True, PrivateNote="x"))
        assert changed["Line"] == invoice["Line"]
        full = handle(invoice | {"SyncToken": "1"}, CustomerRef=invoice["CustomerRef"])
        assert await books.code("Invoice", full) == "2020"


class TestPayments:
    async def test_a_payment_moves_every_balance(self, books: Books) -> None:
        customer = (await books.customer())["Id"]
        await books.invoice(customer, "100")
        payment = await books.pay(customer, "130", i1="100")
        assert payment["UnappliedAmt"] == 30
        invoice = await books.get("Invoice", "1")
        assert invoice["Balance"] == 0
        assert invoice["LinkedTxn"] == [{"TxnId": payment["Id"], "TxnType": "Payment"}]
        assert invoice["SyncToken"] == "0"
        assert (await books.get("Customer", customer))["Balance"] == -30
        assert await _accounts(books) == {
            "Undeposited Funds": 130,
            "Accounts Receivable (A/R)": -30,
        }

    @pytest.mark.parametrize("operation", ["delete", "void"])
    async def test_taking_a_payment_back_restores_them(
        self, books: Books, operation: str
    ) -> None:
        customer = (await books.customer())["Id"]
        await books.invoice(customer, "100")
        payment = await books.pay(customer, "100", i1="100")
        if operation == "void":
            await books.post("Payment", handle(payment, sparse=True), include="void")
        else:
            await books.post("Payment", handle(payment), operation="delete")
        assert (await books.get("Invoice", "1"))["Balance"] == 100
        assert (await books.get("Invoice", "1"))["LinkedTxn"] == []
        assert (await books.get("Customer", customer))["Balance"] == 100
        assert await _accounts(books) == {"Accounts Receivable (A/R)": 100}

    async def test_an_update_without_the_line_unlinks(self, books: Books) -> None:
        customer = (await books.customer())["Id"]
        await books.invoice(customer, "100")
        payment = await books.pay(customer, "100", i1="100")
        changed = await books.post("Payment", handle(payment, sparse=True, Line=[]))
        assert changed["UnappliedAmt"] == 100
        assert (await books.get("Invoice", "1"))["Balance"] == 100

    async def test_more_than_is_open_cannot_be_applied(self, books: Books) -> None:
        customer = (await books.customer())["Id"]
        await books.invoice(customer, "100")
        held = {"CustomerRef": {"value": customer}, "TotalAmt": 200}
        too_much = held | {"Line": [applied("1", "100.01")]}
        assert await books.code("Payment", too_much) == "6000"
        twice = held | {"Line": [applied("1", "60"), applied("1", "60")]}
        assert await books.code("Payment", twice) == "6000"
        unpaid = held | {"TotalAmt": 10, "Line": [applied("1", "11")]}
        assert await books.code("Payment", unpaid) == "6000"

    async def test_an_invoice_of_another_customer_cannot_be_paid(self, books: Books) -> None:
        parent = await books.customer("Parent")
        child = await books.customer("Child", Job=True, ParentRef={"value": parent["Id"]})
        other = await books.customer("Other")
        await books.invoice(child["Id"], "100")
        held = {"TotalAmt": 5, "Line": [applied("1", "5")]}
        foreign = held | {"CustomerRef": {"value": other["Id"]}}
        assert await books.code("Payment", foreign) == "6000"
        await books.post("Payment", held | {"CustomerRef": {"value": parent["Id"]}})
        assert (await books.get("Customer", parent["Id"]))["BalanceWithJobs"] == 95

    async def test_a_credit_memo_is_applied_by_a_payment_of_nothing(self, books: Books) -> None:
        customer = (await books.customer())["Id"]
        await books.invoice(customer, "100")
        memo = {"CustomerRef": {"value": customer}, "Line": [line("30")]}
        await books.post("CreditMemo", memo)
        lines = [applied("1", "30"), applied("2", "30", "CreditMemo")]
        body = {"CustomerRef": {"value": customer}, "TotalAmt": 0, "Line": lines}
        await books.post("Payment", body)
        assert (await books.get("Invoice", "1"))["Balance"] == 70
        assert (await books.get("CreditMemo", "2"))["RemainingCredit"] == 0
        assert (await books.get("Customer", customer))["Balance"] == 70

    async def test_an_invoice_with_a_payment_is_not_voided(self, books: Books) -> None:
        customer = (await books.customer())["Id"]
        invoice = await books.invoice(customer, "100")
        payment = await books.pay(customer, "100", i1="40")
        refused = await books.refused("Invoice", handle(invoice), operation="void")
        assert (refused["code"], "payment is applied" in refused["Detail"]) == ("6000", True)
        await books.post("Payment", handle(payment, sparse=True), include="void")
        voided = await books.post("Invoice", handle(invoice), operation="void")
        assert voided["TotalAmt"] == 0

    async def test_a_linked_invoice_can_be_voided_by_switch_but_not_deleted(
        self, books: Books
    ) -> None:
        await books.control("switches", {"void_with_payment": "unlink"})
        customer = (await books.customer())["Id"]
        invoice = await books.invoice(customer, "100")
        payment = await books.pay(customer, "100", i1="100")
        assert await books.code("Invoice", handle(invoice), operation="delete") == "6000"
        await books.post("Invoice", handle(invoice), operation="void")
        freed = await books.get("Payment", payment["Id"])
        assert (freed["UnappliedAmt"], freed["Line"]) == (100, [])
        assert (await books.get("Customer", customer))["Balance"] == -100

    async def test_an_invoice_cannot_fall_below_what_is_applied(self, books: Books) -> None:
        customer = (await books.customer())["Id"]
        invoice = await books.invoice(customer, "100")
        await books.pay(customer, "80", i1="80")
        less = handle(invoice, sparse=True, Line=[line("79.99")])
        assert await books.code("Invoice", less) == "6000"
        enough = handle(invoice, sparse=True, Line=[line("90")])
        assert (await books.post("Invoice", enough))["Balance"] == 10

    async def test_a_link_can_raise_the_sync_token(self, books: Books) -> None:
        await books.control("switches", {"link_bumps_sync_token": True})
        customer = (await books.customer())["Id"]
        await books.invoice(customer, "100")
        await books.pay(customer, "80", i1="80")
        assert (await books.get("Invoice", "1"))["SyncToken"] == "1"


class TestBills:
    async def test_a_bill_payment_by_card(self, books: Books) -> None:
        vendor = (await books.vendor())["Id"]
        await books.bill(vendor, "204")
        held = {"VendorRef": {"value": vendor}, "PayType": "CreditCard", "TotalAmt": 204}
        held |= {"Line": [applied("1", "204", "Bill")]}
        assert await books.code("BillPayment", held) == "2020"
        card = {"CCAccountRef": {"value": "41"}}
        await books.post("BillPayment", held | {"CreditCardPayment": card})
        bill = await books.get("Bill", "1")
        assert bill["Balance"] == 0
        assert bill["LinkedTxn"][0]["TxnType"] == "BillPaymentCreditCard"
        assert (await books.get("Vendor", vendor))["Balance"] == 0
        assert await _accounts(books) == {"Corporate Card": 204}

    async def test_a_bill_cannot_be_voided(self, books: Books) -> None:
        bill = await books.bill((await books.vendor())["Id"])
        assert await books.code("Bill", handle(bill), operation="void") == "6450"

    async def test_billable_costs_need_a_customer(self, books: Books) -> None:
        vendor = (await books.vendor())["Id"]
        lines = [cost("1", BillableStatus="Billable")]
        body = {"VendorRef": {"value": vendor}, "Line": lines}
        assert await books.code("Bill", body) == "6000"


class TestVoids:
    async def test_a_voided_invoice_stays_at_zero(self, books: Books) -> None:
        customer = (await books.customer())["Id"]
        lines = [line("300", "TAX", Qty=4, UnitPrice=75)]
        invoice = await books.invoice(customer, Line=lines, PrivateNote="ext:1")
        voided = await books.post("Invoice", handle(invoice), operation="void")
        assert (voided["TotalAmt"], voided["Balance"], voided["SyncToken"]) == (0, 0, "1")
        assert voided["TxnTaxDetail"] == {"TotalTax": 0}
        assert voided["PrivateNote"] == "Voided - ext:1"
        detail = voided["Line"][0]["SalesItemLineDetail"]
        assert (detail["Qty"], "UnitPrice" in detail) == (0, False)
        assert (await books.get("Customer", customer))["Balance"] == 0
        assert await _accounts(books) == {}
        shown = await books.control(f"ledger/{books.realm}")
        assert shown["entities"]["Invoice"]["documents"][0]["status"] == "voided"

    async def test_the_answer_can_be_short(self, books: Books) -> None:
        await books.control("switches", {"void_response": "short"})
        invoice = await books.invoice((await books.customer())["Id"])
        voided = await books.post("Invoice", handle(invoice), operation="void")
        assert voided == {"Id": "1", "SyncToken": "1", "status": "Voided", "domain": "QBO"}


class TestJournals:
    async def test_a_journal_on_payables_needs_and_changes_a_vendor(self, books: Books) -> None:
        vendor = (await books.vendor())["Id"]
        debit, credit = _side("Debit", "64"), _side("Credit", "33")
        assert await books.code("JournalEntry", {"Line": [debit, credit]}) == "6000"
        entity = {"Type": "Vendor", "EntityRef": {"value": vendor}}
        credit["JournalEntryLineDetail"]["Entity"] = entity
        entry = await books.post("JournalEntry", {"Line": [debit, credit]})
        assert [held["Id"] for held in entry["Line"]] == ["0", "1"]
        assert (await books.get("Vendor", vendor))["Balance"] == 50
        await books.post("JournalEntry", handle(entry), operation="delete")
        assert (await books.get("Vendor", vendor))["Balance"] == 0


def _side(side: str, account: str) -> dict[str, Any]:
    kind = "JournalEntryLineDetail"
    detail = {"PostingType": side, "AccountRef": {"value": account}}
    return {"Amount": 50, "DetailType": kind, kind: detail}
