"""Documents: what is accepted, what is refused and how, and the arithmetic."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from schemas.documents.catalogue import (
    DOCUMENTS,
    NUMBERS_WITH_DEFAULT,
    Undecodable,
    UnknownEvent,
    decode,
    document_type_of,
    encode,
    read,
)
from schemas.documents.document import DocumentType, Reference, Value
from schemas.documents.lines import Discount, Line, TaxMode
from schemas.documents.payment import Payment
from schemas.documents.totals import totals
from schemas.documents.trade import AMOUNT_FIELDS, TradeDocument
from schemas.money import round_money

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
        ({"total": "318.88"}, "total says 318.88, but the lines come to 308.88"),
        ({"tax_total": "12.89"}, "tax_total says 12.89"),
        ({"due_on": "2026-03-02T10:00:00Z"}, "due_on: '2026-03-02T10:00:00Z' is no date"),
        ({"due_on": 1764432000}, "due_on: 1764432000 is no date; write it as 2026-11-02"),
        ({"due_on": "1764547200"}, "due_on: '1764547200' is no date"),
        ({"due_on": "20261102"}, "due_on: '20261102' is no date"),
        ({"customer_id": ""}, "customer_id"),
        ({"currency": "$"}, "currency: '$' is no currency of ISO 4217"),
        ({"currency": "us"}, "currency"),
        ({"lines": []}, "lines"),
        ({"discount": {"percent": "1", "amount": "1"}}, "give either percent or amount"),
        ({"number": " \u200b"}, "number"),
        ({"lines": [{"id": "1", "unit_price": "99999999999", "quantity": "9999"}]}, "line 1"),
        ({"lines": [{"id": "1", "unit_price": "NaN"}]}, "unit_price"),
        ({"lines": [{"id": "1", "unit_price": "-5"}], "discount": None}, "lines come to"),
        ({"lines": [{"id": "1", "unit_price": f"1.{'1' * 65}"}]}, "unit_price"),
        ({"lines": [{"id": "1", "unit_price": "1" * 16}]}, "unit_price"),
        ({"currency": "XYZ"}, "currency: 'XYZ' is no currency of ISO 4217"),
        ({"lines": [{"id": "1", "unit_price": "1", "class_code": "x" * 256}]}, "class_code"),
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


def test_a_wrong_line_is_told_of_alone_and_not_as_a_missing_one_too() -> None:
    wrong = {**INVOICE, "lines": [{"id": "1", "unit_price": "1", "tax_rate": "200"}]}
    with pytest.raises(Undecodable) as refused:
        decode(DocumentType.INVOICE, json.dumps(wrong))
    assert str(refused.value).endswith("tax_rate: Input should be less than or equal to 100")
    with pytest.raises(Undecodable, match="lines: Tuple should have at least 1 item"):
        decode(DocumentType.INVOICE, json.dumps({**INVOICE, "lines": []}))


@pytest.mark.parametrize("said", ["usd", "Usd", " USD", "USD\u00a0"])
def test_a_currency_is_known_in_small_letters_and_with_blanks(said: str) -> None:
    found = decode(DocumentType.INVOICE, json.dumps({**INVOICE, "currency": said}))
    assert isinstance(found, TradeDocument)
    assert found.currency == "USD"


@pytest.mark.accepts("ENT-11")
def test_a_line_from_before_classes_is_one_without_a_class() -> None:
    before = decode(DocumentType.INVOICE, json.dumps(INVOICE))
    first, *others = INVOICE["lines"]
    for class_code, same in (("", True), ("north", False)):
        lines = [{**first, "class_code": class_code}, *others]
        after = decode(DocumentType.INVOICE, json.dumps({**INVOICE, "lines": lines}))
        assert (after == before) is same
        assert decode(DocumentType.INVOICE, encode(after)) == after


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (r"ab\u0000\u0000", "ab"),
        (r"\\\u0000b", r"\b"),
        (r"A smile \ud83d", "A smile \ufffd"),
        (r"\ude00 cut", "\ufffd cut"),
        (r"\ud83d\ude00 \ud83d", "\U0001f600 \ufffd"),
    ],
)
@pytest.mark.parametrize("field", ["name", "company_name", "given_name"])
def test_what_no_database_stores_of_a_text_stops_no_document(
    text: str, kept: str, field: str
) -> None:
    payload = f'{{"id": "c", "name": "n", "{field}": "{text}"}}'
    document = decode(DocumentType.CUSTOMER, payload)
    assert document.model_dump()[field] == kept
    assert decode(DocumentType.CUSTOMER, encode(document)) == document


@pytest.mark.parametrize("written", ["GBP", "gbp", " Gbp "])
def test_a_currency_is_known_by_its_letters(written: str) -> None:
    text = json.dumps({**INVOICE, "currency": written})
    assert decode(DocumentType.INVOICE, text).model_dump()["currency"] == "GBP"
    text = json.dumps({"id": "c", "name": "n", "currency": written})
    assert decode(DocumentType.CUSTOMER, text).model_dump()["currency"] == "GBP"


def test_the_refusal_of_a_line_does_not_say_that_there_is_none() -> None:
    lines = [{**INVOICE["lines"][0], "quantity": "1,000.00"}]
    with pytest.raises(Undecodable) as refusal:
        decode(DocumentType.INVOICE, json.dumps({**INVOICE, "lines": lines}))
    assert str(refusal.value) == (
        "invoice.v1: lines.0.quantity: '1,000.00' is no number; write it with the digits 0 to "
        "9, a point before its decimals, and no other marks"
    )
    with pytest.raises(Undecodable, match="lines: Tuple should have at least 1 item"):
        decode(DocumentType.INVOICE, json.dumps({**INVOICE, "lines": []}))


def test_a_zero_that_is_not_escaped_is_no_json() -> None:
    with pytest.raises(Undecodable, match="it is no JSON"):
        decode(DocumentType.CUSTOMER, '{"id": "c", "name": "a\x00"}')


def test_a_backslash_before_u0000_is_a_text_like_any_other() -> None:
    document = decode(DocumentType.CUSTOMER, r'{"id": "c", "name": "a\\u0000"}')
    assert document.model_dump()["name"] == r"a\u0000"


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe"])
def test_rubbish_is_refused(rubbish: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(DocumentType.CUSTOMER, rubbish)


@pytest.mark.parametrize(
    "number", ["1e99999999999999999999", "-1E-99999999999999999999", "1" * 5000]
)
def test_a_number_that_nothing_carries_is_refused_wherever_it_stands(number: str) -> None:
    for field in ("phone", "not_known"):
        with pytest.raises(Undecodable, match="more digits, or a larger exponent"):
            decode(DocumentType.CUSTOMER, f'{{"id": "c", "name": "N", "{field}": {number}}}')


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_a_field_that_is_null_is_one_that_is_left_out(path: Path) -> None:
    kind = DocumentType(path.parent.name.removesuffix(".v1"))
    said = json.loads(path.read_text())
    model = DOCUMENTS[kind]
    for name, field in model.model_fields.items():
        with_null = json.dumps({**said, name: None})
        without = json.dumps({n: value for n, value in said.items() if n != name})
        if field.is_required():
            with pytest.raises(Undecodable, match=name):
                decode(kind, with_null)
        elif name not in AMOUNT_FIELDS:
            assert read(kind, with_null, strict=True).document == decode(kind, without)


def test_a_number_that_is_null_is_not_taken_for_its_default() -> None:
    for name in NUMBERS_WITH_DEFAULT:
        line = {"id": "1", "unit_price": "1", name: None}
        said = {**INVOICE, "tax_total": None, "total": None, "discount": None, "lines": [line]}
        with pytest.raises(Undecodable, match=rf"lines\.0\.{name}: Decimal"):
            decode(DocumentType.INVOICE, json.dumps(said))


def test_every_number_with_a_default_is_known() -> None:
    found = {
        name
        for model in _models()
        for name, field in model.model_fields.items()
        if isinstance(field.default, Decimal)
    }
    assert found == NUMBERS_WITH_DEFAULT


def _models() -> set[type[Value]]:
    found: set[type[Value]] = set()
    waiting: list[type[Value]] = [Value]
    while waiting:
        below = waiting.pop().__subclasses__()
        found.update(below)
        waiting += below
    return found


def test_a_null_deep_in_a_document_is_left_out_and_one_that_is_not_known_is_counted() -> None:
    line = {"id": "1", "unit_price": "1", "description": None, "tax_code": None}
    said = {**INVOICE, "tax_total": None, "total": None, "discount": None, "lines": [line]}
    found = read(DocumentType.INVOICE, json.dumps({**said, "colour": None}))
    assert found.unknown_fields == ("colour",)
    plain = {**said, "lines": [{"id": "1", "unit_price": "1"}]}
    assert found.document == decode(DocumentType.INVOICE, json.dumps(plain))
    with pytest.raises(Undecodable, match="colour"):
        read(DocumentType.INVOICE, json.dumps({**said, "colour": None}), strict=True)


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
        (
            [one, {"invoice_id": "j", "amount": "6.00"}],
            "more than the amount 10.00 in USD; settle less",
        ),
        ([one, {**one, "amount": "1.00"}], "an invoice twice"),
    ):
        with pytest.raises(Undecodable) as refused:
            decode(DocumentType.PAYMENT, json.dumps({**payment, "allocations": allocations}))
        assert said in str(refused.value)


def test_the_rate_of_a_payment_is_exact_and_above_zero() -> None:
    payment = {**PAYMENT, "amount": "10.00", "currency": "EUR"}
    rate = "0.86312345678901234567"
    text = json.dumps({**payment, "exchange_rate": rate})
    read = decode(DocumentType.PAYMENT, text)
    assert isinstance(read, Payment)
    assert str(read.exchange_rate) == rate
    assert rate in encode(read).decode()
    assert b"exchange_rate" not in encode(decode(DocumentType.PAYMENT, json.dumps(payment)))
    for wrong in ("0", "-1.1"):
        with pytest.raises(Undecodable, match="exchange_rate"):
            decode(DocumentType.PAYMENT, json.dumps({**payment, "exchange_rate": wrong}))


PAYMENT = {"id": "p", "customer_id": "c", "paid_on": "2026-03-02"}
ONE_LINE = {
    **INVOICE,
    "lines": [{"id": "1", "unit_price": "5000"}],
    "discount": None,
    "tax_total": None,
}


@pytest.mark.parametrize(
    ("document_type", "fields", "said"),
    [
        (
            DocumentType.PAYMENT,
            {**PAYMENT, "amount": "1352.4", "currency": "JPY"},
            "amount is 1352.4, but an amount in JPY has no decimals; round it on the platform",
        ),
        (
            DocumentType.PAYMENT,
            {**PAYMENT, "amount": "12.3456", "currency": "KWD"},
            "amount is 12.3456, but an amount in KWD has 3 decimals",
        ),
        (
            DocumentType.PAYMENT,
            {
                **PAYMENT,
                "amount": "12",
                "currency": "JPY",
                "allocations": [{"invoice_id": "i", "amount": "1.5"}],
            },
            "allocations.0.amount is 1.5, but an amount in JPY",
        ),
        (
            DocumentType.INVOICE,
            {**ONE_LINE, "tax_total": None, "total": "5000.5", "currency": "JPY"},
            "total is 5000.5, but an amount in JPY",
        ),
        (
            DocumentType.INVOICE,
            {**ONE_LINE, "tax_total": "0.001", "total": None},
            "tax_total is 0.001, but an amount in USD has 2 decimals",
        ),
        (
            DocumentType.INVOICE,
            {**ONE_LINE, "discount": {"amount": "0.5"}, "currency": "JPY", "total": None},
            "discount.amount is 0.5, but an amount in JPY",
        ),
        (
            DocumentType.INVOICE,
            {
                **ONE_LINE,
                "lines": [{"id": "1", "unit_price": "5000", "discount": {"amount": "0.5"}}],
                "currency": "ISK",
                "total": None,
            },
            "lines.0.discount.amount is 0.5, but an amount in ISK",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_amount_with_more_decimals_than_its_currency_is_refused(
    document_type: DocumentType, fields: dict[str, object], said: str
) -> None:
    with pytest.raises(Undecodable) as refused:
        decode(document_type, json.dumps(fields))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("amount", "currency"), [("12.345", "KWD"), ("50000.00", "JPY"), ("12.50000", "GBP")]
)
def test_an_amount_that_its_currency_has_is_carried_exactly(amount: str, currency: str) -> None:
    fields = {**PAYMENT, "amount": amount, "currency": currency}
    payment = decode(DocumentType.PAYMENT, json.dumps(fields))
    assert payment.model_dump()["amount"] == Decimal(amount)
    assert decode(DocumentType.PAYMENT, encode(payment)) == payment


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
    figures = totals(lines, mode, "GBP", discount)
    assert figures.total == sum(line.gross for line in figures.lines)
    assert figures.tax == sum(line.tax for line in figures.lines)
    assert all(line.net == round_money(line.net, "GBP") for line in figures.lines)
    if mode is TaxMode.INCLUSIVE:
        assert figures.total == sum(line.amount for line in figures.lines)
    if mode is TaxMode.NONE:
        assert figures.tax == 0
