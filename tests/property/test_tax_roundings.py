"""The laws of totals: what a platform computed is carried to the smallest amount, or refused.

`make integration` tries a hundred documents for each; a campaign tries 10,000, in half an hour:
`pytest tests/property/test_tax_roundings.py --hypothesis-profile=campaign --timeout=0`.
"""

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from schemas.currencies import smallest_amount
from schemas.documents.catalogue import decode, encode
from schemas.documents.document import DocumentType
from schemas.documents.invoice import Invoice
from schemas.documents.totals import Totals
from tests.property.rounded_sales import (
    PLATFORMS,
    RATES,
    Sale,
    half_up,
    less,
    rounded_per_document,
    sales,
    with_discount,
)


def check_sums(figures: Totals, currency: str) -> None:
    """Every sum is the sum of its parts, and nothing is finer than the currency."""
    assert figures.tax == sum(line.tax for line in figures.lines)
    assert figures.net == sum(line.net for line in figures.lines)
    assert figures.total == figures.net + figures.tax
    for line in figures.lines:
        for part in (line.net, line.tax, line.amount):
            assert part == half_up(Fraction(part), currency)


@pytest.mark.parametrize("platform", PLATFORMS)
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


@given(sale=sales(), percent=st.decimals("0", "100", places=3).map(str))
def test_a_document_s_percentage_is_taken_of_each_line(sale: Sale, percent: str) -> None:
    whole = {"percent": percent}
    figures = with_discount(sale, whole).totals()
    for figure in figures.lines:
        after_own = Fraction(figure.extended - figure.discount)
        exact = after_own - less(after_own, whole)
        off = abs(Fraction(figure.shared_discount) - exact)
        assert off < smallest_amount(sale.currency)


@given(sale=sales())
def test_no_line_s_tax_is_moved_by_as_much_as_the_smallest_amount(sale: Sale) -> None:
    figures = rounded_per_document(sale).totals()
    for figure, exact in zip(figures.lines, sale.taxes, strict=True):
        assert abs(Fraction(figure.tax) - exact) < smallest_amount(sale.currency)
        assert exact or not figure.tax


@pytest.mark.accepts("DRV-24")
@given(sale=sales(), sign=st.sampled_from([1, -1]))
def test_more_than_roundings_explain_is_refused_with_both_figures(
    sale: Sale, sign: int
) -> None:
    count = len(sale.fields["lines"]) + len(RATES)
    found = Invoice.model_validate(sale.fields).totals().tax
    wrong = found + sign * count * smallest_amount(sale.currency)
    with pytest.raises(ValueError, match="tax_total says") as refused:
        sale.invoice(found, tax_total=wrong)
    said = wrong or 0  # a stated zero has no decimals
    assert f"says {said}, but the lines come to {found}" in str(refused.value)
