"""Documents compared field by field."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from consumers.sync.merge import Comparison, changed_fields, compare
from schemas.documents.customer import Customer
from schemas.documents.invoice import Invoice
from schemas.documents.lines import Discount, Line

OLD = Customer(id="c1", name="Harrow", phone="1")
CALLED = OLD.model_copy(update={"phone": "2"})
MAILED = OLD.model_copy(update={"email": "office@example.com"})
BOTH = CALLED.model_copy(update={"email": "office@example.com"})
OTHER = OLD.model_copy(update={"phone": "3"})
ALL = frozenset(Customer.model_fields)
PHONE, EMAIL = frozenset({"phone"}), frozenset({"email"})


@dataclass(frozen=True)
class Row:
    name: str
    base: Customer | None
    desired: Customer | None
    observed: Customer | None
    found: Comparison


TABLE = [
    Row("nothing", OLD, None, None, Comparison()),
    Row("nothing anywhere", None, None, None, Comparison()),
    Row("the platform's", OLD, CALLED, None, Comparison(platform=PHONE)),
    Row("the ledger's", OLD, None, MAILED, Comparison(ledger=EMAIL)),
    Row("all, without a base", None, None, MAILED, Comparison(ledger=ALL)),
    Row("different", OLD, CALLED, MAILED, Comparison(PHONE, EMAIL)),
    Row("equal", OLD, CALLED, CALLED, Comparison()),
    Row("overlapping", OLD, CALLED, OTHER, Comparison(overlap=PHONE)),
    Row("one of two", OLD, BOTH, OTHER, Comparison(platform=EMAIL, overlap=PHONE)),
    Row("unknown", None, CALLED, OLD, Comparison(overlap=PHONE)),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_changes_that_are(row: Row) -> None:
    assert compare(row.base, row.desired, row.observed) == row.found


INVOICE = Invoice(
    id="i1",
    number="INV-1",
    customer_id="c1",
    issued_on=date(2026, 3, 2),
    due_on=date(2026, 4, 1),
    currency="USD",
    lines=(Line(id="1", unit_price=Decimal(10)),),
)


def test_changes_that_make_no_valid_document_together_overlap_as_a_whole() -> None:
    cheap = (Line(id="1", unit_price=Decimal(2)),)
    cheaper = INVOICE.model_copy(update={"lines": cheap, "reference": "a"})
    discounted = INVOICE.model_copy(update={"discount": Discount(amount=Decimal(5))})
    found = compare(INVOICE, cheaper, discounted)
    assert found == Comparison(overlap=frozenset({"lines", "discount", "reference"}))


@pytest.mark.parametrize(
    "said",
    [
        {"total": Decimal("10.00")},
        {"tax_total": Decimal(0)},
        {"lines": (Line(id="1", unit_price=Decimal(10), tax_amount=Decimal(0)),)},
    ],
    ids=lambda said: next(iter(said)),
)
def test_a_figure_that_the_lines_come_to_is_no_change(said: dict[str, Any]) -> None:
    stated = INVOICE.model_copy(update=said)
    assert changed_fields(INVOICE, stated) == frozenset()
    assert changed_fields(stated, INVOICE) == frozenset()
    referred = stated.model_copy(update={"reference": "a"})
    assert changed_fields(INVOICE, referred) == {"reference"}


def test_a_total_that_the_ledger_only_shows_binds_no_lines_of_the_platform() -> None:
    dearer = INVOICE.model_copy(update={"lines": (Line(id="1", unit_price=Decimal(12)),)})
    shown = {"total": Decimal("10.00"), "reference": "a"}
    found = compare(INVOICE, dearer, INVOICE.model_copy(update=shown))
    assert found == Comparison(frozenset({"lines"}), frozenset({"reference"}))


def test_of_sides_that_agreed_on_nothing_what_means_the_same_does_not_overlap() -> None:
    theirs = INVOICE.model_copy(update={"total": Decimal("10.00"), "reference": "a"})
    assert compare(None, INVOICE, theirs) == Comparison(overlap=frozenset({"reference"}))


def test_a_figure_that_moves_a_cent_is_a_change() -> None:
    lines = tuple(Line(id=n, unit_price=Decimal("10.03"), tax_rate=Decimal(20)) for n in "123")
    plain = INVOICE.model_copy(update={"lines": lines})
    rounded = plain.model_copy(update={"tax_total": Decimal("6.02")})
    assert changed_fields(plain, rounded) == {"tax_total"}
    by_line = tuple(
        one.model_copy(update={"tax_amount": tax})
        for one, tax in zip(lines, map(Decimal, ("2.01", "2.01", "2.00")), strict=True)
    )
    assert changed_fields(rounded, rounded.model_copy(update={"lines": by_line})) == frozenset()
    assert changed_fields(plain, plain.model_copy(update={"lines": by_line})) == {"lines"}


def test_lines_are_one_field() -> None:
    first, second = (Line(id=str(n), unit_price=Decimal(n)) for n in (1, 2))
    ours = INVOICE.model_copy(update={"lines": (first, *INVOICE.lines)})
    theirs = INVOICE.model_copy(update={"lines": (*INVOICE.lines, second)})
    assert compare(INVOICE, ours, theirs).overlap == {"lines"}
