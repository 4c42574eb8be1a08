"""The plan as a table."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from consumers.outcome import Skipped
from consumers.sync.plan import (
    BACK_TO_DRAFT,
    NEVER_SENT,
    NOT_APPROVED,
    Action,
    Create,
    FindOrCreate,
    HoldAction,
    NoAction,
    State,
    SyncRecord,
    Update,
    Void,
    WaitAction,
    plan,
)
from providers.base import External
from schemas.documents.account import Account, AccountKind
from schemas.documents.customer import Customer
from schemas.documents.document import DocumentType, Reference, Status
from schemas.documents.invoice import Invoice
from schemas.documents.lines import Line

CUSTOMER = Customer(id="c1", name="Harrow & Vale")
RENAMED = CUSTOMER.model_copy(update={"name": "Harrow, Vale & Co", "phone": "555"})
INACTIVE = CUSTOMER.model_copy(update={"active": False})
INVOICE = Invoice(
    id="i1",
    number="INV-1",
    customer_id="c1",
    issued_on=date(2026, 3, 2),
    due_on=date(2026, 4, 1),
    currency="USD",
    lines=(Line(id="1", unit_price=Decimal(10)),),
)
DRAFT = INVOICE.model_copy(update={"status": Status.DRAFT})
VOIDED = INVOICE.model_copy(update={"status": Status.VOIDED})
ACCOUNT = Account(id="a1", code="200", name="Sales", kind=AccountKind.REVENUE)
LINKED = External("58", "0")
NEEDED = (Reference(DocumentType.CUSTOMER, "c1"),)


def customer(desired: State, **rest: object) -> SyncRecord:
    return SyncRecord(DocumentType.CUSTOMER, desired, **rest)  # type: ignore[arg-type] # rows


def invoice(desired: State, **rest: object) -> SyncRecord:
    return SyncRecord(DocumentType.INVOICE, desired, **rest)  # type: ignore[arg-type] # rows


@dataclass(frozen=True)
class Row:
    name: str
    record: SyncRecord
    action: Action


TABLE = [
    Row("new", customer(State(1, CUSTOMER)), Create()),
    Row("in doubt", customer(State(1, CUSTOMER), in_doubt=True), FindOrCreate()),
    Row(
        "an account is looked for first",
        SyncRecord(DocumentType.ACCOUNT, State(1, ACCOUNT)),
        FindOrCreate(),
    ),
    Row(
        "needs another",
        invoice(State(1, INVOICE), missing=NEEDED),
        WaitAction(NEEDED, frozenset()),
    ),
    Row(
        "agreed",
        customer(State(1, CUSTOMER), base=State(1, CUSTOMER), external=LINKED),
        NoAction(),
    ),
    Row(
        "the ledger has a newer version than this signal's",
        customer(State(1, CUSTOMER), base=State(2, RENAMED), external=LINKED),
        NoAction(),
    ),
    Row(
        "announced again without a change",
        customer(State(2, CUSTOMER), base=State(1, CUSTOMER), external=LINKED),
        NoAction(),
    ),
    Row(
        "changed",
        customer(State(2, RENAMED), base=State(1, CUSTOMER), external=LINKED),
        Update(frozenset({"name", "phone"})),
    ),
    Row(
        "linked, but what the ledger holds is not known",
        customer(State(1, CUSTOMER), base=State(-1, None), external=LINKED),
        Update(frozenset(Customer.model_fields)),
    ),
    Row("draft", invoice(State(1, DRAFT)), NoAction(Skipped(NOT_APPROVED))),
    Row("draft again while in doubt", invoice(State(2, DRAFT), in_doubt=True), FindOrCreate()),
    Row(
        "draft again after it was sent",
        invoice(State(2, DRAFT), base=State(1, INVOICE), external=LINKED),
        HoldAction(BACK_TO_DRAFT),
    ),
    Row("voided before it was sent", invoice(State(2, VOIDED)), NoAction(Skipped(NEVER_SENT))),
    Row("voided while in doubt", invoice(State(2, VOIDED), in_doubt=True), FindOrCreate()),
    Row(
        "voided",
        invoice(State(2, VOIDED), base=State(1, INVOICE), external=LINKED, missing=NEEDED),
        Void(),
    ),
    Row(
        "voided twice",
        invoice(State(3, VOIDED), base=State(2, VOIDED), external=LINKED),
        NoAction(),
    ),
    Row("never used", customer(State(1, INACTIVE)), NoAction(Skipped(NEVER_SENT))),
    Row(
        "taken out of use",
        customer(State(2, INACTIVE), base=State(1, CUSTOMER), external=LINKED),
        Update(frozenset({"active"})),
    ),
]


@pytest.mark.accepts("ENT-16", "ENT-18", "ERR-22", "ERR-23")
@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_the_plan_of(row: Row) -> None:
    assert plan(row.record) == row.action
