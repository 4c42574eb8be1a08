"""The tax of a document, so that QuickBooks arrives at the same cent as the platform.

QuickBooks works tax out per rate or by its own engine, and how it rounds is not documented, so
the amounts are always sent. A US document has one amount and lines marked TAX or NON; elsewhere
each line has a tax code and the document an amount for each rate of the codes.

Source: Intuit "Manage sales tax" for US and for non-US locales, TxnTaxDetail in the entity
reference, read 2026-11.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from providers.base import Side
from providers.parts import Body
from providers.qbo.company import QboCompany, RateShare, TaxCode
from providers.qbo.mapping.books import QboBooks
from providers.qbo.mapping.text import ref
from providers.qbo.preflight_errors import sales_tax_off, tax_code_unmapped, tax_rate_differs
from schemas.documents.lines import Line, TaxMode
from schemas.documents.totals import LineTotals
from schemas.documents.trade import TradeDocument
from schemas.money import ZERO, allocate

TAXABLE: Final = "TAX"
UNTAXED: Final = "NON"


def is_untaxed(document: TradeDocument, books: QboBooks) -> bool:
    """Return whether the document stays out of the ledger's tax altogether.

    So it is where its mode says so, or where no line has a rate or names a tax code: a rate
    of zero alone does not tell exempt from zero-rated.
    """
    return document.tax_mode is TaxMode.NONE or not any(
        line.tax_rate or line.tax_code or books.mapped_tax_code("") for line in document.lines
    )


def refuse_tax_if_off(company: QboCompany, tax: Decimal) -> None:
    """Stop a document whose tax the company would drop.

    Raises:
        NeedsPerson: sales tax is switched off.
    """
    if tax and not company.uses_sales_tax:
        raise sales_tax_off(tax)


def us_line_code(line: Line, mode: TaxMode) -> Body:
    """Mark a sales line of a US company as taxable or not."""
    return ref(TAXABLE if line.tax_rate and mode is not TaxMode.NONE else UNTAXED)


def us_detail(document: TradeDocument, tax: Decimal, books: QboBooks) -> Body:
    """Return the tax of a US sales document as one amount, which overrides QuickBooks' own.

    Raises:
        NeedsPerson: there is tax, but no tax code to put it under, or sales tax is off.
    """
    refuse_tax_if_off(books.company, tax)
    taxed = [line for line in document.lines if line.tax_rate]
    if document.tax_mode is TaxMode.NONE or not taxed:
        return {"TotalTax": ZERO}
    return {"TxnTaxCodeRef": ref(_us_code(taxed, books)), "TotalTax": tax}


def _us_code(taxed: Sequence[Line], books: QboBooks) -> str:
    """Return the one code that the lines are mapped to, else the company's own."""
    mapped = {books.mapped_tax_code(line.tax_code) for line in taxed}
    real = mapped - {"", TAXABLE, UNTAXED}
    code = real.pop() if len(real) == 1 else books.company.sales_tax_code
    if not code:
        first = taxed[0]
        raise tax_code_unmapped(
            first.tax_code, first.tax_rate, "the company has no sales tax code"
        )
    return code


def line_code(line: Line, side: Side, books: QboBooks) -> TaxCode:
    """Return the tax code of a line outside the US: as mapped, else the only one of its rate.

    What is mapped for lines without a code of the platform's counts for those of its rate.

    Raises:
        NeedsPerson: no code or several have the rate, or the code that is mapped is not in
            use or has another rate.
    """
    mapped = books.mapped_tax_code(line.tax_code)
    code = books.company.tax_code(mapped)
    other_rate = code is not None and code.rate(side) != line.tax_rate
    if not mapped or (other_rate and not line.tax_code):
        return _by_rate(line, side, books)
    return _mapped_code(line, mapped, side, books)


def _mapped_code(line: Line, mapped: str, side: Side, books: QboBooks) -> TaxCode:
    code = books.company.tax_code(mapped)
    if code is None or not code.shares(side):
        because = (
            f"it is mapped to QuickBooks tax code {mapped}, which is not in use for {side}"
        )
        raise tax_code_unmapped(line.tax_code, line.tax_rate, because)
    if code.rate(side) != line.tax_rate:
        raise tax_rate_differs(line.tax_code, line.tax_rate, code.name, code.rate(side))
    return code


def _by_rate(line: Line, side: Side, books: QboBooks) -> TaxCode:
    fitting = [
        code
        for code in books.company.tax_codes
        if code.shares(side) and code.rate(side) == line.tax_rate
    ]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(code.name for code in fitting)
    because = f"QuickBooks has several of that rate ({names})" if names else "none is mapped"
    raise tax_code_unmapped(line.tax_code, line.tax_rate, because)


@dataclass(slots=True)
class _RateSum:
    """What one rate comes to over the document."""

    percent: Decimal
    tax: Decimal = ZERO
    net: Decimal = ZERO


def detail_by_rate(
    codes: Sequence[TaxCode],
    figures: Sequence[LineTotals],
    currency: str,
    side: Side,
    company: QboCompany,
) -> Body:
    """Return the tax of a document outside the US: an amount for each rate of the codes used.

    Args:
        codes: One per line.
        figures: Those of each line.

    Raises:
        NeedsPerson: there is tax, but sales tax is off.
    """
    total = sum((one.tax for one in figures), ZERO)
    refuse_tax_if_off(company, total)
    sums: dict[str, _RateSum] = {}
    for code in {code.id: code for code in codes}.values():
        lines = [f for c, f in zip(codes, figures, strict=True) if c.id == code.id]
        _add_code(sums, code.shares(side), lines, currency)
    return {"TotalTax": total, "TaxLine": [_tax_line(i, s) for i, s in sums.items()]}


def _add_code(
    sums: dict[str, _RateSum],
    shares: Sequence[RateShare],
    lines: Sequence[LineTotals],
    currency: str,
) -> None:
    """Share the tax of one code's lines out to its rates."""
    tax = sum((f.tax for f in lines), ZERO)
    net = sum((f.net for f in lines), ZERO)
    parts = allocate(tax, [share.share for share in shares], currency)
    for share, amount in zip(shares, parts, strict=True):
        found = sums.setdefault(share.rate_id, _RateSum(share.percent))
        found.tax += amount
        found.net += net


def _tax_line(rate_id: str, rate: _RateSum) -> Body:
    return {
        "Amount": rate.tax,
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {
            "TaxRateRef": ref(rate_id),
            "PercentBased": True,
            "TaxPercent": rate.percent,
            "NetAmountTaxable": rate.net,
        },
    }
