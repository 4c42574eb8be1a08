"""The arithmetic of a document: line amounts, tax by line, totals. Pure.

Source: Xero guide "Rounding in Xero" and the Invoices page, read 2026-09: tax is computed per
line, rounded to cents, then summed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
_HUNDRED = Decimal(100)
_MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}


def to_cents(amount: Decimal, mode: str = "half_up") -> Decimal:
    """Round to two decimals."""
    return amount.quantize(CENT, rounding=_MODES[mode])


def to_places(amount: Decimal, places: int) -> Decimal:
    """Round to ``places`` decimals, halves up."""
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def line_amount(
    quantity: Decimal,
    unit_amount: Decimal,
    *,
    discount_rate: Decimal = ZERO,
    discount_amount: Decimal = ZERO,
    mode: str = "half_up",
) -> Decimal:
    """Return quantity times price less the discount (percent or money), in cents."""
    gross = quantity * unit_amount
    return to_cents(gross * (_HUNDRED - discount_rate) / _HUNDRED - discount_amount, mode)


def tax_on(amount: Decimal, rate: Decimal, line_amount_types: str) -> Decimal:
    """Return the tax in or on a line amount; the rate is in percent."""
    if line_amount_types == "NoTax":
        return ZERO
    if line_amount_types == "Inclusive":
        return to_cents(amount * rate / (_HUNDRED + rate))
    return to_cents(amount * rate / _HUNDRED)


@dataclass(frozen=True, slots=True)
class DocumentTotals:
    """What a document adds up to, in its own currency.

    Attributes:
        sub_total: Sum of the lines without tax.
        total_tax: Sum of the tax of the lines.
        total: Sum with tax.
        total_discount: Sum of what discounts take off the lines.
    """

    sub_total: Decimal
    total_tax: Decimal
    total: Decimal
    total_discount: Decimal


def document_totals(
    lines: Iterable[Mapping[str, Any]], line_amount_types: str
) -> DocumentTotals:
    """Add up lines that have LineAmount and TaxAmount."""
    lines = list(lines)
    amount = sum((line["LineAmount"] for line in lines), ZERO)
    tax = sum((line["TaxAmount"] for line in lines), ZERO)
    discount = sum((discount_of(line) for line in lines), ZERO)
    sub_total = amount - tax if line_amount_types == "Inclusive" else amount
    return DocumentTotals(sub_total, tax, sub_total + tax, discount)


def discount_of(line: Mapping[str, Any]) -> Decimal:
    """Return how much less than quantity times price a line is because of its discount."""
    if not (line.get("DiscountRate") or line.get("DiscountAmount")):
        return ZERO
    return to_cents(line["Quantity"] * line["UnitAmount"]) - Decimal(line["LineAmount"])
