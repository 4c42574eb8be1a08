"""Sync records to try the plan on: documents of every type, edited on either side."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from consumers.sync.policy import ConflictRule, Direction, SyncPolicy, TypeRule
from consumers.sync.record import (
    AgreedState,
    LedgerState,
    PlatformState,
    SyncRecord,
)
from providers.base import External
from schemas.documents.account import Account, AccountKind
from schemas.documents.bill import Bill
from schemas.documents.customer import Customer
from schemas.documents.document import Document, DocumentType, Reference, Status
from schemas.documents.invoice import Invoice
from schemas.documents.item import Item
from schemas.documents.lines import Discount, Line
from schemas.documents.payment import Allocation, Payment
from schemas.documents.vendor import Vendor
from schemas.presence import Presence

LINKED = External("58", "0")
NEEDED = (Reference(DocumentType.CUSTOMER, "c9"),)
MORNING, NOON = (datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in (9, 12))
DAYS = [date(2026, 3, day) for day in (2, 9, 20)]
ONE, TWO = (Line(id=str(n), unit_price=Decimal(n)) for n in (1, 2))
TRADE: dict[str, list[Any]] = {
    "issued_on": DAYS,
    "due_on": DAYS,
    "lines": [(ONE,), (TWO,), (ONE, TWO)],
    "total": [None, Decimal(1), Decimal(2)],
    "reference": ["", "a", "b"],
    "status": list(Status),
}
PARTY: dict[str, list[Any]] = {
    "name": ["Harrow", "Vale"],
    "phone": ["", "1", "2"],
    "email": [None, "a@example.com"],
    "active": [True, True, False],
}
# Fields that can have either of two other values, whatever else the document says.
FREE = {"reference", "phone", "code", "description"}
# A document of each type, and the values of its fields that are drawn.
SAMPLES: dict[DocumentType, tuple[Document, dict[str, list[Any]]]] = {
    DocumentType.ACCOUNT: (
        Account(id="d", code="200", name="Sales", kind=AccountKind.REVENUE),
        {
            "code": ["200", "201", "202"],
            "name": ["Sales", "Fees"],
            "active": [True, True, False],
        },
    ),
    DocumentType.CUSTOMER: (Customer(id="d", name="Harrow"), PARTY),
    DocumentType.VENDOR: (Vendor(id="d", name="Harrow"), PARTY),
    DocumentType.ITEM: (
        Item(id="d", code="H", name="Hour"),
        {"code": ["H", "I", "J"], "description": ["", "a", "b"], "active": [True, True, False]},
    ),
    DocumentType.INVOICE: (
        Invoice(
            id="d",
            number="I-1",
            customer_id="c",
            issued_on=DAYS[0],
            due_on=DAYS[1],
            currency="USD",
            lines=(ONE,),
        ),
        TRADE,
    ),
    DocumentType.BILL: (
        Bill(
            id="d",
            number="B-1",
            vendor_id="v",
            issued_on=DAYS[0],
            due_on=DAYS[1],
            currency="USD",
            lines=(ONE,),
        ),
        TRADE,
    ),
    DocumentType.PAYMENT: (
        Payment(id="d", customer_id="c", paid_on=DAYS[0], currency="USD", amount=Decimal(2)),
        {
            "amount": [Decimal(1), Decimal(2)],
            "allocations": [(), (Allocation(invoice_id="i", amount=Decimal(2)),)],
            "reference": ["", "a", "b"],
            "status": list(Status),
        },
    ),
}
TYPES = st.sampled_from(DocumentType)
TIMES = st.sampled_from([None, MORNING, NOON])
POLICIES = st.builds(
    lambda direction, conflicts: SyncPolicy(default=TypeRule(direction, conflicts)),
    st.sampled_from(Direction),
    st.sampled_from(ConflictRule),
)


def edited(
    draw: st.DrawFn, document: Document, kind: DocumentType, names: Sequence[str]
) -> Document:
    """Return the document with these fields changed, or as it is where that is not valid."""
    choices = SAMPLES[kind][1]
    fields = {name: getattr(document, name) for name in type(document).model_fields}
    for name in names:
        others = [value for value in choices[name] if value != fields[name]]
        fields[name] = draw(st.sampled_from(others))
    try:
        return type(document).model_validate(fields)
    except ValueError:
        return document


def names_of(kind: DocumentType, *, live: bool) -> list[str]:
    return [name for name in SAMPLES[kind][1] if not (live and name == "status")]


@st.composite
def documents(
    draw: st.DrawFn, kind: DocumentType, of: Document | None = None, *, live: bool = False
) -> Document:
    """Return an edit of up to three fields of a document, by default of the type's sample."""
    names = st.lists(st.sampled_from(names_of(kind, live=live)), max_size=3, unique=True)
    return edited(draw, of or SAMPLES[kind][0], kind, draw(names))


@st.composite
def records(draw: st.DrawFn) -> SyncRecord:
    """Return any record at all: sides absent, unknown, older, newer, removed, in doubt."""
    kind = draw(TYPES)
    document = st.none() | documents(kind) | documents(kind)
    base = st.builds(AgreedState, st.integers(-1, 3), document, st.integers(-1, 3))
    desired = st.builds(PlatformState, st.integers(0, 4), document, TIMES)
    presence = st.sampled_from([Presence.PRESENT, Presence.PRESENT, *Presence])
    observed = st.builds(LedgerState, st.integers(-1, 4), document, presence, TIMES)
    return SyncRecord(
        document_type=kind,
        desired=draw(st.none() | desired | desired),
        observed=draw(st.none() | observed | observed),
        base=draw(st.none() | base | base),
        external=draw(st.sampled_from([None, LINKED, LINKED])),
        missing=draw(st.sampled_from([(), (), NEEDED])),
        in_doubt=draw(st.booleans()),
    )


def both_sides(
    draw: st.DrawFn, kind: DocumentType, base: Document | None, ours: Document, theirs: Document
) -> SyncRecord:
    """Return a linked record of which both sides have a newer document than the base."""
    return SyncRecord(
        kind,
        PlatformState(2, ours, draw(TIMES)),
        LedgerState(8, theirs, changed_at=draw(TIMES)),
        AgreedState(1, base, 7),
        LINKED,
    )


@st.composite
def edited_on_both_sides(draw: st.DrawFn, *, live: bool = False) -> SyncRecord:
    """Return a record with any edits on both sides.

    Args:
        live: Whether no side has voided it or made it a draft.
    """
    kind = draw(TYPES)
    sample = SAMPLES[kind][0]
    ours, theirs = (draw(documents(kind, live=live)) for _ in range(2))
    return both_sides(draw, kind, draw(st.sampled_from([sample, sample, None])), ours, theirs)


@st.composite
def edited_apart(draw: st.DrawFn) -> SyncRecord:
    """Return a record of which the sides changed different fields, mostly."""
    kind = draw(TYPES)
    sample = SAMPLES[kind][0]
    names = draw(st.permutations(names_of(kind, live=True)))
    cut = draw(st.integers(1, min(2, len(names) - 1)))
    ours = edited(draw, sample, kind, names[:cut])
    theirs = edited(draw, sample, kind, names[cut : cut + 2])
    return both_sides(draw, kind, sample, ours, theirs)


@st.composite
def contested(draw: st.DrawFn) -> SyncRecord:
    """Return a record of which both sides changed one field to different values."""
    kind = draw(TYPES)
    sample, choices = SAMPLES[kind]
    name = draw(st.sampled_from(sorted(FREE & choices.keys())))
    values = draw(st.permutations([v for v in choices[name] if v != getattr(sample, name)]))
    ours, theirs = (sample.model_copy(update={name: value}) for value in values[:2])
    others = st.lists(
        st.sampled_from([n for n in names_of(kind, live=True) if n != name]), max_size=1
    )
    ours, theirs = (edited(draw, one, kind, draw(others)) for one in (ours, theirs))
    return both_sides(draw, kind, draw(st.sampled_from([sample, None])), ours, theirs)


@st.composite
def unlinked(draw: st.DrawFn) -> SyncRecord:
    """Return a record that the platform announced and that is not in the ledger, or may be."""
    kind = draw(TYPES)
    desired = PlatformState(1, draw(documents(kind)))
    missing = draw(st.sampled_from([(), (), NEEDED]))
    return SyncRecord(kind, desired, missing=missing, in_doubt=draw(st.booleans()))


@st.composite
def removed(draw: st.DrawFn) -> SyncRecord:
    """Return a record that is void or deleted in the ledger, known before or not."""
    record = draw(edited_on_both_sides())
    presence = draw(st.sampled_from([Presence.VOIDED, Presence.DELETED]))
    document = draw(st.none() | documents(record.document_type))
    base = AgreedState(1, record.agreed_document, draw(st.integers(7, 8)))
    return replace(record, observed=LedgerState(8, document, presence), base=base)


@st.composite
def unfit(draw: st.DrawFn) -> SyncRecord:
    """Return a record whose sides changed amounts so that they do not fit together."""
    kind = draw(st.sampled_from([DocumentType.INVOICE, DocumentType.BILL]))
    sample = SAMPLES[kind][0]
    free = ONE.model_copy(update={"unit_price": Decimal(0)})
    cheaper = sample.model_copy(update={"lines": (free,)})
    discounted = sample.model_copy(update={"discount": Discount(amount=Decimal(1))})
    ours, theirs = draw(st.permutations([cheaper, discounted]))
    return both_sides(draw, kind, sample, ours, theirs)


def any_records() -> st.SearchStrategy[SyncRecord]:
    """Return records of every kind."""
    return st.one_of(
        records(),
        unlinked(),
        removed(),
        edited_on_both_sides(),
        edited_apart(),
        contested(),
        unfit(),
    )
