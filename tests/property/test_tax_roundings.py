"""The laws of totals: what a platform computed is carried to the smallest amount, or refused.

`make integration` tries a hundred documents for each; a campaign tries 10,000, in half an hour:
`pytest tests/property/test_tax_roundings.py --hypothesis-profile=campaign --timeout=0`.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, strategies as st

from schemas.currencies import minor_units, smallest_amount
from schemas.documents.catalogue import decode, encode
from schemas.documents.document import DocumentType
from schemas.documents.invoice import Invoice
from schemas.documents.lines import TaxMode
from schemas.documents.totals import Totals

CURRENCIES = ("GBP", "USD", "JPY", "KWD")
RATES = ("0", "5", "8.875", "12.5", "20")


def half_up(value: Fraction, currency: str) -> Decimal:
    """Round as a platform does, without any code of ours: half away from zero."""
    scale = 10 ** minor_units(currency)
    whole = int(abs(value) * scale + Fraction(1, 2))
    return Decimal(whole if value >= 0 else -whole).scaleb(-minor_units(currency))


@dataclass(frozen=True)
class Sale:
    """An invoice without stated figures, and the exact tax of each of its lines."""

    fields: dict[str, Any]
    amounts: Sequence[Decimal]
    taxes: Sequence[Fraction]

    @property
    def currency(self) -> str:
        return str(self.fields["currency"])

    def invoice(self, tax: Decimal, **stated: Any) -> Invoice:
        """Return the invoice with a total to which this tax leads, and what else is stated."""
        net = sum(self.amounts, Decimal(0))
        inclusive = self.fields["tax_mode"] is TaxMode.INCLUSIVE
        total = net if inclusive else net + tax
        return Invoice.model_validate({**self.fields, "total": total, **stated})

    def by_rate(self) -> dict[str, Fraction]:
        found: defaultdict[str, Fraction] = defaultdict(Fraction)
        for line, tax in zip(self.fields["lines"], self.taxes, strict=True):
            found[line["tax_rate"]] += tax
        return found


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    currency = draw(st.sampled_from(CURRENCIES))
    mode = draw(st.sampled_from([TaxMode.EXCLUSIVE, TaxMode.INCLUSIVE]))
    percents = st.none() | st.integers(1, 60).map(lambda n: {"percent": str(n)})
    line = st.fixed_dictionaries(
        {
            "id": st.just("1"),
            "quantity": st.decimals("0.0001", "40", places=4).map(str),
            "unit_price": st.decimals("-9", "900", places=5).map(str),
            "discount": percents,
            "tax_rate": st.sampled_from(RATES),
        }
    )
    fields: dict[str, Any] = {
        "id": "i",
        "number": "1",
        "customer_id": "c",
        "issued_on": "2026-11-02",
        "due_on": "2026-11-30",
        "currency": currency,
        "tax_mode": mode,
        "lines": draw(st.lists(line, min_size=1, max_size=9)),
        "discount": draw(percents),
    }
    try:
        amounts = [f.amount for f in Invoice.model_validate(fields).totals().lines]
    except ValueError:  # it would come to less than nothing
        assume(False)
    rates = [Fraction(line["tax_rate"]) for line in fields["lines"]]
    taxes = [
        Fraction(amount) * rate / (100 + (rate if mode is TaxMode.INCLUSIVE else 0))
        for amount, rate in zip(amounts, rates, strict=True)
    ]
    return Sale(fields, amounts, taxes)


def rounded_per_line(sale: Sale) -> Invoice:
    taxes = [half_up(tax, sale.currency) for tax in sale.taxes]
    tax = sum(taxes, Decimal(0))
    lines = [
        {**line, "tax_amount": own}
        for line, own in zip(sale.fields["lines"], taxes, strict=True)
    ]
    return sale.invoice(tax, lines=lines, tax_total=tax)


def rounded_per_rate(sale: Sale) -> Invoice:
    taxes = {rate: half_up(tax, sale.currency) for rate, tax in sale.by_rate().items()}
    tax = sum(taxes.values(), Decimal(0))
    stated = [{"tax_rate": rate, "amount": amount} for rate, amount in taxes.items()]
    return sale.invoice(tax, tax_totals=stated, tax_total=tax)


def rounded_per_rate_without_a_total(sale: Sale) -> Invoice:
    return rounded_per_rate(sale).model_copy(update={"tax_total": None, "total": None})


def rounded_per_document(sale: Sale) -> Invoice:
    tax = half_up(sum(sale.taxes, Fraction()), sale.currency)
    return sale.invoice(tax, tax_total=tax)


def rounded_per_document_with_the_total_alone(sale: Sale) -> Invoice:
    tax = half_up(sum(sale.taxes, Fraction()), sale.currency)
    assume(sale.fields["tax_mode"] is TaxMode.EXCLUSIVE or not tax)
    return sale.invoice(tax)


def check_sums(figures: Totals, currency: str) -> None:
    """Every sum is the sum of its parts, and nothing is finer than the currency."""
    assert figures.tax == sum(line.tax for line in figures.lines)
    assert figures.net == sum(line.net for line in figures.lines)
    assert figures.total == figures.net + figures.tax
    for line in figures.lines:
        for part in (line.net, line.tax, line.amount):
            assert part == half_up(Fraction(part), currency)


@pytest.mark.parametrize(
    "platform",
    [
        rounded_per_line,
        rounded_per_rate,
        rounded_per_rate_without_a_total,
        rounded_per_document,
        rounded_per_document_with_the_total_alone,
    ],
)
@given(sale=sales())
def test_what_a_platform_computed_is_what_the_document_comes_to(
    platform: Callable[[Sale], Invoice], sale: Sale
) -> None:
    invoice = platform(sale)
    figures = invoice.totals()
    check_sums(figures, sale.currency)
    assert invoice.tax_total in (None, figures.tax)
    assert invoice.total in (None, figures.total)
    for one in invoice.tax_totals or ():
        mine = [
            figure.tax
            for line, figure in zip(invoice.lines, figures.lines, strict=True)
            if line.tax_rate == one.tax_rate
        ]
        assert sum(mine) == one.amount
    for line, figure in zip(invoice.lines, figures.lines, strict=True):
        assert line.tax_amount in (None, figure.tax)
    assert [figure.amount for figure in figures.lines] == list(sale.amounts)
    again = decode(DocumentType.INVOICE, encode(invoice))
    assert again == invoice


@given(sale=sales())
def test_no_line_s_tax_is_moved_by_as_much_as_the_smallest_amount(sale: Sale) -> None:
    figures = rounded_per_document(sale).totals()
    for figure, exact in zip(figures.lines, sale.taxes, strict=True):
        assert abs(Fraction(figure.tax) - exact) < smallest_amount(sale.currency)
        assert exact or not figure.tax


@given(sale=sales(), sign=st.sampled_from([1, -1]))
def test_more_than_roundings_explain_is_refused_with_both_figures(
    sale: Sale, sign: int
) -> None:
    count = len(sale.fields["lines"]) + len(RATES)
    found = Invoice.model_validate(sale.fields).totals().tax
    wrong = found + sign * count * smallest_amount(sale.currency)
    with pytest.raises(ValueError, match="tax_total says") as refused:
        sale.invoice(found, tax_total=wrong)
    assert f"says {wrong}, but the lines come to {found}" in str(refused.value)
