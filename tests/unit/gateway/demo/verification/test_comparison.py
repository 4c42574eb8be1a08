"""Comparing two books: what counts as a difference, a duplicate, a stranger."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from gateway.demo.verification.comparison import Comparison, compare
from gateway.demo.verification.entry import BookStatus, Entry, Record, RecordId
from schemas.documents.document import DocumentType

CENTS = st.decimals(min_value=0, max_value=10_000, places=2)


def entry(
    id_: str = "inv-1",
    *,
    kind: DocumentType = DocumentType.INVOICE,
    status: BookStatus = BookStatus.COUNTS,
    total: str = "12.00",
    currency: str = "USD",
) -> Entry:
    figures = (Decimal(total), Decimal("2.00"), Decimal("5.00"))
    return Entry(kind, id_, id_.upper(), "", status, currency, *figures)


def record(
    key: str = "inv-1",
    *,
    kind: DocumentType = DocumentType.INVOICE,
    status: BookStatus = BookStatus.COUNTS,
    total: str = "12.00",
    ledger_id: str = "17",
    currency: str = "USD",
) -> Record:
    figures = (Decimal(total), Decimal("2.00"), Decimal("5.00"))
    return Record(kind, key, ledger_id, status, currency, *figures)


def compared(
    entries: Sequence[Entry], records: Sequence[Record], seeded: Sequence[RecordId] = ()
) -> Comparison:
    return compare(entries, records, key_of=lambda one: one.id, seeded=seeded)


def test_equal_books_agree() -> None:
    found = compared([entry()], [record()])
    assert found.agrees
    invoices = next(row for row in found.rows if row.type is DocumentType.INVOICE)
    assert invoices.platform == invoices.ledger
    assert (invoices.platform.count, invoices.platform.total) == (1, Decimal("12.00"))


@pytest.mark.parametrize(
    ("status", "records", "said"),
    [
        (BookStatus.COUNTS, [], "is missing in the ledger"),
        (BookStatus.COUNTS, [record(status=BookStatus.VOID)], "is void in the ledger"),
        (BookStatus.VOID, [], ""),
        (BookStatus.VOID, [record(status=BookStatus.VOID)], ""),
        (BookStatus.VOID, [record()], "is void, and counts in the ledger"),
        (BookStatus.DRAFT, [], ""),
        (BookStatus.DRAFT, [record()], "is a draft, and in the ledger"),
        (BookStatus.DRAFT, [record(status=BookStatus.VOID)], "is a draft, and in the ledger"),
    ],
)
def test_a_document_is_in_the_ledger_as_it_stands(
    status: BookStatus, records: list[Record], said: str
) -> None:
    found = compared([entry(status=status)], records)
    assert [one.said for one in found.differences] == ([said] if said else [])
    assert found.agrees is not bool(said)


def test_a_cent_is_a_difference() -> None:
    found = compared([entry(total="12.00")], [record(total="12.01")])
    assert not found.agrees
    assert found.differences[0].said == "total is 12.00 on the platform and 12.01 in the ledger"


def test_sums_are_those_of_one_currency() -> None:
    entries = [entry("a", total="12.00"), entry("b", total="1352", currency="JPY")]
    records = [
        record("a", total="12.00"),
        record("b", total="1352", currency="JPY", ledger_id="18"),
    ]
    found = compared(entries, records)
    assert found.agrees
    invoices = [row for row in found.rows if row.type is DocumentType.INVOICE]
    assert [(row.currency, row.ledger.total) for row in invoices] == [
        ("JPY", Decimal(1352)),
        ("USD", Decimal(12)),
    ]


def test_the_same_figures_in_another_currency_are_a_difference() -> None:
    found = compared([entry(currency="JPY")], [record(currency="USD")])
    assert not found.agrees
    assert found.differences[0].said == (
        "currency is JPY on the platform and USD in the ledger"
    )


def test_cents_that_cancel_out_are_differences_still() -> None:
    entries = [entry("a", total="1.00"), entry("b", total="3.00")]
    records = [record("a", total="2.00"), record("b", total="2.00", ledger_id="18")]
    found = compared(entries, records)
    assert all(row.agrees for row in found.rows)
    assert len(found.differences) == 2


def test_a_document_that_is_there_twice_is_a_duplicate() -> None:
    found = compared([entry()], [record(), record(ledger_id="18")])
    assert found.duplicates == ("invoice inv-1",)
    assert not found.agrees


def test_a_void_copy_is_no_duplicate() -> None:
    found = compared([entry()], [record(), record(ledger_id="18", status=BookStatus.VOID)])
    assert found.agrees


def test_what_is_none_of_ours_is_a_stranger() -> None:
    found = compared([entry()], [record(), record("other-tenant-inv-9", ledger_id="18")])
    assert found.strangers == ("invoice other-tenant-inv-9",)
    assert not found.agrees


def test_what_was_there_before_counts_only_where_it_is_linked() -> None:
    kind = DocumentType.ACCOUNT
    chart = [record("200", kind=kind, ledger_id="s1"), record("999", kind=kind, ledger_id="s2")]
    found = compared([entry("200", kind=kind)], chart, seeded=[one.id for one in chart])
    assert found.agrees
    assert next(row for row in found.rows if row.type is kind).ledger.count == 1


def test_a_stranger_is_seen_whatever_record_of_another_type_has_its_id() -> None:
    seeded = record("200", kind=DocumentType.ACCOUNT)
    found = compared([], [seeded, record("another")], seeded=[seeded.id])
    assert found.strangers == ("invoice another",)


@given(
    totals=st.lists(CENTS, max_size=20),
    changed=st.data(),
)
def test_books_agree_exactly_when_every_total_does(
    totals: list[Decimal], changed: st.DataObject
) -> None:
    entries = [entry(f"i{n}", total=str(total)) for n, total in enumerate(totals)]
    theirs = changed.draw(st.lists(CENTS, min_size=len(totals), max_size=len(totals)))
    records = [
        record(f"i{n}", total=str(total), ledger_id=str(n)) for n, total in enumerate(theirs)
    ]
    found = compared(entries, records)
    differ = sum(ours != other for ours, other in zip(totals, theirs, strict=True))
    assert len(found.differences) == differ
    assert found.agrees is (differ == 0)
