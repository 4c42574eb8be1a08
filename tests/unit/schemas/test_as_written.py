"""What businesses write is accepted; keys are normalised, numbers exact, new fields passed."""

import json
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from schemas.documents.catalogue import Undecodable, decode, encode, read
from schemas.documents.document import DocumentType
from schemas.documents.texts import one_line, several_lines

INVOICE = {
    "id": "i",
    "number": "B-1",
    "customer_id": "c",
    "issued_on": "2026-11-02",
    "due_on": "2026-11-30",
    "currency": "GBP",
    "lines": [{"id": "1", "unit_price": "100.00"}],
}
CUSTOMER = {"id": "c", "name": "Tern Catering"}
BILL = {**{k: v for k, v in INVOICE.items() if k != "customer_id"}, "vendor_id": "v"}
ITEM = {"id": "i", "code": "TEE-L", "name": "T-shirt"}
PAYMENT = {
    "id": "p",
    "customer_id": "c",
    "paid_on": "2026-11-10",
    "currency": "GBP",
    "amount": "100.00",
}
SAMPLES: dict[DocumentType, Mapping[str, object]] = {
    DocumentType.INVOICE: INVOICE,
    DocumentType.CUSTOMER: CUSTOMER,
    DocumentType.BILL: BILL,
    DocumentType.ITEM: ITEM,
    DocumentType.PAYMENT: PAYMENT,
    DocumentType.VENDOR: CUSTOMER,
    DocumentType.ACCOUNT: {"id": "a", "code": "200", "name": "Sales", "kind": "revenue"},
}


def field(document_type: DocumentType, name: str, value: object) -> Any:
    """Return a field as it is read where it is written so."""
    document = decode(document_type, json.dumps({**SAMPLES[document_type], name: value}))
    assert decode(document_type, encode(document)) == document
    return getattr(document, name)


@pytest.mark.parametrize(
    ("document_type", "name", "text"),
    [
        (DocumentType.CUSTOMER, "email", "office@tern.example, accounts@tern.example"),
        (DocumentType.CUSTOMER, "email", "billing@corncrake.local"),
        (DocumentType.CUSTOMER, "email", "ask at the bar"),
        (DocumentType.CUSTOMER, "phone", "+44 20 7946 0000 ext. 4417, or after six the mobile"),
        (DocumentType.CUSTOMER, "name", "Fen: Peat & Turf"),
        (DocumentType.CUSTOMER, "name", "Peat <Trading> Ltd"),
        (DocumentType.CUSTOMER, "name", '東京商事 \u2013 6" Хлеб ร้าน'),
        (DocumentType.VENDOR, "name", "Papeterie Nº 5"),
        (DocumentType.BILL, "number", "Fact. nº 77\u2013A"),
        (DocumentType.ITEM, "name", "T-shirt, size: L"),
        (DocumentType.ITEM, "name", 'Boot \u2013 Legend 6" Safety Toe'),
        (DocumentType.ITEM, "name", "Organic cotton long-sleeved T-shirt, printed, " * 4 + "L"),
        (DocumentType.ITEM, "code", "WOO-123456789-RED-EXTRA-LARGE-2026"),
        (DocumentType.PAYMENT, "reference", "pi_3Qx0AbCdEfGhIjKl1MnOpQrS"),
        (DocumentType.ACCOUNT, "code", "4000:01-LONG-NUMBER"),
        (DocumentType.ACCOUNT, "name", 'Sales: "other"'),
    ],
)
def test_a_text_as_businesses_write_it_is_accepted(
    document_type: DocumentType, name: str, text: str
) -> None:
    assert field(document_type, name, text) == text


def test_an_address_as_businesses_write_it_is_accepted() -> None:
    address = {"lines": [f"Line {n}" for n in range(6)], "country": "United Kingdom"}
    written = field(DocumentType.CUSTOMER, "address", address)
    assert (len(written.lines), written.country) == (6, "United Kingdom")
    assert field(DocumentType.CUSTOMER, "address", {"country": "gb"}).country == "GB"


def test_an_invoice_may_be_due_before_its_date() -> None:
    assert field(DocumentType.INVOICE, "due_on", "2026-10-01") == date(2026, 10, 1)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-02",
        "2026-11-02T00:00:00+13:00",
        "2026-11-02T00:00:00-08:00",
        "2026-11-02T00:00:00Z",
        "2026-11-02T00:00:00.000Z",
        "2026-11-02T00:00",
        "2026-11-02 00:00:00",
        "2026-11-02 00:00:00 +1300",
        "2026-11-02 00:00:00 UTC",
        "2026-11-02T00:00+13:00[Pacific/Auckland]",
        "2026-11-02+13:00",
        "2026-11-02Z",
        " 2026-11-02\n",
    ],
)
def test_midnight_in_any_zone_is_the_day_that_is_written(text: str) -> None:
    assert field(DocumentType.INVOICE, "issued_on", text) == date(2026, 11, 2)


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-01T11:00:00Z",
        "2026-11-02T00:00:01Z",
        "2026-13-01",
        "20261102",
        "1793577600",
        "-179357760",
        "02/11/2026",
        "\u0662\u0660\u0662\u0666-11-02",
        20261102,
        0.0,
    ],
)
def test_what_is_no_certain_day_is_refused(value: object) -> None:
    with pytest.raises(Undecodable, match=r"invoice\.v1: issued_on: "):
        field(DocumentType.INVOICE, "issued_on", value)


@pytest.mark.parametrize("quoted", [False, True], ids=["number", "string"])
@pytest.mark.parametrize(
    "digits",
    [
        "0.00012",
        "0.333333",
        "0.30000000000000004",
        "30.000000000000004",
        "0.1000000000000000055511151231257827021181583404541015625",
        "12345678901234.123456789012345678901234567890",
        "125000",
        "1e3",
        "1.50",
    ],
)
def test_a_price_is_the_decimal_that_was_written(digits: str, quoted: bool) -> None:
    written = f'"{digits}"' if quoted else digits
    lines = f'[{{"id": "1", "unit_price": {written}, "quantity": "0.5"}}]'
    text = json.dumps({**INVOICE, "lines": "LINES"}).replace('"LINES"', lines)
    (line,) = decode(DocumentType.INVOICE, text).model_dump()["lines"]
    assert line["unit_price"] == Decimal(digits)
    assert "E" not in str(line["unit_price"]) or line["unit_price"] < 1


@given(st.decimals("0", "999999999999999", places=30))
def test_any_price_is_written_and_read_without_loss(price: Decimal) -> None:
    for written in (f"{price:f}", f'"{price:f}"'):
        text = f'{{"id": "i", "code": "c", "name": "n", "sales_price": {written}}}'
        item = decode(DocumentType.ITEM, text)
        assert item.model_dump()["sales_price"] == price
        assert decode(DocumentType.ITEM, encode(item)) == item


@pytest.mark.parametrize("digits", ["30.000000000000004", "30.001", "0.1000000000000000055511"])
def test_an_amount_that_is_not_exact_is_refused(digits: str) -> None:
    text = json.dumps({**PAYMENT, "amount": "AMOUNT"}).replace('"AMOUNT"', digits)
    with pytest.raises(Undecodable, match=f"amount is {digits}, but an amount in GBP has 2"):
        decode(DocumentType.PAYMENT, text)


@pytest.mark.parametrize(
    "text",
    [
        "1_000",
        "1__0",
        "_1",
        "\u0661\u0662",
        "\uff11\uff12",
        "12,50",
        "1 000",
        "0x10",
        "",
        "NaN",
        "-Infinity",
        "sNaN",
        "12.50\u200b",
        "--5",
        "1e",
        ".",
        "\u00bd",
        "1" + "_0" * 500,
    ],
)
@pytest.mark.parametrize(
    ("document_type", "name"),
    [
        (DocumentType.PAYMENT, "amount"),
        (DocumentType.PAYMENT, "exchange_rate"),
        (DocumentType.INVOICE, "total"),
        (DocumentType.ITEM, "sales_price"),
    ],
)
def test_a_text_that_is_no_certain_number_is_refused(
    document_type: DocumentType, name: str, text: str
) -> None:
    with pytest.raises(Undecodable) as refusal:
        field(document_type, name, text)
    assert str(refusal.value) == (
        f"{document_type}.v1: {name}: {text[:40]!r} is no number; write it with the digits 0 "
        "to 9, a point before its decimals, and no other marks"
    )


@pytest.mark.parametrize("name", ["quantity", "unit_price", "tax_rate", "tax_amount"])
def test_so_is_one_of_a_line(name: str) -> None:
    with pytest.raises(Undecodable, match=rf"lines\.0\.{name}: '1_0' is no number; write it"):
        field(DocumentType.INVOICE, "lines", [{"id": "1", "unit_price": "1", name: "1_0"}])


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (" 12.50\n", "12.50"),
        ("+5", "5"),
        ("1e3", "1000"),
        ("1.5E+1", "15"),
        ("500e-2", "5.00"),
        ("5.", "5"),
        (".5", "0.5"),
        ("007", "7"),
    ],
)
def test_a_number_that_is_written_in_another_way_is_the_same(text: str, number: str) -> None:
    assert str(field(DocumentType.PAYMENT, "amount", text)) == number


@pytest.mark.parametrize("zero", ["-0", "-0.00", "0E-5"])
def test_zero_has_no_sign(zero: str) -> None:
    assert str(field(DocumentType.INVOICE, "tax_total", zero)) == "0"


@pytest.mark.parametrize(
    ("document_type", "name"),
    [
        (DocumentType.INVOICE, "issued_on"),
        (DocumentType.BILL, "due_on"),
        (DocumentType.PAYMENT, "paid_on"),
    ],
)
@pytest.mark.parametrize("text", ["0001-01-01", "0001-01-01T00:00:00Z", "1899-12-30"])
def test_a_date_that_was_never_set_is_refused(
    document_type: DocumentType, name: str, text: str
) -> None:
    with pytest.raises(Undecodable) as refusal:
        field(document_type, name, text)
    assert str(refusal.value) == (
        f"{document_type}.v1: {name}: {text[:10]} is before 1900, as of a date that was never "
        "set; write the date that the document has"
    )
    assert field(document_type, name, "1900-01-01") == date(1900, 1, 1)


def test_many_decimals_change_no_amount() -> None:
    lines = [
        {"id": "1", "unit_price": "0.00012", "quantity": "125000"},
        {"id": "2", "unit_price": "90.00", "quantity": "0.333333"},
        {"id": "3", "unit_price": "0.30000000000000004", "quantity": "3"},
    ]
    invoice = decode(DocumentType.INVOICE, json.dumps({**INVOICE, "lines": lines}))
    amounts = [str(line.amount) for line in invoice.totals().lines]  # type: ignore[attr-defined]
    assert amounts == ["15.00", "30.00", "0.90"]


@pytest.mark.parametrize(
    "text", ['{"x": NaN}', '{"x": Infinity}', "[" * 5000, '{"x": ' + "9" * 5000 + "}", "{", ""]
)
def test_what_is_no_json_is_refused_as_such(text: str) -> None:
    with pytest.raises(Undecodable, match=r"customer\.v1: "):
        decode(DocumentType.CUSTOMER, text)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("B08-1 ", "B08-1"),
        (" TS-900 ", "TS-900"),
        ("Twine, \t roll\u00a0 ", "Twine, roll"),
        ("Reed\u001fWarbler\u0007 Ltd", "Reed Warbler Ltd"),
        ("PO\u001f7", "PO 7"),
        ("B08\u200b-1\ufeff", "B08-1"),
        ("Cafe\u0301", "Café"),
        ("B08\u200d-1\u200c", "B08-1"),
        ("\u200dé\u200c", "é"),
        ("\u0646\u0645\u06cc\u200c\u062e", "\u0646\u0645\u06cc\u200c\u062e"),
        ("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"),
        ("M\ufffdller", "M\ufffdller"),
    ],
)
def test_a_key_is_normalised_once(written: str, key: str) -> None:
    assert one_line(written) == key
    for document_type, name in (
        (DocumentType.INVOICE, "number"),
        (DocumentType.INVOICE, "reference"),
        (DocumentType.CUSTOMER, "name"),
        (DocumentType.ITEM, "code"),
        (DocumentType.ITEM, "name"),
        (DocumentType.ACCOUNT, "code"),
        (DocumentType.PAYMENT, "reference"),
        (DocumentType.VENDOR, "account_number"),
    ):
        assert field(document_type, name, written) == key


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_normalised_text_stays_as_it_is_and_holds_no_control_characters(text: str) -> None:
    for normalised, tidy in ((one_line, one_line(text)), (several_lines, several_lines(text))):
        assert normalised(tidy) == tidy
        seen = tidy.replace("\n", "").replace("\t", "") if normalised is several_lines else tidy
        assert not any(unicodedata.category(character) == "Cc" for character in seen)
    assert one_line(f" {text}\n") == one_line(text)


def test_a_description_keeps_its_lines_and_loses_control_characters() -> None:
    lines = [
        {
            "id": "1",
            "unit_price": "1",
            "description": "First\u001fsecond\u000bthird\b\r\n - a\t",
        }
    ]
    (line,) = field(DocumentType.INVOICE, "lines", lines)
    assert line.description == "First second third\n - a\t"


def test_unknown_fields_are_named_and_left_out() -> None:
    text = json.dumps(
        {
            **INVOICE,
            "website": "https://forward.example",
            "customer": {"id": "c", "vip": True},
            "discount": {"percent": "10", "because": "loyal"},
            "lines": [
                {"id": "1", "unit_price": "1", "colour": "red"},
                {
                    "id": "2",
                    "unit_price": "1",
                    "colour": "blue",
                    "discount": {"amount": 0, "x": 1},
                },
            ],
        }
    )
    found = read(DocumentType.INVOICE, text)
    assert found.unknown_fields == (
        "customer",
        "discount.because",
        "lines.colour",
        "lines.discount.x",
        "website",
    )
    assert b"colour" not in encode(found.document)
    assert read(DocumentType.INVOICE, encode(found.document)).unknown_fields == ()
    with pytest.raises(Undecodable, match=r"lines\.0\.colour: Extra inputs are not permitted"):
        read(DocumentType.INVOICE, text, strict=True)


def test_what_has_its_default_is_not_written() -> None:
    customer = decode(DocumentType.CUSTOMER, json.dumps({**CUSTOMER, "phone": "", "active": 1}))
    assert json.loads(encode(customer)) == CUSTOMER


@pytest.mark.parametrize("name", ["sales_price", "unheard_of"])
@pytest.mark.parametrize("depth", [700, 900, 5000])
def test_what_is_nested_too_deeply_is_refused(name: str, depth: int) -> None:
    """Some of it can be parsed, and was an error then that no repeat of the batch got over."""
    deep = f'{{"id":"i","code":"C","name":"N","{name}":{"[" * depth}{"]" * depth}}}'
    with pytest.raises(Undecodable, match=r"item\.v1: it is nested too deeply"):
        decode(DocumentType.ITEM, deep)
