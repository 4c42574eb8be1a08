"""Whatever the lines, Xero's documented arithmetic on what we send comes to our totals."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import assume, given, settings, strategies as st
from pydantic import ValidationError

from providers.base import Write
from providers.parts import Body, create_body
from providers.wire import to_json
from providers.xero.fitting import fitted
from providers.xero.mapping.books import open_books
from providers.xero.mapping.catalogue import parts_of
from schemas.documents.bill import Bill
from schemas.documents.document import DocumentType
from schemas.documents.invoice import Invoice
from tests.unit.providers.xero.samples import REALM, bill, invoice, write_of

CENT = Decimal("0.01")
RATES = {"OUTPUT2": Decimal(15), "INPUT2": Decimal(15), "NONE": Decimal(0)}
ROUNDINGS = (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN)  # Xero does not say which it is


def decimals(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(low, high, places=places, allow_nan=False, allow_infinity=False)


MANY = st.sampled_from([Decimal(n) for n in ("0.00012", "125000", "0.333333", "1.0000005")])
discounts = st.none() | st.one_of(
    decimals("0", "100", 4).map(lambda percent: {"percent": percent}),
    decimals("0", "500", 2).map(lambda amount: {"amount": amount}),
)
lines = st.fixed_dictionaries(
    {
        "quantity": decimals("-20", "1000", 4) | st.integers(1, 12).map(Decimal) | MANY,
        "unit_price": decimals("-50", "5000", 4) | decimals("0", "900", 2) | MANY,
        "discount": discounts,
        "tax_rate": st.sampled_from(["0", "15"]),
        "description": st.sampled_from(["", "House blend", "x" * 4000]),
    }
)
documents = st.fixed_dictionaries(
    {
        "tax_mode": st.sampled_from(["exclusive", "inclusive", "none"]),
        "discount": discounts,
        "lines": st.lists(lines, min_size=1, max_size=6).map(
            lambda made: [{"id": str(i), **line} for i, line in enumerate(made)]
        ),
    }
)


def line_amount(line: dict[str, Any], rounding: str) -> Decimal:
    extended = (line["Quantity"] * line["UnitAmount"]).quantize(CENT, rounding=rounding)
    return Decimal(extended - line.get("DiscountAmount", Decimal(0)))


def line_tax(amount: Decimal, rate: Decimal, types: str) -> Decimal:
    whole = {"Exclusive": Decimal(100), "Inclusive": 100 + rate, "NoTax": None}[types]
    if whole is None:
        return Decimal(0)
    return (amount * rate / whole).quantize(CENT, rounding=ROUND_HALF_UP)


def xero_figures(body: dict[str, Any], rounding: str) -> tuple[Decimal, Decimal]:
    """Work out total and tax: each line rounded, taxed and rounded, and then summed."""
    amounts = [line_amount(line, rounding) for line in body["LineItems"]]
    tax = sum(
        (
            line_tax(amount, RATES[line["TaxType"]], body["LineAmountTypes"])
            for amount, line in zip(amounts, body["LineItems"], strict=True)
        ),
        Decimal(0),
    )
    assert tax == sum((line["TaxAmount"] for line in body["LineItems"]), Decimal(0))
    total = sum(amounts, Decimal(0))
    return (total + tax if body["LineAmountTypes"] == "Exclusive" else total), tax


def valid(document_type: DocumentType, fields: dict[str, Any]) -> Write:
    """Make a write, where the lines do not come to less than nothing."""
    try:
        return write_of(document_type, fields)
    except ValidationError:
        assume(False)
        raise


def sent(write: Write) -> Body:
    document = fitted(write.document).document
    return create_body(parts_of(document, open_books(REALM, write.links)))


@settings(max_examples=300)
@given(documents)
def test_an_invoice_comes_to_our_totals_however_xero_rounds(fields: dict[str, Any]) -> None:
    write = valid(DocumentType.INVOICE, invoice(**fields))
    assert isinstance(write.document, Invoice)
    body = sent(write)
    ours = write.document.totals()
    for rounding in ROUNDINGS:
        assert xero_figures(body, rounding) == (ours.total, ours.tax)


@settings(max_examples=300)
@given(documents)
def test_a_bill_comes_to_our_totals_without_discounts(fields: dict[str, Any]) -> None:
    write = valid(DocumentType.BILL, bill(**fields))
    assert isinstance(write.document, Bill)
    body = sent(write)
    ours = write.document.totals()
    for rounding in ROUNDINGS:
        assert xero_figures(body, rounding) == (ours.total, ours.tax)
    assert all("DiscountAmount" not in line for line in body["LineItems"])


@settings(max_examples=150)
@given(documents)
def test_every_line_is_one_that_xero_takes(fields: dict[str, Any]) -> None:
    write = valid(DocumentType.INVOICE, invoice(**fields))
    assert isinstance(write.document, Invoice)
    for line in sent(write)["LineItems"]:
        assert 1 <= len(line["Description"]) <= 4000
        assert -line["UnitAmount"].as_tuple().exponent <= 4
        assert -line["Quantity"].as_tuple().exponent <= 4
        extended = line["Quantity"] * line["UnitAmount"]
        assert extended == extended.quantize(CENT)
        assert 0 <= line.get("DiscountAmount", Decimal(0)) <= max(extended, Decimal(0))
        assert b"E" not in to_json(line["UnitAmount"])


def test_the_platform_s_own_tax_is_sent_line_by_line() -> None:
    line = {"unit_price": "10.03", "tax_rate": "15", "quantity": "1"}
    lines = [{"id": n, **line} for n in "123"]
    fields = invoice(tax_mode="exclusive", lines=lines, tax_total="4.51", total="34.60")
    sent_lines = sent(valid(DocumentType.INVOICE, fields))["LineItems"]
    assert [str(one["TaxAmount"]) for one in sent_lines] == ["1.51", "1.50", "1.50"]
    assert {one["UnitAmount"] for one in sent_lines} == {Decimal("10.03")}


def test_an_amount_that_was_moved_by_a_cent_is_sent_as_it_is() -> None:
    line = {"unit_price": "0.12", "tax_rate": "0", "quantity": "27.75"}
    lines = [{"id": n, **line} for n in "123"]
    fields = invoice(tax_mode="none", lines=lines, total="10.00")
    sent_lines = sent(valid(DocumentType.INVOICE, fields))["LineItems"]
    assert [(one["Quantity"], str(one["UnitAmount"])) for one in sent_lines] == [
        (1, "3.34"),
        (Decimal("27.75"), "0.12"),
        (Decimal("27.75"), "0.12"),
    ]
