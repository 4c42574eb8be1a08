"""Invoices as platforms compute them, whose tax is rounded for each line, rate or document."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import assume, strategies as st

from schemas.currencies import minor_units
from schemas.documents.invoice import Invoice
from schemas.documents.lines import TaxMode

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
    mode = draw(st.sampled_from([TaxMode.EXCLUSIVE, TaxMode.INCLUSIVE]))
    percents = st.none() | st.integers(1, 60).map(lambda n: {"percent": str(n)})
    line = st.fixed_dictionaries(
        {
            "id": st.just("1"),
            "quantity": st.decimals("0.0001", "40", places=4).map(str),
            "unit_price": st.decimals("-9", "900", places=5).map(str),
            "discount": percents,
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
        "discount": draw(percents),
    }
    try:
        amounts = [f.amount for f in Invoice.model_validate(fields).totals().lines]
    except ValueError:  # it would come to less than nothing, which turned round is more
        fields["lines"] = [
            {**line, "unit_price": str(-Decimal(line["unit_price"]))}
            for line in fields["lines"]
        ]
        amounts = [f.amount for f in Invoice.model_validate(fields).totals().lines]
    percent = [Fraction(line["tax_rate"]) for line in fields["lines"]]
    taxes = [
        Fraction(amount) * rate / (100 + (rate if mode is TaxMode.INCLUSIVE else 0))
        for amount, rate in zip(amounts, percent, strict=True)
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


PLATFORMS: Sequence[Callable[[Sale], Invoice]] = (
    rounded_per_line,
    rounded_per_rate,
    rounded_per_rate_without_a_total,
    rounded_per_document,
    rounded_per_document_with_the_total_alone,
)
