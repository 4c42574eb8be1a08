"""A simulator's account of its books, read as records."""

from decimal import Decimal
from typing import Any

import pytest

from gateway.demo.business.scenario import QBO, XERO
from gateway.demo.verification.entry import BookStatus, Entry
from gateway.demo.verification.ledger_books import key_of, records_of, repeats_of
from providers.simulators.clock import SimulatorClock
from providers.simulators.qbo.books.ledger import company_ledger
from providers.simulators.qbo.config import CompanySpec, QboSimulatorConfig
from providers.simulators.qbo.state import QboState
from providers.simulators.xero.books.ledger import describe_ledger
from providers.simulators.xero.config import XeroSimulatorConfig
from providers.simulators.xero.state import XeroState
from schemas.documents.document import DocumentType
from schemas.ids import ProviderName

ZERO = Decimal(0)


def qbo(**documents: list[dict[str, Any]]) -> dict[str, Any]:
    names = [kind.value.capitalize() for kind in DocumentType]
    return {"entities": {name: {"documents": documents.get(name, [])} for name in names}}


def xero(**documents: list[dict[str, Any]]) -> dict[str, Any]:
    names = ("Contacts", "Accounts", "Items", "Invoices", "Bills", "Payments", "BatchPayments")
    return {"entities": {name: {"documents": documents.get(name, [])} for name in names}}


def line(**said: Any) -> dict[str, Any]:
    return {
        "id": "7",
        "label": "L",
        "status": "active",
        "total": Decimal("12.00"),
        "tax": Decimal("2.00"),
        "balance": 5,
        "currency": "GBP",
        "private_note": None,
        "batch_payment_id": None,
        **said,
    }


def test_a_quickbooks_transaction_is_known_by_its_note() -> None:
    answered = qbo(Invoice=[line(private_note="Voided\nledgerlane:inv-1", status="voided")])
    [found] = records_of(QBO, answered)
    assert (found.type, found.key, found.status) == (
        DocumentType.INVOICE,
        "inv-1",
        BookStatus.VOID,
    )


def test_a_quickbooks_name_is_known_by_its_name_and_has_no_figures() -> None:
    [found] = records_of(QBO, qbo(Customer=[line(label="Calder Café")]))
    assert (found.key, found.total, found.balance) == ("Calder Café", ZERO, ZERO)


def test_figures_are_exact() -> None:
    [found] = records_of(QBO, qbo(Bill=[line(private_note="ledgerlane:b")]))
    assert (found.total, found.tax, found.balance) == (
        Decimal("12.00"),
        Decimal("2.00"),
        Decimal(5),
    )


def test_a_xero_contact_is_a_customer_or_a_vendor_by_its_number() -> None:
    answered = xero(
        Contacts=[line(contact_number="customer-c-1"), line(contact_number="vendor-v-1")]
    )
    assert [(one.type, one.key) for one in records_of(XERO, answered)] == [
        (DocumentType.CUSTOMER, "c-1"),
        (DocumentType.VENDOR, "v-1"),
    ]


def test_a_xero_batch_stands_for_its_payments() -> None:
    answered = xero(
        Payments=[
            line(reference="ledgerlane:p-1 TR1", batch_payment_id="b"),
            line(reference="ledgerlane:p-2 TR2", status="DELETED"),
        ],
        BatchPayments=[line(reference="ledgerlane:p-1 TR1", status="AUTHORISED")],
    )
    assert [(one.key, one.status) for one in records_of(XERO, answered)] == [
        ("p-2", BookStatus.VOID),
        ("p-1", BookStatus.COUNTS),
    ]


@pytest.mark.parametrize(
    ("provider", "kind", "key"),
    [
        (QBO, DocumentType.INVOICE, "id"),
        (QBO, DocumentType.CUSTOMER, "name"),
        (QBO, DocumentType.ACCOUNT, "name"),
        (XERO, DocumentType.INVOICE, "code"),
        (XERO, DocumentType.ACCOUNT, "code"),
        (XERO, DocumentType.BILL, "id"),
        (XERO, DocumentType.VENDOR, "id"),
    ],
)
def test_each_provider_has_its_way_to_know_a_document(
    provider: ProviderName, kind: DocumentType, key: str
) -> None:
    entry = Entry(kind, "id", " code", "name ", BookStatus.COUNTS, "", ZERO, ZERO, ZERO)
    assert key_of(provider, entry) == key


def test_a_new_quickbooks_company_can_be_read() -> None:
    simulator = QboState(QboSimulatorConfig(companies=(CompanySpec(realm="1"),)))
    found = records_of(QBO, company_ledger(simulator.companies["1"]))
    assert {one.key for one in found} >= {"Checking", "Travel", "Services"}


def test_a_new_xero_organisation_can_be_read() -> None:
    state = XeroState(XeroSimulatorConfig(), SimulatorClock())
    organisation = next(iter(state.organisations.values()))
    found = records_of(XERO, describe_ledger(organisation))
    assert {one.key for one in found} >= {"090", "200", "453"}


def test_the_simulators_own_log_tells_what_was_created_twice() -> None:
    twice = {"entity": "Invoice", "key": "ledgerlane:inv-1", "ids": ["1", "2"]}
    stats = {"writes": {"r": {"operations": {}, "duplicates": [twice]}}}
    assert repeats_of(stats, "r") == ["Invoice ledgerlane:inv-1"]
    assert repeats_of(stats, "another") == []
