"""Documents: what is accepted, what is refused and how, and the arithmetic."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from schemas.documents.catalogue import (
    DOCUMENTS,
    Undecodable,
    UnknownEvent,
    decode,
    document_type_of,
    encode,
)
from schemas.documents.document import DocumentType, Reference
from schemas.documents.lines import Discount, Line, TaxMode, totals
from schemas.money import allocate, to_cents

EXAMPLES = sorted((Path(__file__).parents[3] / "schemas" / "examples").glob("*/*.json"))
INVOICE = json.loads(
    next(e for e in EXAMPLES if e.stem == "exclusive-with-discounts").read_text()
)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_an_example_is_read_and_written_without_loss(path: Path) -> None:
    kind = DocumentType(path.parent.name.removesuffix(".v1"))
    document = decode(kind, path.read_bytes())
    assert decode(kind, encode(document)) == document


def test_every_document_has_an_example() -> None:
    assert {path.parent.name for path in EXAMPLES} == {f"{kind}.v1" for kind in DOCUMENTS}


def test_money_never_becomes_a_float() -> None:
    encoded = json.loads(encode(decode(DocumentType.INVOICE, json.dumps(INVOICE))))
    assert encoded["lines"][0]["unit_price"] == "75.00"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"total": "308.89"}, "total says 308.89, but the lines come to 308.88"),
        ({"tax_total": "2.89"}, "tax_total says 2.89"),
        ({"due_on": "2026-02-01"}, "due_on 2026-02-01 is before issued_on 2026-03-02"),
        ({"customer_id": ""}, "customer_id"),
        ({"currency": "usd"}, "currency"),
        ({"lines": []}, "lines"),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
        ({"discount": {"percent": "1", "amount": "1"}}, "give either percent or amount"),
        ({"number": "Ünïcode"}, "number"),
        ({"lines": [{"id": "1", "unit_price": "99999999999", "quantity": "99"}]}, "line 1"),
        ({"lines": [{"id": "1", "unit_price": "NaN"}]}, "unit_price"),
        ({"lines": [{"id": "1", "unit_price": "-5"}], "discount": None}, "lines come to"),
        ({"lines": [{"id": "1", "unit_price": "1.23456"}]}, "unit_price"),
        ({"lines": [{"id": "1", "unit_price": "1", "class_code": "x" * 101}]}, "class_code"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_invoice_is_refused_with_its_field(
    change: dict[str, object], said: str
) -> None:
    wrong = {**INVOICE, "tax_total": None, "total": None, **change}
    with pytest.raises(Undecodable, match=r"invoice\.v1: ") as refused:
        decode(DocumentType.INVOICE, json.dumps(wrong))
    assert said in str(refused.value)


@pytest.mark.accepts("ENT-11")
def test_a_line_from_before_classes_is_one_without_a_class() -> None:
    before = decode(DocumentType.INVOICE, json.dumps(INVOICE))
    first, *others = INVOICE["lines"]
    for class_code, same in (("", True), ("north", False)):
        lines = [{**first, "class_code": class_code}, *others]
        after = decode(DocumentType.INVOICE, json.dumps({**INVOICE, "lines": lines}))
        assert (after == before) is same
        assert decode(DocumentType.INVOICE, encode(after)) == after


@pytest.mark.parametrize("text", [r"a\u0000b", r"\\\u0000", r"\ud800"])
def test_a_text_that_no_database_stores_is_refused(text: str) -> None:
    with pytest.raises(Undecodable):
        decode(DocumentType.CUSTOMER, f'{{"id": "c", "name": "{text}"}}')


def test_a_backslash_before_u0000_is_a_text_like_any_other() -> None:
    document = decode(DocumentType.CUSTOMER, r'{"id": "c", "name": "a\\u0000"}')
    assert document.model_dump()["name"] == r"a\u0000"


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe"])
def test_rubbish_is_refused(rubbish: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(DocumentType.CUSTOMER, rubbish)


def test_a_payment_spends_no_more_than_it_has_and_names_an_invoice_once() -> None:
    payment = {
        "id": "p",
        "customer_id": "c",
        "paid_on": "2026-03-02",
        "currency": "USD",
        "amount": "10.00",
    }
    one = {"invoice_id": "i", "amount": "6.00"}
    for allocations, said in (
        ([one, {"invoice_id": "j", "amount": "6.00"}], "12.00, more than the amount 10.00"),
        ([one, {**one, "amount": "1.00"}], "an invoice twice"),
    ):
        with pytest.raises(Undecodable) as refused:
            decode(DocumentType.PAYMENT, json.dumps({**payment, "allocations": allocations}))
        assert said in str(refused.value)


def test_a_document_names_what_must_be_in_the_ledger_first() -> None:
    invoice = decode(DocumentType.INVOICE, json.dumps(INVOICE))
    assert invoice.references() == (
        Reference(DocumentType.CUSTOMER, "cus-118"),
        Reference(DocumentType.ITEM, "itm-12"),
    )
    payment = decode(
        DocumentType.PAYMENT,
        next(e for e in EXAMPLES if e.stem == "two-invoices").read_bytes(),
    )
    assert payment.needs_agreed() == {
        Reference(DocumentType.INVOICE, "inv-1043"),
        Reference(DocumentType.INVOICE, "inv-1044"),
    }


def test_event_types() -> None:
    assert document_type_of("invoice.issued.v1") is DocumentType.INVOICE
    for wrong in (
        "",
        "invoice",
        "invoice.issued",
        "invoice.issued.v2",
        "robot.built.v1",
        "a..v1",
    ):
        with pytest.raises(UnknownEvent, match="event type"):
            document_type_of(wrong)


CENTS = st.integers(0, 1_000_000).map(lambda n: Decimal(n) / 100)


@given(CENTS, st.lists(CENTS, min_size=1, max_size=12))
def test_shares_come_to_the_whole_and_none_is_off_by_more_than_a_cent(
    amount: Decimal, weights: list[Decimal]
) -> None:
    shares = allocate(amount, weights)
    assert sum(shares) == amount
    whole = sum(weights)
    if whole:
        exact = [amount * weight / whole for weight in weights]
        assert all(abs(s - e) < Decimal("0.01") for s, e in zip(shares, exact, strict=True))


LINES = st.lists(
    st.builds(
        Line,
        id=st.just("1"),
        quantity=st.integers(0, 10_000).map(lambda n: Decimal(n) / 100),
        unit_price=st.integers(0, 10_000_000).map(lambda n: Decimal(n) / 10_000),
        discount=st.none() | st.builds(Discount, percent=st.integers(0, 100).map(Decimal)),
        tax_rate=st.sampled_from([Decimal(0), Decimal(8), Decimal("12.5"), Decimal(20)]),
    ),
    min_size=1,
    max_size=8,
)


@given(LINES, st.sampled_from(TaxMode), st.none() | st.integers(0, 100))
def test_a_document_is_the_sum_of_its_lines(
    lines: list[Line], mode: TaxMode, percent: int | None
) -> None:
    discount = None if percent is None else Discount(percent=Decimal(percent))
    figures = totals(lines, mode, discount)
    assert figures.total == sum(line.gross for line in figures.lines)
    assert figures.tax == sum(line.tax for line in figures.lines)
    assert all(line.net == to_cents(line.net) for line in figures.lines)
    if mode is TaxMode.INCLUSIVE:
        assert figures.total == sum(line.amount for line in figures.lines)
    if mode is TaxMode.NONE:
        assert figures.tax == 0


def test_tax_is_rounded_for_each_line_and_then_summed() -> None:
    """The example of Xero's guide: taxing the sum of the lines would give 11.45."""
    lines = [
        Line(id=str(n), unit_price=Decimal(price), tax_rate=Decimal(15))
        for n, price in enumerate(["25.06", "25.61", "25.63"])
    ]
    assert totals(lines, TaxMode.EXCLUSIVE).tax == Decimal("11.44")
