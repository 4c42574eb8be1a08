"""What is cosmetic never stops what carries money: it is made to fit, and it is said."""

import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import assume, given, settings, strategies as st
from pydantic import ValidationError

from providers.fitting import Fitted
from providers.parts import Body, create_body
from providers.qbo import fitting as qbo
from providers.qbo.mapping.catalogue import ENTITIES as QBO_ENTITIES, parts_of as qbo_parts
from providers.simulators.qbo.entities.catalogue import ENTITIES as QBO_FIELDS
from providers.xero import fitting as xero
from providers.xero.mapping.books import open_books
from providers.xero.mapping.catalogue import parts_of as xero_parts
from schemas.documents.catalogue import DOCUMENTS
from schemas.documents.document import Document, DocumentType
from schemas.documents.trade import TradeDocument
from schemas.remarks import LONGEST_EXCERPT
from tests.unit.providers.fitting_inputs import (
    BILL,
    CUSTOMER,
    INPUTS,
    INVOICE,
    VENDOR,
    Input,
    one_line,
)
from tests.unit.providers.qbo.samples import CA, US, books as qbo_books, document
from tests.unit.providers.xero.samples import REALM, write_of

_ADDRESS: Final = {f"AddressLine{i}": 500 for i in range(1, 5)}
_PLACE: Final = {"City": 255, "Region": 255, "PostalCode": 50, "Country": 50}
_CONTACT: Final = {
    **dict.fromkeys(("Name", "FirstName", "LastName", "EmailAddress"), 255),
    **dict.fromkeys(("ContactNumber", "AccountNumber", "PhoneNumber"), 50),
    **_ADDRESS,
    **_PLACE,
}
_TRADE: Final = {"InvoiceNumber": 255, "Reference": 255, "Description": 4000}
# From Xero's OpenAPI files: the most characters of each text that we send.
XERO_LIMITS: Final[Mapping[DocumentType, Mapping[str, int]]] = {
    DocumentType.CUSTOMER: _CONTACT,
    DocumentType.VENDOR: _CONTACT,
    DocumentType.ITEM: {
        "Code": 30,
        "Name": 50,
        "Description": 4000,
        "PurchaseDescription": 4000,
    },
    DocumentType.ACCOUNT: {"Code": 10, "Name": 150},
    DocumentType.INVOICE: _TRADE,
    DocumentType.BILL: _TRADE,
    DocumentType.PAYMENT: {"Reference": 255},
}


def at_qbo(made: Document) -> Body:
    return create_body(qbo_parts(made, qbo_books(US, made)))


def at_xero(kind: DocumentType, made: Document) -> Body:
    links = write_of(kind, made.model_dump(mode="json")).links
    return create_body(xero_parts(made, open_books(REALM, links)))


def texts(body: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a body, with the name of its member."""
    if isinstance(body, str):
        yield name, body
    elif isinstance(body, Mapping):
        for key, value in body.items():
            yield from texts(value, key)
    elif isinstance(body, list):
        for value in body:
            yield from texts(value, name)


def numbers(body: Any) -> Iterator[Decimal]:
    """Every number of a body, in order."""
    if isinstance(body, Decimal):
        yield body
    elif isinstance(body, Mapping | list):
        for value in body.values() if isinstance(body, Mapping) else body:
            yield from numbers(value)


def check_qbo(kind: DocumentType, body: Body) -> None:
    """QuickBooks takes every property: lengths, forbidden characters, addresses."""
    properties = QBO_FIELDS[QBO_ENTITIES[kind]].properties
    for name, value in body.items():
        properties[name].kind.read(value, name)
    if kind is DocumentType.ACCOUNT:
        assert len(body.get("AcctNum", "")) <= 7
    if "BillAddr" in body:
        lines = (body["BillAddr"].get(f"Line{i}", "") for i in range(1, 6))
        assert sum(map(len, lines)) <= 2000
    check_characters(body)


def check_xero(kind: DocumentType, body: Body) -> None:
    """Xero takes every text."""
    for name, value in texts(body):
        assert len(value) <= XERO_LIMITS[kind].get(name, 64), name
        if name == "InvoiceNumber":
            assert value.isascii()
            assert value.isprintable()
        if name == "EmailAddress" and value:
            assert value.isascii()
            assert value.count("@") == 1
        if name == "Country":
            assert all(c.isalpha() or c == " " for c in value)
        if name == "Name" and kind in (CUSTOMER, VENDOR):
            assert "<" not in value
            assert ">" not in value
            assert value == " ".join(value.split())
    check_characters(body)


def check_characters(body: Body) -> None:
    for name, value in texts(body):
        allowed = {"\n", "\t"} if "Desc" in name or name == "PrivateNote" else set()
        controls = {c for c in value if unicodedata.category(c) == "Cc"} - allowed
        assert controls == set(), name


def at_both(kind: DocumentType, made: Document) -> tuple[Fitted, Fitted]:
    """What each ledger gets, checked to be within its limits and worth the same."""
    fits = qbo.fitted(made, US), xero.fitted(made)
    bodies = at_qbo(fits[0].document), at_xero(kind, fits[1].document)
    check_qbo(kind, bodies[0])
    check_xero(kind, bodies[1])
    if kind is not DocumentType.ITEM:  # whose prices are no money of ours
        assert list(numbers(bodies[0])) == list(numbers(at_qbo(made)))
        assert list(numbers(bodies[1])) == list(numbers(at_xero(kind, made)))
    for one in fits:
        if isinstance(made, TradeDocument):
            assert isinstance(one.document, TradeDocument)
            assert one.document.totals() == made.totals()
    assert qbo.fitted(fits[0].document, US) == Fitted(fits[0].document)
    assert xero.fitted(fits[1].document) == Fitted(fits[1].document)
    return fits


@pytest.mark.accepts("DRV-26")
@pytest.mark.parametrize("given_input", INPUTS, ids=lambda i: f"{i.kind}-{'-'.join(i.fields)}")
def test_what_is_beyond_a_limit_is_made_to_fit_and_said(given_input: Input) -> None:
    made = document(given_input.kind, **given_input.fields)
    fits = at_both(given_input.kind, made)
    for one, code in zip(fits, (given_input.qbo, given_input.xero), strict=True):
        assert [remark.code for remark in one.remarks] == ([code] if code else [])
        assert (one.document == made) == (not code)
        for remark in one.remarks:
            assert remark.field.split(".")[0] in given_input.fields
            assert remark.said != remark.sent or len(remark.said) == LONGEST_EXCERPT


def test_there_are_sixty_inputs_beyond_the_limits() -> None:
    assert len([i for i in INPUTS if i.qbo or i.xero]) >= 60


@pytest.mark.parametrize(
    ("kind", "fields", "field", "at_qbo_as", "at_xero_as"),
    [
        (CUSTOMER, {"name": "Fen: Peat & Turf"}, "name", "Fen - Peat & Turf", None),
        (CUSTOMER, {"name": "Peat <Trading> Ltd"}, "name", None, "Peat (Trading) Ltd"),
        (BILL, {"number": "Fact. nº 77\u2013A"}, "number", None, "Fact. no 77-A"),
        (INVOICE, {"number": "Ré-7\u2018x\u2019"}, "number", None, "Re-7'x'"),
        (BILL, {"number": "\u00af"}, "number", None, "_~db381e"),
        (
            CUSTOMER,
            {"phone": "+44 (0) 20 7946 0000 ext. 12345 (office only)"},
            "phone",
            "+44 (0) 20 7946 0000",
            None,
        ),
        (
            CUSTOMER,
            {"phone": "0711/1234567-0 oder 0711/1234567-99"},
            "phone",
            "0711/1234567-0",
            None,
        ),
        (
            CUSTOMER,
            {"phone": "555 0101 / 555 0102 / 555 0103 / 555 0104 / 555 0105"},
            "phone",
            "555 0101",
            "555 0101",
        ),
        (
            CUSTOMER,
            {"email": "x; info@müller.example"},
            "email",
            "info@xn--mller-kva.example",
            "info@xn--mller-kva.example",
        ),
        (
            CUSTOMER,
            {"address": {"country": "Côte d'Ivoire"}},
            "address.country",
            None,
            "Côte d Ivoire",
        ),
    ],
)
def test_a_remark_says_what_was_sent_in_place_of_what_was_said(
    kind: DocumentType,
    fields: dict[str, Any],
    field: str,
    at_qbo_as: str | None,
    at_xero_as: str | None,
) -> None:
    for one, expected in zip(
        at_both(kind, document(kind, **fields)), (at_qbo_as, at_xero_as), strict=True
    ):
        found = [(remark.field, remark.sent) for remark in one.remarks]
        assert found == ([] if expected is None else [(field, expected)])


def test_keys_of_one_beginning_stay_apart_when_they_are_cut() -> None:
    made = [document(INVOICE, number=f"INV-2026-ORDER-0000000{n}") for n in range(9)]
    sent = {at_qbo(qbo.fitted(one, US).document)["DocNumber"] for one in made}
    assert len(sent) == 9
    strange = [document(INVOICE, number=f"{c}-1") for c in "東京商事"]
    assert (
        len({at_xero(INVOICE, xero.fitted(one).document)["InvoiceNumber"] for one in strange})
        == 4
    )


@pytest.mark.accepts("DRV-26")
@pytest.mark.parametrize("kind", [INVOICE, BILL])
@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [
        ("20000000000000", "0.0001", "2000000000.00"),
        ("0.01", "200000000000", "2000000000.00"),
        ("-20000000000000", "-0.0001", "2000000000.00"),
    ],
)
def test_a_number_too_large_for_a_ledger_is_told_in_words(
    kind: DocumentType, quantity: str, price: str, amount: str
) -> None:
    made = document(kind, **one_line("Work", quantity=quantity, unit_price=price))
    (at_one,) = at_qbo(made)["Line"]
    (at_other,) = at_xero(kind, made)["LineItems"]
    assert at_one["Amount"] == Decimal(amount)
    assert "Qty" not in at_one[at_one["DetailType"]]
    assert (at_other["Quantity"], at_other["UnitAmount"]) == (1, Decimal(amount))
    for told in (at_one["Description"], at_other["Description"]):
        assert quantity in told
        assert price in told


def test_an_account_number_may_be_longer_in_some_countries() -> None:
    account = document(DocumentType.ACCOUNT, code="1234567890")
    assert qbo.fitted(account, CA) == Fitted(account)


def test_the_remarks_of_many_lines_are_bounded() -> None:
    line = one_line("x" * 5000)["lines"][0]
    lines = [{**line, "id": str(n)} for n in range(500)]
    fits = xero.fitted(document(INVOICE, lines=lines, tax_mode="none"))
    assert len(fits.remarks) == 50
    assert fits.remarks[-1].said == "451 more remarks"
    assert max(len(one.said) for one in fits.remarks) == LONGEST_EXCERPT


MARKS: Final = "ab9 :<>\"'\u2013\u2018\u201dº東é\x07\x1f\n,;@./~%"
short = st.text(max_size=30) | st.text(MARKS, max_size=60)
texts_of_any_length = st.builds(lambda text, times: text * times, short, st.integers(1, 300))


def _fields_of(kind: DocumentType) -> dict[str, st.SearchStrategy[Any]]:
    any_text = texts_of_any_length
    party: dict[str, st.SearchStrategy[Any]] = dict.fromkeys(
        ("name", "company_name", "given_name", "family_name", "email", "phone"), any_text
    )
    party["address"] = st.fixed_dictionaries(
        {
            "lines": st.lists(any_text, max_size=12),
            **dict.fromkeys(("city", "region", "postal_code", "country"), any_text),
        }
    )
    trade = {
        "number": any_text,
        "reference": any_text,
        "lines": st.lists(any_text, min_size=1, max_size=3).map(
            lambda told: [one_line(text, id=str(i), quantity="0.333")["lines"][0]
                          for i, text in enumerate(told)]
        ),
    }  # fmt: skip
    return {
        DocumentType.CUSTOMER: party,
        DocumentType.VENDOR: {**party, "account_number": any_text},
        DocumentType.ITEM: {"name": any_text, "code": any_text, "description": any_text},
        DocumentType.ACCOUNT: {"name": any_text, "code": any_text},
        DocumentType.INVOICE: trade,
        DocumentType.BILL: trade,
        DocumentType.PAYMENT: {"reference": any_text},
    }[kind] | {"id": st.text(MARKS, min_size=1, max_size=64)}


@pytest.mark.parametrize("kind", DOCUMENTS)
@settings(max_examples=80)
@given(data=st.data())
def test_whatever_the_texts_the_request_is_one_that_the_ledger_takes(
    kind: DocumentType, data: st.DataObject
) -> None:
    # One field at a time, so that one text which the schema refuses costs one field only.
    fields: dict[str, Any] = {}
    for name, strategy in _fields_of(kind).items():
        tried = {**fields, name: data.draw(strategy)}
        try:
            document(kind, **tried)
        except ValidationError:
            continue
        fields = tried
    assume(fields)
    at_both(kind, document(kind, **fields))
