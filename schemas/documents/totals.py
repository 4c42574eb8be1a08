"""What the lines of a document come to: the only place where totals are computed.

The rules are those on which both ledgers agree: a line is quantity times unit price, less its
discount, rounded half up to the currency; the document's discount is allocated to the lines in
proportion; tax is computed for each line, rounded, and then added up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from schemas.documents.lines import Discount, Line, TaxMode
from schemas.money import EXACT, ZERO, allocate, percent_of, product, round_money

LARGEST_LINE: Final = Decimal("9999999999.99")


@dataclass(frozen=True, slots=True)
class LineTotals:
    """The figures of one line, rounded to the currency.

    Attributes:
        extended: The quantity times the unit price.
        discount: The line's own discount.
        shared_discount: The line's share of the document's discount.
        net: The amount without tax, after both discounts.
        tax: The tax on the net amount.
    """

    extended: Decimal
    discount: Decimal
    shared_discount: Decimal
    net: Decimal
    tax: Decimal

    @property
    def amount(self) -> Decimal:
        """Return the amount after both discounts, with tax if the mode is inclusive."""
        return self.extended - self.discount - self.shared_discount

    @property
    def gross(self) -> Decimal:
        """Return the amount with tax, after both discounts."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of a document, rounded to its currency.

    Attributes:
        lines: The figures of each line, in order.
        discount: The document's discount.
        net: The sum without tax.
        tax: The sum of the tax.
    """

    lines: tuple[LineTotals, ...]
    discount: Decimal
    net: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        """Return the total with tax."""
        return self.net + self.tax


def _extended(line: Line, currency: str) -> Decimal:
    amount = round_money(product(line.quantity, line.unit_price), currency)
    if abs(amount) > LARGEST_LINE:
        raise ValueError(f"line {line.id} comes to {amount}, more than {LARGEST_LINE}")
    return amount


def totals(
    lines: Sequence[Line], mode: TaxMode, currency: str, discount: Discount | None = None
) -> Totals:
    """Return every figure of a document, computed from its lines.

    Raises:
        ValueError: a line is larger than any ledger takes.
    """
    extended = [_extended(line, currency) for line in lines]
    own = [
        line.discount.of(amount, currency) if line.discount else ZERO
        for line, amount in zip(lines, extended, strict=True)
    ]
    after_own = [amount - less for amount, less in zip(extended, own, strict=True)]
    whole = discount.of(sum(after_own, ZERO), currency) if discount else ZERO
    shares = allocate(whole, after_own, currency)
    figures = []
    for i, line in enumerate(lines):
        amount = after_own[i] - shares[i]
        tax = round_money(_tax(amount, line.tax_rate, mode), currency)
        net = amount - tax if mode is TaxMode.INCLUSIVE else amount
        figures.append(LineTotals(extended[i], own[i], shares[i], net, tax))
    return Totals(
        lines=tuple(figures),
        discount=whole,
        net=sum((f.net for f in figures), ZERO),
        tax=sum((f.tax for f in figures), ZERO),
    )


def _tax(amount: Decimal, rate: Decimal, mode: TaxMode) -> Decimal:
    if mode is TaxMode.NONE:
        return ZERO
    if mode is TaxMode.INCLUSIVE:
        return EXACT.divide(EXACT.multiply(amount, rate), 100 + rate)
    return percent_of(amount, rate)
