"""The arithmetic of a document: line amounts, tax by line, totals. Pure.

Source: Xero guide "Rounding in Xero" and the Invoices page, read 2026-09: tax is computed per
line, rounded, then summed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

from providers.simulators.minor_units import CENT, to_unit

ZERO = Decimal("0.00")
_HUNDRED = Decimal(100)
_MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}


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
    unit: Decimal = CENT,
) -> Decimal:
    """Return quantity times price less the discount (percent or money), in whole units.

    Args:
        mode: How it is rounded: ``half_up``, ``half_even`` or ``down``.
        unit: Smallest amount of the currency.
    """
    gross = quantity * unit_amount
    net = gross * (_HUNDRED - discount_rate) / _HUNDRED - discount_amount
    return to_unit(net, unit, _MODES[mode])


def tax_on(
    amount: Decimal, rate: Decimal, line_amount_types: str, unit: Decimal = CENT
) -> Decimal:
    """Return the tax in or on a line amount; the rate is in percent."""
    if line_amount_types == "NoTax":
        return ZERO
    if line_amount_types == "Inclusive":
        return to_unit(amount * rate / (_HUNDRED + rate), unit)
    return to_unit(amount * rate / _HUNDRED, unit)


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
    lines: Iterable[Mapping[str, Any]], line_amount_types: str, unit: Decimal = CENT
) -> DocumentTotals:
    """Add up lines that have LineAmount and TaxAmount."""
    lines = list(lines)
    amount = sum((line["LineAmount"] for line in lines), ZERO)
    tax = sum((line["TaxAmount"] for line in lines), ZERO)
    discount = sum((discount_of(line, unit) for line in lines), ZERO)
    sub_total = amount - tax if line_amount_types == "Inclusive" else amount
    return DocumentTotals(sub_total, tax, sub_total + tax, discount)


def discount_of(line: Mapping[str, Any], unit: Decimal) -> Decimal:
    """Return how much less than quantity times price a line is because of its discount."""
    if not (line.get("DiscountRate") or line.get("DiscountAmount")):
        return ZERO
    gross = to_unit(line["Quantity"] * line["UnitAmount"], unit)
    return gross - Decimal(line["LineAmount"])
