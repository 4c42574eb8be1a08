"""Which of Xero's tax types a line gets.

Source: Xero developer pages "Tax Rates" and "Types", read 2026-09: lines take the code, not
the name; the codes differ by country; a rate may serve sales, purchases or both.
"""

from typing import Final

from providers.base import Side
from providers.xero.mapping.books import XeroBooks
from providers.xero.preflight_errors import tax_code_unmapped, tax_rate_differs
from schemas.documents.lines import Line, TaxMode

NO_TAX: Final = "NONE"


def tax_type(line: Line, mode: TaxMode, side: Side, books: XeroBooks) -> str:
    """Return the tax type: as mapped, else the only one of that rate on this side.

    A mapped code that is known to serve the other side only is passed over, so that one
    mapping of the platform's code serves sales while purchases go by the rate. So is one of
    another rate that is mapped for lines without a code of the platform's.

    Raises:
        NeedsPerson: ``tax_code_unmapped``, none or several fit; ``tax_rate_differs``, the
            mapped one is of another rate.
    """
    if mode is TaxMode.NONE:
        return NO_TAX
    mapped = books.mapped_tax_code(line.tax_code)
    if mapped and _may_serve(mapped, line, side, books):
        return _checked(mapped, line, books)
    return _by_rate(line, side, books) if line.tax_rate else NO_TAX


def _may_serve(code: str, line: Line, side: Side, books: XeroBooks) -> bool:
    rate = books.company.tax_rate(code)
    if rate is None:
        return True
    return side in rate.sides and (bool(line.tax_code) or rate.rate == line.tax_rate)


def _checked(code: str, line: Line, books: XeroBooks) -> str:
    rate = books.company.tax_rate(code)
    if rate is not None and rate.rate != line.tax_rate:
        raise tax_rate_differs(line.tax_code, line.tax_rate, code, rate.rate)
    return code


def _by_rate(line: Line, side: Side, books: XeroBooks) -> str:
    fitting = [
        rate.code
        for rate in books.company.tax_rates
        if side in rate.sides and rate.rate == line.tax_rate
    ]
    if len(fitting) != 1:
        raise tax_code_unmapped(line.tax_code, line.tax_rate, side, len(fitting))
    return fitting[0]
