"""`python-quickbooks`, against the simulator behind a socket."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
import requests
from intuitlib.enums import Scopes
from quickbooks import QuickBooks
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import (
    ObjectNotFoundException,
    QuickbooksException,
    ValidationException,
)
from quickbooks.objects import (
    Account,
    Bill,
    BillPayment,
    BillPaymentLine,
    CheckPayment,
    CompanyInfo,
    CreditMemo,
    Customer,
    Invoice,
    Item,
    Payment,
    Preferences,
    SalesReceipt,
    TaxCode,
    Term,
    Vendor,
)
from quickbooks.objects.trackingclass import Class

from providers.simulators.qbo.config import QboQuotas, QboSimulatorConfig
from tests.eventually import PATIENCE_S
from tests.integration.simulators.qbo_objects import (
    a_bill,
    a_customer,
    a_journal,
    a_sales_line,
    a_vendor,
    an_invoice,
    pay,
    unsaved_customer,
)
from tests.integration.simulators.qbo_server import (
    APP,
    CONFIG,
    GB,
    REDIRECT,
    US,
    Connected,
    serve,
)


@pytest.fixture(autouse=True)
def _plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow the client's OAuth layer to speak to a local server without TLS."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture
def connected() -> Iterator[Connected]:
    with serve(CONFIG) as base:
        yield Connected(base, US)


@pytest.fixture
def books(connected: Connected) -> QuickBooks:
    return connected.books


class TestNameLists:
    def test_a_customer_is_created_found_changed_and_deactivated(
        self, books: QuickBooks
    ) -> None:
        customer = a_customer(books, "Adam's Shop")
        assert Customer.filter(DisplayName="Adam's Shop", qb=books)[0].Id == customer.Id
        customer.Notes = "pays late"
        customer = customer.save(qb=books)
        assert (customer.Notes, customer.SyncToken) == ("pays late", "1")
        customer.Active = False
        assert customer.save(qb=books).DisplayName == "Adam's Shop (deleted)"
        assert Customer.all(qb=books) == []
        assert Customer.count("Active IN (true,false)", qb=books) == 1

    def test_a_name_is_unique_over_customers_and_vendors(self, books: QuickBooks) -> None:
        customer = a_customer(books)
        with pytest.raises(QuickbooksException) as caught:
            a_vendor(books, "harrow & vale llc")
        assert caught.value.error_code == 6240
        assert caught.value.detail.endswith(f"Id={customer.Id}")

    def test_an_inventory_item_has_its_accounts(self, books: QuickBooks) -> None:
        item = Item()
        item.Name, item.Type, item.Sku = "Bracket M8", "Inventory", "BRK-M8"
        item.TrackQtyOnHand, item.QtyOnHand, item.InvStartDate = True, 10, "2026-01-01"
        for name, kind in (
            ("IncomeAccountRef", "SalesOfProductIncome"),
            ("ExpenseAccountRef", "SuppliesMaterialsCogs"),
            ("AssetAccountRef", "Inventory"),
        ):
            found = Account.where(f"AccountSubType = '{kind}'", qb=books)
            setattr(item, name, found[0].to_ref())
        saved = item.save(qb=books)
        an_invoice(books, a_customer(books), Line=[a_sales_line(saved, 42)])
        assert Item.get(saved.Id, qb=books).Sku == "BRK-M8"
        assert {found.Sku for found in Item.all(qb=books)} == {None, "BRK-M8"}

    def test_an_account_gets_its_type_from_the_subtype(self, books: QuickBooks) -> None:
        account = Account()
        account.Name, account.AccountSubType, account.AcctNum = "Till", "CashOnHand", "1010"
        saved = account.save(qb=books)
        assert (saved.AccountType, saved.Classification) == ("Bank", "Asset")

    def test_a_stale_token_and_an_unknown_id(self, books: QuickBooks) -> None:
        customer = a_customer(books)
        customer.save(qb=books)
        with pytest.raises(QuickbooksException) as caught:
            customer.save(qb=books)
        assert caught.value.error_code == 5010
        with pytest.raises(ObjectNotFoundException):
            Customer.get(999, qb=books)

    def test_lists_of_a_new_company(self, books: QuickBooks) -> None:
        assert {term.Name for term in Term.all(qb=books)} >= {"Net 30"}
        assert {code.Id for code in TaxCode.all(qb=books)} == {"TAX", "NON", "2"}
        assert Preferences.get(qb=books).TaxPrefs.UsingSalesTax is True
        assert CompanyInfo.all(qb=books)[0].CompanyName == "Larkspur Supply Co"


class TestTransactions:
    def test_an_invoice_is_paid_and_voided(self, connected: Connected) -> None:
        books = connected.books
        customer = a_customer(books)
        invoice = an_invoice(books, customer, "100.10")
        assert invoice.TotalAmt == Decimal("100.10")
        assert invoice.DocNumber == "1001"
        payment = pay(books, customer, invoice, Decimal("60.10"))
        assert Invoice.get(invoice.Id, qb=books).Balance == 40
        assert Customer.get(customer.Id, qb=books).Balance == 40
        payment.void(qb=books)
        assert Invoice.get(invoice.Id, qb=books).Balance == Decimal("100.10")
        assert Payment.get(payment.Id, qb=books).PrivateNote == "Voided"
        Invoice.get(invoice.Id, qb=books).void(qb=books)
        voided = Invoice.get(invoice.Id, qb=books)
        assert (voided.TotalAmt, voided.Balance, voided.PrivateNote) == (0, 0, "Voided")
        ledger = connected.control(f"ledger/{US}")["entities"]
        assert ledger["Customer"]["balance"] == 0
        assert ledger["Invoice"]["voided"] == 1

    def test_a_line_left_out_of_an_update_is_deleted(self, books: QuickBooks) -> None:
        item = Item.all(max_results=1, qb=books)[0]
        lines = [a_sales_line(item, 10), a_sales_line(item, 20)]
        invoice = an_invoice(books, a_customer(books), Line=lines)
        invoice.Line = [line for line in invoice.Line if line.Amount == 20 and line.Id]
        saved = invoice.save(qb=books)
        kept = [line.Id for line in saved.Line if line.Id]
        assert (kept, saved.TotalAmt) == (["2"], 20)

    def test_a_line_keeps_its_class_and_takes_no_unknown_one(self, books: QuickBooks) -> None:
        retail = Class()
        retail.Name = "Retail"
        retail = retail.save(qb=books)
        assert [found.Id for found in Class.filter(Name="Retail", qb=books)] == [retail.Id]
        line = a_sales_line(Item.all(max_results=1, qb=books)[0], 10)
        line.SalesItemLineDetail.ClassRef = retail.to_ref()
        invoice = an_invoice(books, a_customer(books), Line=[line])
        kept = Invoice.get(invoice.Id, qb=books).Line[0].SalesItemLineDetail.ClassRef
        assert (kept.value, kept.name) == (retail.Id, "Retail")
        line.SalesItemLineDetail.ClassRef.value = "77"
        with pytest.raises(ValidationException) as caught:
            an_invoice(books, a_customer(books, "Other"), Line=[line])
        assert caught.value.error_code == 2500

    def test_a_number_is_unique_unless_duplicates_are_allowed(self, books: QuickBooks) -> None:
        customer = a_customer(books)
        first = an_invoice(books, customer, DocNumber="A-1")
        with pytest.raises(QuickbooksException) as caught:
            an_invoice(books, customer, DocNumber="A-1")
        assert caught.value.error_code == 6140
        assert caught.value.detail.endswith(
            f"DocNumber=A-1 is assigned to TxnType=Invoice with TxnId={first.Id}"
        )
        again = Invoice()
        again.CustomerRef, again.DocNumber, again.Line = customer.to_ref(), "A-1", first.Line
        saved = again.save(qb=books, params={"include": "allowduplicatedocnum"})
        assert saved.DocNumber == "A-1"

    def test_a_wrong_product_is_refused(self, books: QuickBooks) -> None:
        line = a_sales_line(Item.all(max_results=1, qb=books)[0], 10)
        line.SalesItemLineDetail.Qty, line.SalesItemLineDetail.UnitPrice = 3, 3
        with pytest.raises(QuickbooksException) as caught:
            an_invoice(books, a_customer(books), Line=[line])
        assert caught.value.error_code == 6070

    def test_a_missing_customer_is_a_validation_error(self, books: QuickBooks) -> None:
        invoice = Invoice()
        invoice.Line.append(a_sales_line(Item.all(max_results=1, qb=books)[0], 1))
        with pytest.raises(ValidationException) as caught:
            invoice.save(qb=books)
        assert caught.value.error_code == 2020

    def test_a_bill_is_paid_by_check(self, books: QuickBooks) -> None:
        vendor = a_vendor(books)
        bill = a_bill(books, vendor)
        line = BillPaymentLine()
        line.Amount = 204
        line.LinkedTxn.append(bill.to_linked_txn())
        payment = BillPayment()
        payment.VendorRef, payment.PayType, payment.TotalAmt = vendor.to_ref(), "Check", 204
        payment.CheckPayment = CheckPayment()
        bank = Account.where("AccountType = 'Bank'", max_results=1, qb=books)[0]
        payment.CheckPayment.BankAccountRef = bank.to_ref()
        payment.Line.append(line)
        saved = payment.save(qb=books)
        paid = Bill.get(bill.Id, qb=books)
        assert paid.Balance == 0
        assert [link.TxnType for link in paid.LinkedTxn] == ["BillPaymentCheck"]
        saved.void(qb=books)
        assert Bill.get(bill.Id, qb=books).Balance == 204

    def test_a_bill_is_deleted(self, books: QuickBooks) -> None:
        vendor = a_vendor(books)
        bill = a_bill(books, vendor)
        bill.delete(qb=books)
        with pytest.raises(ObjectNotFoundException):
            bill.delete(qb=books)
        assert Vendor.get(vendor.Id, qb=books).Balance == 0

    def test_receipts_credit_memos_and_journals(self, books: QuickBooks) -> None:
        customer = a_customer(books)
        line = a_sales_line(Item.all(max_results=1, qb=books)[0], 75)
        receipt, memo = SalesReceipt(), CreditMemo()
        for form in (receipt, memo):
            form.CustomerRef, form.Line = customer.to_ref(), [line]
        assert receipt.save(qb=books).Balance == 0
        assert memo.save(qb=books).RemainingCredit == 75
        assert Customer.get(customer.Id, qb=books).Balance == -75
        assert a_journal(books, 50, 50).TotalAmt == 0
        with pytest.raises(QuickbooksException) as caught:
            a_journal(books, 50, 49)
        assert caught.value.error_code == 2300

    def test_a_request_id_gives_the_first_answer_again(self, connected: Connected) -> None:
        customer = Customer()
        customer.DisplayName = "Once"
        first = customer.save(qb=connected.books, request_id="r-1")
        customer.Id = None
        again = customer.save(qb=connected.books, request_id="r-1")
        assert again.Id == first.Id
        assert connected.control("stats")["writes"][US]["operations"] == {"Customer.created": 1}

    def test_tax_codes_and_rates_outside_the_united_states(self) -> None:
        with serve(CONFIG) as base:
            books = Connected(base, GB).books
            code = TaxCode.filter(Name="20.0% S", qb=books)[0]
            line = a_sales_line(Item.all(max_results=1, qb=books)[0], "99.99")
            with pytest.raises(QuickbooksException) as caught:
                an_invoice(books, a_customer(books, "No code"), Line=[line])
            assert caught.value.error_code == 6000
            line.SalesItemLineDetail.TaxCodeRef = code.to_ref()
            invoice = an_invoice(books, a_customer(books), Line=[line])
            assert invoice.TxnTaxDetail.TotalTax == Decimal("20.00")
            assert invoice.TotalAmt == Decimal("119.99")


class TestManyAtOnce:
    def test_queries_page_through_everything(self, books: QuickBooks) -> None:
        for first in range(0, 120, 30):
            batch_create([unsaved_customer(n) for n in range(first, first + 30)], qb=books)
        assert Customer.count(qb=books) == 120
        pages = [Customer.all(start_position=n, qb=books) for n in (1, 101, 201)]
        assert [len(page) for page in pages] == [100, 20, 0]
        ids = [customer.Id for page in pages for customer in page]
        assert len(set(ids)) == 120
        assert ids != sorted(ids, key=int)
        ordered = Customer.all(order_by="DisplayName DESC", max_results=2, qb=books)
        assert [found.DisplayName for found in ordered] == ["Customer 119", "Customer 118"]

    def test_a_batch_has_successes_and_faults(self, books: QuickBooks) -> None:
        created = batch_create(
            [unsaved_customer(1), unsaved_customer(1), unsaved_customer(2)], qb=books
        )
        assert [found.DisplayName for found in created.successes] == [
            "Customer 001",
            "Customer 002",
        ]
        assert [fault.Error[0].code for fault in created.faults] == ["6240"]
        for customer in created.successes:
            customer.Notes = "seen"
        assert len(batch_update(created.successes, qb=books).successes) == 2
        bills = [a_bill(books, a_vendor(books))]
        assert batch_delete(bills, qb=books).faults == []

    def test_change_data_tells_of_changes_and_deletes(self, books: QuickBooks) -> None:
        a_customer(books)
        bill = a_bill(books, a_vendor(books))
        bill.delete(qb=books)
        since = (datetime.now(UTC) - timedelta(days=2)).isoformat()
        changes = change_data_capture([Customer, Bill, Invoice], since, qb=books)
        assert len(changes.Customer) == 1
        assert changes.Bill[0].status == "Deleted"
        assert not hasattr(changes, "Invoice")


class TestTrouble:
    def test_a_lost_answer_leaves_the_write_done(self, connected: Connected) -> None:
        rule = {"name": "lost", "kind": "drop_after_commit", "method": "POST", "nth": 1}
        connected.control("faults", rule | {"path": "/customer"})
        customer = Customer()
        customer.DisplayName = "Lost and found"
        with pytest.raises(requests.ConnectionError):
            customer.save(qb=connected.books, request_id="r-1")
        saved = customer.save(qb=connected.books, request_id="r-1")
        assert Customer.count(qb=connected.books) == 1
        assert Customer.get(saved.Id, qb=connected.books).DisplayName == "Lost and found"
        assert connected.control("stats")["faults"]["lost"]["thrown"] == 1

    def test_more_than_ten_at_once_are_throttled(self) -> None:
        two = QboSimulatorConfig(latency_ms=0, quotas=QboQuotas(per_second=None, in_flight=2))
        with serve(two) as base:
            connected = Connected(base, US)
            # Answers take longer than it takes to ask three times, also on a busy machine.
            connected.control("latency", {"latency_ms": 4_000})
            statuses = _three_at_once(connected)
            assert sorted(statuses) == [200, 200, 429]
            assert connected.control("stats")["realms"][US]["max_in_flight"] == 3

    def test_one_call_after_the_other_is_never_throttled(self) -> None:
        with serve(QboSimulatorConfig()) as base:
            connected = Connected(base, US)
            for _ in range(12):
                Term.all(qb=connected.books)
            seen = connected.control("stats")["realms"][US]
            assert (seen["throttled"], seen["max_in_any_second"] <= 10) == (0, True)

    def test_the_pages_show_the_books(self, connected: Connected) -> None:
        an_invoice(connected.books, a_customer(connected.books), PrivateNote="ext:ord-1")
        for path in ("/", f"/ledger/{US}", f"/ledger/{US}/Invoice"):
            assert httpx.get(connected.base + path, timeout=PATIENCE_S).status_code == 200
        page = httpx.get(f"{connected.base}/ledger/{US}/Invoice/1")
        assert "ext:ord-1" in page.text

    def test_the_consent_page_names_app_and_companies(self, connected: Connected) -> None:
        asked = connected.auth.get_authorization_url([Scopes.ACCOUNTING])
        page = httpx.get(asked).text
        assert APP.client_id in page
        assert "Harbour Cafe" in page
        bad = httpx.get(asked.replace("client_id=", "client_id=x"))
        assert bad.status_code == 400
        assert REDIRECT not in bad.headers.get("location", "")


def _three_at_once(connected: Connected) -> list[int]:
    url = f"{connected.base}/v3/company/{US}/companyinfo/{US}"
    headers = {"authorization": f"Bearer {connected.auth.access_token}"}

    async def ask() -> list[int]:
        async with httpx.AsyncClient(headers=headers, timeout=PATIENCE_S) as client:
            answers = await asyncio.gather(*(client.get(url) for _ in range(3)))
        return [answer.status_code for answer in answers]

    return asyncio.run(ask())
