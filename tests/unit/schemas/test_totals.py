"""What the lines of a document come to, and how the platform's own figures count."""

import json
from decimal import Decimal
from typing import Any

import pytest

from schemas.documents.catalogue import Undecodable, decode
from schemas.documents.document import DocumentType
from schemas.documents.invoice import Invoice
from schemas.documents.lines import Line, TaxMode
from schemas.documents.totals import Stated, total, totals

THREE = [
    {"id": n, "unit_price": "10.03", "tax_code": "STANDARD", "tax_rate": "20"} for n in "123"
]


def invoice(**fields: Any) -> Invoice:
    made = decode(
        DocumentType.INVOICE,
        json.dumps(
            {
                "id": "i",
                "number": "B02-1",
                "customer_id": "c",
                "issued_on": "2026-11-02",
                "due_on": "2026-11-30",
                "currency": "GBP",
                "lines": THREE,
                **fields,
            }
        ),
    )
    assert isinstance(made, Invoice)
    return made


def refusal(**fields: Any) -> str:
    with pytest.raises(Undecodable) as refused:
        invoice(**fields)
    return str(refused.value)


def taxes(document: Invoice) -> list[str]:
    return [str(line.tax) for line in document.totals().lines]


def amounts(document: Invoice) -> list[str]:
    return [str(line.amount) for line in document.totals().lines]


def test_tax_is_rounded_for_each_line_and_then_summed() -> None:
    """The example of Xero's guide: taxing the sum of the lines would give 11.45."""
    lines = [
        Line(id=str(n), unit_price=Decimal(price), tax_rate=Decimal(15))
        for n, price in enumerate(["25.06", "25.61", "25.63"])
    ]
    assert totals(lines, TaxMode.EXCLUSIVE, "NZD").tax == Decimal("11.44")


@pytest.mark.parametrize(
    "stated",
    [
        {"tax_total": "6.02", "total": "36.11"},
        {"tax_total": "6.02"},
        {"total": "36.11"},
        {"tax_totals": [{"tax_code": "STANDARD", "tax_rate": "20", "amount": "6.02"}]},
        {"tax_totals": [{"tax_rate": "20.0", "amount": "6.02"}], "total": "36.11"},
        {"lines": [{**line, "tax_amount": "2.01"} for line in THREE], "tax_total": "6.02"},
    ],
    ids="-".join,
)
def test_tax_rounded_on_the_total_is_carried(stated: dict[str, Any]) -> None:
    document = invoice(**stated)
    assert (document.totals().tax, document.totals().total) == (
        Decimal("6.02"),
        Decimal("36.11"),
    )
    assert taxes(document) == ["2.01", "2.01", "2.00"]
    assert amounts(document) == ["10.03"] * 3


def test_tax_of_a_line_counts_as_it_is_stated() -> None:
    first, *others = THREE
    document = invoice(lines=[{**first, "tax_amount": "2.00"}, *others])
    assert taxes(document) == ["2.00", "2.01", "2.01"]


def test_a_total_of_unrounded_amounts_is_placed_on_the_lines() -> None:
    lines = [{"id": n, "quantity": "0.333333", "unit_price": "10"} for n in "123"]
    document = invoice(lines=lines, total="10.00")
    assert amounts(document) == ["3.34", "3.33", "3.33"]
    assert [line.rounding for line in document.totals().lines] == [Decimal("0.01"), 0, 0]
    assert document.totals().total == Decimal("10.00")


def test_a_total_with_tax_in_it_is_placed_before_the_tax_is_computed() -> None:
    lines = [{"id": n, "unit_price": "3.334", "tax_rate": "20"} for n in "123"]
    document = invoice(lines=lines, tax_mode="inclusive", total="10.00", tax_total="1.67")
    assert amounts(document) == ["3.34", "3.33", "3.33"]
    assert document.totals().tax == Decimal("1.67")
    assert document.totals().net == Decimal("8.33")


@pytest.mark.parametrize(
    ("prices", "percent", "shares", "tax"),
    [
        # A deposit is taken off again: of what is left, 1.00, an eighth would be 0.13.
        (("1000", "-999"), "12.5", ["125.00", "-124.87"], "175.00"),
        (("100", "-100"), "10", ["10.00", "-10.00"], "18.00"),
        (("0.05", "0.05", "0.05"), "50", ["0.03", "0.03", "0.02"], "0.00"),
        (("10", "0", "20.01"), "10", ["1.00", "0.00", "2.00"], "1.80"),
    ],
)
def test_a_percentage_is_taken_of_each_line(
    prices: tuple[str, ...], percent: str, shares: list[str], tax: str
) -> None:
    rates = ["20", *["0"] * (len(prices) - 1)]
    lines = [
        {"id": price, "unit_price": price, "tax_rate": rate}
        for price, rate in zip(prices, rates, strict=True)
    ]
    found = invoice(lines=lines, discount={"percent": percent}).totals()
    assert [str(line.shared_discount) for line in found.lines] == shares
    assert found.discount == sum(map(Decimal, shares))
    assert str(found.tax) == tax


def test_yen_are_rounded_to_whole_ones() -> None:
    line = {"id": "1", "unit_price": "1127", "tax_rate": "20"}
    assert invoice(lines=[line], currency="JPY").totals().total == 1352
    stated = invoice(lines=[line], currency="JPY", tax_total="225", total="1352")
    assert stated.totals().tax == 225


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        (
            {"tax_total": "6.06"},
            "tax_total says 6.06, but the lines come to 6.03, and roundings explain a "
            "difference of 0.02 at most",
        ),
        ({"total": "36.20"}, "total says 36.20, but the lines come to 36.12"),
        (
            {"tax_totals": [{"tax_rate": "20", "amount": "7.00"}]},
            "tax_totals.0.amount says 7.00, but the lines come to 6.03",
        ),
        (
            {"tax_totals": [{"tax_rate": "5", "amount": "0.00"}]},
            "tax_totals name no tax of code 'STANDARD' at 20 %",
        ),
        (
            {"tax_totals": [{"tax_rate": "20", "amount": "6.02"}] * 2},
            "tax_totals name 20 % twice",
        ),
        (
            {"lines": [{**THREE[0], "tax_amount": "2.10"}]},
            "lines.0.tax_amount says 2.10, but the lines come to 2.01",
        ),
        (
            {"tax_mode": "none", "tax_total": "0.01"},
            "tax_total says 0.01, but the lines come to 0.00, and no line has tax by its "
            "tax_rate and the tax_mode",
        ),
        (
            {"lines": [{"id": "1", "unit_price": "10", "tax_amount": "2.00"}]},
            "lines.0.tax_amount says 2.00, but the lines come to 0.00, and no line has tax by",
        ),
        (
            {"lines": [{"id": "1", "unit_price": "0"}], "total": "0.01"},
            "total says 0.01, but the lines come to 0.00, and no line has an amount",
        ),
        ({"lines": [{**THREE[0], "tax_amount": "2.005"}]}, "lines.0.tax_amount is 2.005"),
        (
            {"tax_totals": [{"tax_rate": "20", "amount": "6.025"}]},
            "tax_totals.0.amount is 6.025, but an amount in GBP has 2 decimals",
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_figure_that_roundings_do_not_explain_is_refused(
    stated: dict[str, Any], said: str
) -> None:
    assert said in refusal(**stated)


@pytest.mark.parametrize("mode", list(TaxMode))
@pytest.mark.parametrize(
    "stated",
    [
        {},
        {"discount": {"percent": "0"}},
        {"discount": {"amount": "5.01"}},
        {"lines": [{**THREE[0], "discount": {"percent": "33.3"}}, *THREE[1:]]},
        {"lines": [{**THREE[0], "unit_price": "0"}, {**THREE[1], "unit_price": "0"}]},
    ],
)
def test_the_total_alone_is_that_of_all_figures(mode: TaxMode, stated: dict[str, Any]) -> None:
    made = invoice(tax_mode=mode.value, **stated)
    said = Stated(made.tax_totals or (), made.tax_total, made.total)
    alone = total(made.lines, mode, made.currency, made.discount, said)
    assert alone == made.totals().total == sum(line.gross for line in made.totals().lines)


@pytest.mark.parametrize(
    "stated",
    [
        {"total": "36.11"},
        {"tax_total": "6.02"},
        {"lines": [{**THREE[0], "tax_amount": "2.00"}, *THREE[1:]]},
    ],
)
def test_the_total_alone_carries_what_is_stated(stated: dict[str, Any]) -> None:
    made = invoice(**stated)
    said = Stated(made.tax_totals or (), made.tax_total, made.total)
    alone = total(made.lines, made.tax_mode, made.currency, made.discount, said)
    assert alone == made.totals().total == Decimal("36.11")
