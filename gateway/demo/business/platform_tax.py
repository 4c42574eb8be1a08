"""The platform's own figures: tax that it rounds on each line, for each rate, or on the total.

Pure. Customers were sent these figures, so the ledgers have to show them.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from schemas.documents.lines import Line, TaxMode, TaxTotal
from schemas.documents.totals import totals
from schemas.documents.trade import TradeDocument
from schemas.money import EXACT, ZERO, round_money

T = TypeVar("T", bound=TradeDocument)
_Rate = tuple[str, Decimal]


class TaxRounding(StrEnum):
    """Where a platform rounds the tax of a document, and which figures it states."""

    UNSTATED = "unstated"  # it states none: what the lines come to counts
    LINE = "line"
    RATE = "rate"
    TOTAL = "total"


def with_figures(document: T, rounding: TaxRounding) -> T:
    """Return the document with the figures that a platform of this rounding states."""
    plain = {"tax_totals": None, "tax_total": None, "total": None}
    lines = tuple(line.model_copy(update={"tax_amount": None}) for line in document.lines)
    if rounding is TaxRounding.UNSTATED or document.tax_mode is TaxMode.NONE:
        return document.model_copy(update={**plain, "lines": lines})
    found = totals(lines, document.tax_mode, document.currency, document.discount)
    amounts = [figures.amount for figures in found.lines]
    taxes = [
        _tax(amount, line, document.tax_mode)
        for amount, line in zip(amounts, lines, strict=True)
    ]
    stated = {**plain, "lines": lines, **_figures(document, lines, taxes, rounding)}
    tax: Decimal = stated["tax_total"]
    net_or_gross = sum(amounts, ZERO)
    inclusive = document.tax_mode is TaxMode.INCLUSIVE
    stated["total"] = net_or_gross if inclusive else net_or_gross + tax
    return document.model_copy(update=stated)


def rounding_of(document: TradeDocument) -> TaxRounding:
    """Return the rounding by which the document states its figures."""
    if document.tax_total is None:
        return TaxRounding.UNSTATED
    if document.tax_totals is not None:
        return TaxRounding.RATE
    by_line = any(line.tax_amount is not None for line in document.lines)
    return TaxRounding.LINE if by_line else TaxRounding.TOTAL


def _figures(
    document: TradeDocument,
    lines: Sequence[Line],
    taxes: Sequence[Decimal],
    rounding: TaxRounding,
) -> Mapping[str, Any]:
    """Return the stated tax of the document, and that of its lines or rates."""
    if rounding is TaxRounding.TOTAL:
        return {"tax_total": round_money(_sum(taxes), document.currency)}
    if rounding is TaxRounding.LINE:
        rounded = [round_money(tax, document.currency) for tax in taxes]
        stated = tuple(
            line.model_copy(update={"tax_amount": tax})
            for line, tax in zip(lines, rounded, strict=True)
        )
        return {"lines": stated, "tax_total": _sum(rounded)}
    by_rate: dict[_Rate, list[Decimal]] = {}
    for line, tax in zip(lines, taxes, strict=True):
        by_rate.setdefault((line.tax_code, line.tax_rate), []).append(tax)
    of_rates = tuple(
        TaxTotal(
            tax_code=code,
            tax_rate=rate,
            amount=round_money(_sum(parts), document.currency),
        )
        for (code, rate), parts in by_rate.items()
    )
    return {"tax_totals": of_rates, "tax_total": _sum([one.amount for one in of_rates])}


def _sum(amounts: Sequence[Decimal]) -> Decimal:
    found = ZERO
    for amount in amounts:
        found = EXACT.add(found, amount)
    return found


def _tax(amount: Decimal, line: Line, mode: TaxMode) -> Decimal:
    """Return the tax on the line's amount, or in it, before it is rounded."""
    within = line.tax_rate if mode is TaxMode.INCLUSIVE else ZERO
    whole = EXACT.add(within, Decimal(100))
    return EXACT.divide(EXACT.multiply(amount, line.tax_rate), whole)
