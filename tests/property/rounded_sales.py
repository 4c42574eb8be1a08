"""Invoices as platforms compute them: their tax is rounded for each line, rate or document.

What a platform states is worked out here in fractions, without any code of ours.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import floor
from typing import Any

from hypothesis import assume, reject, strategies as st

from schemas.currencies import minor_units
from schemas.documents.invoice import Invoice
from schemas.documents.lines import TaxMode

CURRENCIES = ("GBP", "USD", "JPY", "KWD")
RATES = ("0", "5", "8.875", "12.5", "20")


Rounding = Callable[[Fraction], int]


def _half_up(value: Fraction) -> int:
    whole = floor(abs(value) + Fraction(1, 2))
    return whole if value >= 0 else -whole


def rounded(value: Fraction, currency: str, to_whole: Rounding) -> Decimal:
    """Round to the currency's smallest amount."""
    units = minor_units(currency)
    return Decimal(to_whole(value * 10**units)).scaleb(-units)


def half_up(value: Fraction, currency: str) -> Decimal:
    """Round half away from zero."""
    return rounded(value, currency, _half_up)


def less(amount: Fraction, discount: Mapping[str, str] | None) -> Fraction:
    """Return what is left of an amount after a discount, exact."""
    if discount is None:
        return amount
    if "percent" in discount:
        return amount * (1 - Fraction(discount["percent"]) / 100)
    return amount - Fraction(discount["amount"])


@dataclass(frozen=True)
class Sale:
    """An invoice without stated figures, and the exact tax of each of its lines.

    Attributes:
        to_whole: How the platform rounds tax.
    """

    fields: dict[str, Any]
    amounts: Sequence[Decimal]
    taxes: Sequence[Fraction]
    to_whole: Rounding = _half_up

    @property
    def currency(self) -> str:
        return str(self.fields["currency"])

    def tax(self, exact: Fraction) -> Decimal:
        """Return a tax as the platform rounds it."""
        return rounded(exact, self.currency, self.to_whole)

    def after_discounts(self) -> Decimal:
        """Return what the platform sums its lines up to."""
        lines = sum((self._left(line) for line in self.fields["lines"]), Decimal(0))
        return half_up(less(Fraction(lines), self._rounded(lines, self.fields)), self.currency)

    def _left(self, line: Mapping[str, Any]) -> Decimal:
        exact = Fraction(line["quantity"]) * Fraction(line["unit_price"])
        extended = half_up(exact, self.currency)
        return half_up(less(Fraction(extended), self._rounded(extended, line)), self.currency)

    def _rounded(self, of: Decimal, owner: Mapping[str, Any]) -> Mapping[str, str] | None:
        """Return a discount as the amount that it comes to."""
        discount: Mapping[str, str] | None = owner["discount"]
        off = Fraction(of) - less(Fraction(of), discount)
        return {"amount": str(half_up(off, self.currency))}

    def invoice(self, tax: Decimal, **stated: Any) -> Invoice:
        """Return the invoice with a total to which this tax leads, and what else is stated."""
        net = self.after_discounts()
        total = net + tax if self.fields["tax_mode"] is TaxMode.EXCLUSIVE else net
        assume(total >= 0)  # one way of rounding may come to zero, and another to less
        return Invoice.model_validate({**self.fields, "total": total, **stated})

    def by_rate(self) -> dict[str, Fraction]:
        found: defaultdict[str, Fraction] = defaultdict(Fraction)
        for line, tax in zip(self.fields["lines"], self.taxes, strict=True):
            found[line["tax_rate"]] += tax
        return found


@st.composite
def sales(
    draw: st.DrawFn,
    /,
    currencies: Sequence[str] = CURRENCIES,
    rates: Sequence[str] = RATES,
    codes: Mapping[str, str] | None = None,
    **line_fields: str,
) -> Sale:
    """Draw a sale.

    Args:
        codes: The tax code of each rate; a rate that is not named has none.
        line_fields: More fields of each line.
    """
    currency = draw(st.sampled_from(currencies))
    mode = draw(st.sampled_from(TaxMode))
    line = st.fixed_dictionaries(
        {
            "id": st.just("1"),
            "quantity": st.decimals("0.0001", "40", places=4).map(str),
            "unit_price": _PRICES.map(str),
            "discount": _discounts(currency),
            "tax_rate": st.sampled_from(rates),
            **{name: st.just(value) for name, value in line_fields.items()},
        }
    ).map(lambda drawn: {"tax_code": (codes or {}).get(str(drawn["tax_rate"]), ""), **drawn})
    fields: dict[str, Any] = {
        "id": "i",
        "number": "1",
        "customer_id": "c",
        "issued_on": "2026-11-02",
        "due_on": "2026-11-30",
        "currency": currency,
        "tax_mode": mode,
        "lines": draw(st.lists(line, min_size=1, max_size=9)),
        "discount": draw(_discounts(currency)),
    }
    fields, amounts = next(filter(None, map(_read, _less_and_less(fields))))
    taxes = [
        _tax(Fraction(amount), Fraction(line["tax_rate"]), mode)
        for amount, line in zip(amounts, fields["lines"], strict=True)
    ]
    return Sale(fields, amounts, taxes)


_PRICES = st.decimals("-9", "900", places=5) | st.decimals("-900", "900", places=2)


@cache
def _discounts(currency: str) -> st.SearchStrategy[dict[str, str] | None]:
    percents = st.integers(1, 100) | st.decimals("0", "60", places=3)
    amounts = st.integers(0, 1200).map(lambda n: Decimal(n).scaleb(-minor_units(currency)))
    return (
        st.none()
        | percents.map(lambda percent: {"percent": str(percent)})
        | amounts.map(lambda amount: {"amount": str(amount)})
    )


def _less_and_less(fields: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an invoice turned round, and without discounts, as one has no total below zero."""
    bare = {
        **fields,
        "discount": None,
        "lines": [{**line, "discount": None} for line in fields["lines"]],
    }
    for one in (fields, bare):
        yield one
        turned = [{**li, "unit_price": str(-Decimal(li["unit_price"]))} for li in one["lines"]]
        yield {**one, "lines": turned}


def _read(fields: dict[str, Any]) -> tuple[dict[str, Any], Sequence[Decimal]] | None:
    """Return an invoice and the amounts of its lines; None where its total is below zero."""
    try:
        return fields, [f.amount for f in Invoice.model_validate(fields).totals().lines]
    except ValueError as refused:
        if "may not be negative" not in str(refused):
            raise
        return None


def with_discount(sale: Sale, discount: Mapping[str, str]) -> Invoice:
    """Return the invoice of a sale with another discount, where its total is not below zero."""
    fields, _ = _read({**sale.fields, "discount": discount}) or reject()
    return Invoice.model_validate(fields)


def _tax(amount: Fraction, rate: Fraction, mode: TaxMode) -> Fraction:
    if mode is TaxMode.NONE:
        return Fraction(0)
    return amount * rate / (100 + (rate if mode is TaxMode.INCLUSIVE else 0))


def rounded_per_line(sale: Sale) -> Invoice:
    taxes = [sale.tax(tax) for tax in sale.taxes]
    tax = sum(taxes, Decimal(0))
    lines = [
        {**line, "tax_amount": own}
        for line, own in zip(sale.fields["lines"], taxes, strict=True)
    ]
    return sale.invoice(tax, lines=lines, tax_total=tax)


def rounded_per_rate(sale: Sale) -> Invoice:
    taxes = {rate: sale.tax(tax) for rate, tax in sale.by_rate().items()}
    tax = sum(taxes.values(), Decimal(0))
    stated = [{"tax_rate": rate, "amount": amount} for rate, amount in taxes.items()]
    return sale.invoice(tax, tax_totals=stated, tax_total=tax)


def rounded_per_rate_without_a_total(sale: Sale) -> Invoice:
    return rounded_per_rate(sale).model_copy(update={"tax_total": None, "total": None})


def rounded_per_document(sale: Sale) -> Invoice:
    tax = sale.tax(sum(sale.taxes, Fraction()))
    return sale.invoice(tax, tax_total=tax)


def rounded_per_document_with_the_total_alone(sale: Sale) -> Invoice:
    tax = sale.tax(sum(sale.taxes, Fraction()))
    assume(sale.fields["tax_mode"] is TaxMode.EXCLUSIVE or not tax)
    return sale.invoice(tax)


def half_even_per_rate(sale: Sale) -> Invoice:
    return rounded_per_rate(replace(sale, to_whole=round))


def cut_per_line(sale: Sale) -> Invoice:
    return rounded_per_line(replace(sale, to_whole=int))


def cut_per_rate(sale: Sale) -> Invoice:
    return rounded_per_rate(replace(sale, to_whole=int))


def cut_per_document(sale: Sale) -> Invoice:
    return rounded_per_document(replace(sale, to_whole=int))


PLATFORMS: Sequence[Callable[[Sale], Invoice]] = (
    rounded_per_line,
    rounded_per_rate,
    rounded_per_rate_without_a_total,
    rounded_per_document,
    rounded_per_document_with_the_total_alone,
    half_even_per_rate,
    cut_per_line,
    cut_per_rate,
    cut_per_document,
)
