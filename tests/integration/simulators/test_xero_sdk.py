"""Xero's own Python client, against the simulator behind a real socket."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from xero_python.accounting.models import (
    Account,
    Accounts,
    AccountType,
    Allocation,
    Allocations,
    BankTransaction,
    BankTransactions,
    BatchPayment,
    BatchPaymentDeleteByUrlParam,
    BatchPayments,
    Contact,
    Contacts,
    CreditNote,
    CreditNotes,
    Invoice,
    Invoices,
    Item,
    Items,
    LineItem,
    Payment,
    PaymentDelete,
    Payments,
    Purchase,
)
from xero_python.exceptions import (
    AccountingBadRequestException,
    HTTPStatusException,
    NotFoundException,
    RateLimitException,
)

from providers.simulators.xero.app import create_app
from providers.simulators.xero.config import OrganisationSpec, XeroQuotas, XeroSimulatorConfig
from tests.integration.simulators.xero_server import SdkClient, serve

TENANT = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
CONFIG = XeroSimulatorConfig(
    organisations=(
        OrganisationSpec(name="Maple Florist", tenant_id=TENANT),
        OrganisationSpec(name="Harbour Cafe", country="GB", tenant_id=OTHER),
    ),
    quotas=XeroQuotas(calls_per_minute=60),
)
DAY = date(2026, 7, 6)
DUE = date(2026, 8, 20)


@pytest.fixture
def sdk() -> Iterator[SdkClient]:
    with serve(create_app(CONFIG)) as base:
        client = SdkClient(base)
        client.consent()
        yield client
        client.api_client.rest_client.pool_manager.clear()


def sale(*lines: LineItem, **more: Any) -> Invoice:
    values: dict[str, Any] = {
        "type": "ACCREC",
        "contact": Contact(name="Harbour Cafe Ltd"),
        "date": DAY,
        "due_date": DUE,
        "status": "AUTHORISED",
        "line_items": list(lines) or [line("100.00")],
    }
    return Invoice(**(values | more))


def line(price: str, account: str = "200", **more: Any) -> LineItem:
    return LineItem(
        description="House blend", unit_amount=Decimal(price), account_code=account, **more
    )


def create_one(sdk: SdkClient, invoice: Invoice) -> Any:
    (made,) = sdk.accounting.create_invoices(TENANT, Invoices(invoices=[invoice])).invoices
    return made


def pay(invoice: Any, amount: str) -> Payment:
    return Payment(
        invoice=Invoice(invoice_id=invoice.invoice_id),
        account=Account(code="090"),
        date=DAY,
        amount=Decimal(amount),
        reference="ext:pay-1",
    )


def test_connections_name_both_organisations_of_the_consent(sdk: SdkClient) -> None:
    connections = sdk.identity.get_connections()
    assert {c.tenant_id for c in connections} == {TENANT, OTHER}
    assert {c.tenant_type for c in connections} == {"ORGANISATION"}
    (first, _) = connections
    again = sdk.identity.get_connections(auth_event_id=first.auth_event_id)
    assert [c.id for c in again] == [c.id for c in connections]


def test_a_deleted_connection_closes_its_organisation_only(sdk: SdkClient) -> None:
    connection = next(c for c in sdk.identity.get_connections() if c.tenant_id == TENANT)
    sdk.identity.delete_connection(connection.id)
    with pytest.raises(HTTPStatusException) as refused:
        sdk.accounting.get_organisations(TENANT)
    assert refused.value.status == 403
    assert sdk.accounting.get_organisations(OTHER).organisations[0].name == "Harbour Cafe"


def test_a_refreshed_token_works_and_a_revoked_one_does_not(sdk: SdkClient) -> None:
    refreshed = sdk.tokens.refresh_token(sdk.token["refresh_token"], sdk.token["scope"])
    assert refreshed["refresh_token"] != sdk.token["refresh_token"]
    sdk.take(refreshed)
    assert sdk.accounting.get_organisations(TENANT).organisations
    assert sdk.tokens.revoke_token(refreshed["refresh_token"]) == 200
    sdk.api_client.last_response.close()  # the client itself leaves the socket open
    with pytest.raises(HTTPStatusException) as refused:
        sdk.accounting.get_organisations(TENANT)
    assert refused.value.status == 401


def test_settings_are_well_typed_for_the_client(sdk: SdkClient) -> None:
    org = sdk.accounting.get_organisations(TENANT).organisations[0]
    assert (org.base_currency.value, org.country_code.value) == ("NZD", "NZ")
    accounts = sdk.accounting.get_accounts(TENANT, where='Type=="BANK"').accounts
    assert {a.code for a in accounts} == {"090", "091"}
    rates = sdk.accounting.get_tax_rates(TENANT).tax_rates
    assert {r.tax_type: r.effective_rate for r in rates}["OUTPUT2"] == Decimal("15.0")
    (region,) = sdk.accounting.get_tracking_categories(TENANT).tracking_categories
    assert [option.name for option in region.options] == ["North", "South"]
    currencies = sdk.accounting.get_currencies(TENANT).currencies
    assert {c.code.value for c in currencies} == {"NZD", "USD"}


def test_a_contact_is_created_read_by_number_and_changed(sdk: SdkClient) -> None:
    wanted = Contact(
        name="Mia Tane", contact_number="QB-118", email_address="ap@harbourcafe.example"
    )
    (made,) = sdk.accounting.create_contacts(TENANT, Contacts(contacts=[wanted])).contacts
    by_number = sdk.accounting.get_contact_by_contact_number(TENANT, "QB-118").contacts[0]
    assert by_number.contact_id == made.contact_id
    change = Contacts(contacts=[Contact(first_name="Mia")])
    (changed,) = sdk.accounting.update_contact(TENANT, made.contact_id, change).contacts
    assert (changed.first_name, changed.name) == ("Mia", "Mia Tane")
    assert len(sdk.accounting.get_contacts(TENANT, page=1).contacts[0].phones) == 4


def test_a_second_active_contact_of_a_name_raises_the_typed_error(sdk: SdkClient) -> None:
    sdk.accounting.create_contacts(TENANT, Contacts(contacts=[Contact(name="Twin")]))
    with pytest.raises(AccountingBadRequestException) as refused:
        sdk.accounting.create_contacts(TENANT, Contacts(contacts=[Contact(name="TWIN")]))
    assert "already assigned to another contact" in refused.value.reason


def test_an_item_is_created_changed_used_and_deleted(sdk: SdkClient) -> None:
    item = Item(
        code="BEAN-1KG",
        name="House blend 1 kg",
        description="House blend 1 kg",
        sales_details=Purchase(unit_price=Decimal("28.50"), account_code="200"),
    )
    (made,) = sdk.accounting.create_items(TENANT, Items(items=[item])).items
    invoice = create_one(sdk, sale(LineItem(item_code="BEAN-1KG", quantity=Decimal(12))))
    assert (invoice.sub_total, invoice.total_tax) == (Decimal("342.0"), Decimal("51.3"))
    change = Items(items=[Item(code="BEAN-1KG", name="House blend")])
    (changed,) = sdk.accounting.update_item(TENANT, made.item_id, change).items
    assert (changed.name, changed.sales_details.unit_price) == ("House blend", Decimal("28.5"))
    sdk.accounting.delete_item(TENANT, made.item_id)
    with pytest.raises(NotFoundException):
        sdk.accounting.get_item(TENANT, made.item_id)


def test_an_account_is_created_and_archived(sdk: SdkClient) -> None:
    account = Account(code="250", name="Coffee sales", type=AccountType.REVENUE)
    (made,) = sdk.accounting.create_account(TENANT, account).accounts
    archive = Accounts(accounts=[Account(status="ARCHIVED")])
    (archived,) = sdk.accounting.update_account(TENANT, made.account_id, archive).accounts
    assert (archived.status, archived.code) == ("ARCHIVED", "250")


def test_tax_is_rounded_by_line_and_then_summed(sdk: SdkClient) -> None:
    invoice = create_one(sdk, sale(line("25.06"), line("25.61"), line("25.63")))
    assert invoice.total_tax == Decimal("11.44")
    assert invoice.total == Decimal("87.74")
    read = sdk.accounting.get_invoice(TENANT, invoice.invoice_id).invoices[0]
    assert [entry.tax_amount for entry in read.line_items] == [
        Decimal("3.76"),
        Decimal("3.84"),
        Decimal("3.84"),
    ]
    assert (read.date, read.due_date) == (DAY, DUE)


def test_a_known_sales_number_raises_the_typed_error(sdk: SdkClient) -> None:
    create_one(sdk, sale(invoice_number="INV-0042"))
    with pytest.raises(AccountingBadRequestException) as refused:
        create_one(sdk, sale(invoice_number="INV-0042"))
    assert refused.value.reason == "Invoice # must be unique."


def test_a_post_with_a_known_number_overwrites(sdk: SdkClient) -> None:
    first = create_one(sdk, sale(invoice_number="INV-0042"))
    second = sale(line("7.00"), invoice_number="INV-0042")
    answer = sdk.accounting.update_or_create_invoices(TENANT, Invoices(invoices=[second]))
    assert answer.invoices[0].invoice_id == first.invoice_id
    assert answer.invoices[0].sub_total == Decimal("7.0")


def test_payments_make_an_invoice_paid_and_their_deletion_reopens_it(sdk: SdkClient) -> None:
    invoice = create_one(sdk, sale())
    answer = sdk.accounting.create_payments(TENANT, Payments(payments=[pay(invoice, "115")]))
    (payment,) = answer.payments
    assert payment.invoice.amount_due == Decimal("0.0")
    paid = sdk.accounting.get_invoice(TENANT, invoice.invoice_id).invoices[0]
    assert (paid.status, paid.amount_paid, paid.fully_paid_on_date) == (
        "PAID",
        Decimal("115.0"),
        DAY,
    )
    assert paid.updated_date_utc > invoice.updated_date_utc
    delete = PaymentDelete(status="DELETED")
    sdk.accounting.delete_payment(TENANT, payment.payment_id, delete)
    reopened = sdk.accounting.get_invoice(TENANT, invoice.invoice_id).invoices[0]
    assert (reopened.status, reopened.amount_due) == ("AUTHORISED", Decimal("115.0"))


def test_a_bill_is_paid_by_a_single_posted_payment(sdk: SdkClient) -> None:
    bill = create_one(sdk, sale(line("10", "300"), type="ACCPAY", invoice_number="B-1"))
    (payment,) = sdk.accounting.create_payment(TENANT, pay(bill, "11.50")).payments
    assert payment.payment_type == "ACCPAYPAYMENT"
    with pytest.raises(AccountingBadRequestException) as refused:
        sdk.accounting.create_payment(TENANT, pay(bill, "0.01"))
    assert "exceeds the amount outstanding" in refused.value.reason


def test_a_batch_pays_its_bills_and_guards_its_members(sdk: SdkClient) -> None:
    bills = [create_one(sdk, sale(line("10", "300"), type="ACCPAY")) for _ in range(2)]
    batch = BatchPayment(
        account=Account(code="090"),
        date=DAY,
        reference="Weekly run",
        payments=[
            Payment(invoice=Invoice(invoice_id=b.invoice_id), amount=Decimal("11.50"))
            for b in bills
        ],
    )
    answer = sdk.accounting.create_batch_payment(TENANT, BatchPayments(batch_payments=[batch]))
    (made,) = answer.batch_payments
    assert (made.type, made.total_amount) == ("PAYBATCH", Decimal("23.0"))
    member = made.payments[0].payment_id
    with pytest.raises(AccountingBadRequestException, match="part of a batch"):
        sdk.accounting.delete_payment(TENANT, member, PaymentDelete(status="DELETED"))
    sdk.accounting.delete_batch_payment_by_url_param(
        TENANT, made.batch_payment_id, BatchPaymentDeleteByUrlParam(status="DELETED")
    )
    read = sdk.accounting.get_invoice(TENANT, bills[0].invoice_id).invoices[0]
    assert read.status == "AUTHORISED"


def test_an_unpaid_invoice_is_voided_and_a_paid_one_is_not(sdk: SdkClient) -> None:
    void = Invoices(invoices=[Invoice(status="VOIDED")])
    unpaid, paid = create_one(sdk, sale()), create_one(sdk, sale())
    (voided,) = sdk.accounting.update_invoice(TENANT, unpaid.invoice_id, void).invoices
    assert (voided.status, voided.amount_due, voided.total) == (
        "VOIDED",
        Decimal("0.0"),
        Decimal("115.0"),
    )
    sdk.accounting.create_payments(TENANT, Payments(payments=[pay(paid, "1")]))
    with pytest.raises(AccountingBadRequestException, match="not of valid status"):
        sdk.accounting.update_invoice(TENANT, paid.invoice_id, void)


def test_a_credit_note_is_allocated(sdk: SdkClient) -> None:
    invoice = create_one(sdk, sale())
    note = CreditNote(
        type="ACCRECCREDIT",
        contact=Contact(contact_id=invoice.contact.contact_id),
        date=DAY,
        status="AUTHORISED",
        line_items=[line("20")],
    )
    answer = sdk.accounting.create_credit_notes(TENANT, CreditNotes(credit_notes=[note]))
    (made,) = answer.credit_notes
    sdk.accounting.create_credit_note_allocation(
        TENANT,
        made.credit_note_id,
        Allocations(
            allocations=[
                Allocation(
                    invoice=Invoice(invoice_id=invoice.invoice_id), amount=Decimal(23), date=DAY
                )
            ]
        ),
    )
    used = sdk.accounting.get_credit_note(TENANT, made.credit_note_id).credit_notes[0]
    assert (used.status, used.remaining_credit) == ("PAID", Decimal("0.0"))
    read = sdk.accounting.get_invoice(TENANT, invoice.invoice_id).invoices[0]
    assert (read.amount_credited, read.amount_due) == (Decimal("23.0"), Decimal("92.0"))


def test_money_received_is_inclusive_of_tax_unless_told_otherwise(sdk: SdkClient) -> None:
    money = BankTransaction(
        type="RECEIVE",
        contact=Contact(name="Walk-in customers"),
        bank_account=Account(code="090"),
        date=DAY,
        line_items=[line("115")],
    )
    answer = sdk.accounting.create_bank_transactions(
        TENANT, BankTransactions(bank_transactions=[money])
    )
    (made,) = answer.bank_transactions
    assert (made.sub_total, made.total_tax, made.total) == (
        Decimal("100.0"),
        Decimal("15.0"),
        Decimal("115.0"),
    )


def test_a_batch_without_summary_tells_every_elements_fate(sdk: SdkClient) -> None:
    wanted = Invoices(
        invoices=[sale(invoice_number="A"), sale(line("1", "999")), sale(invoice_number="C")]
    )
    answer = sdk.accounting.create_invoices(TENANT, wanted, summarize_errors=False)
    assert [i.status_attribute_string for i in answer.invoices] == ["OK", "ERROR", "OK"]
    (error,) = answer.invoices[1].validation_errors
    assert error.message == "Account code '999' is not a valid code for this document"


def test_a_summarised_batch_saves_the_good_elements_all_the_same(sdk: SdkClient) -> None:
    wanted = Invoices(invoices=[sale(invoice_number="A"), sale(line("1", "999"))])
    with pytest.raises(AccountingBadRequestException) as refused:
        sdk.accounting.create_invoices(TENANT, wanted)
    assert len(refused.value.error_data["Elements"]) == 1
    assert sdk.accounting.get_invoices(TENANT, invoice_numbers="A", page=1).invoices


def test_lists_filter_order_and_page(sdk: SdkClient) -> None:
    for number in ("A-1", "A-2", "A-3"):
        create_one(sdk, sale(invoice_number=number))
    page = sdk.accounting.get_invoices(
        TENANT, where='Type=="ACCREC" AND AmountDue>0', order="InvoiceNumber DESC", page_size=2
    )
    assert [i.invoice_number for i in page.invoices] == ["A-3", "A-2"]
    assert (page.pagination.page_count, page.pagination.item_count) == (2, 3)
    unpaged = sdk.accounting.get_invoices(TENANT)
    assert all(not i.line_items for i in unpaged.invoices)


def test_the_sixty_first_call_of_a_minute_raises_the_typed_error(sdk: SdkClient) -> None:
    """By a POST: on GET and PUT the client's urllib3 sleeps for Retry-After and repeats."""
    for _ in range(60):
        sdk.accounting.get_currencies(TENANT)
    wanted = Contacts(contacts=[Contact(name="Too much")])
    with pytest.raises(RateLimitException) as refused:
        sdk.accounting.update_or_create_contacts(TENANT, wanted)
    assert refused.value.rate_limit == "minute"
    assert 1 <= int(refused.value.headers["Retry-After"]) <= 60
    assert sdk.accounting.get_currencies(OTHER).currencies


def test_the_clients_own_repeats_of_a_dropped_put_make_duplicates(sdk: SdkClient) -> None:
    """The client resends PUT when the connection drops: four tries of one create."""
    rule = {"name": "lost", "kind": "drop_after_commit", "method": "PUT", "at_most": 3}
    sdk.control("faults", rule)
    create_one(sdk, sale(type="ACCPAY", invoice_number="B-9", line_items=[line("5", "300")]))
    stats = sdk.control("stats")
    (double,) = stats["writes"][TENANT]["duplicates"]
    assert len(double["ids"]) == 4
    assert stats["faults"]["lost"]["thrown"] == 3


def test_an_idempotency_key_makes_those_repeats_one(sdk: SdkClient) -> None:
    rule = {"name": "lost", "kind": "drop_after_commit", "method": "PUT", "at_most": 3}
    sdk.control("faults", rule)
    sdk.accounting.create_invoices(
        TENANT, Invoices(invoices=[sale()]), idempotency_key="create-inv-1"
    )
    ledger = sdk.control(f"ledger/{TENANT}")
    assert ledger["entities"]["Invoices"]["count"] == 1
