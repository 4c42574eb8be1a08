"""An explicit line for what roundings leave between a stated total and the lines of a document.

It stands where the tenant names what it is posted to: an item on sales, as QuickBooks posts
sales through items only, and an account on purchases. Its tax code is the one that the tenant
maps ``rounding`` to, else the only one without tax. Where either is not known, the lines carry
the rounding themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from providers.base import Side
from providers.errors import NeedsPerson
from providers.parts import Body
from providers.qbo.company import TaxCode
from providers.qbo.mapping.books import QboBooks
from providers.qbo.mapping.tax import UNTAXED, line_code
from providers.qbo.mapping.text import ref
from schemas.documents.bill import Bill
from schemas.documents.lines import Line
from schemas.documents.totals import LineTotals
from schemas.documents.trade import TradeDocument
from schemas.money import ZERO


@dataclass(frozen=True, slots=True)
class Rounded:
    """The lines of a document, with the rounding in a line of its own where there is one.

    Attributes:
        figures: Those of the document's lines, in order.
        codes: The tax code of each; empty where lines have none.
        line: The rounding line; empty where there is none.
        own: The figures and tax codes of the rounding line, for the tax by rate.
    """

    figures: Sequence[LineTotals]
    codes: Sequence[TaxCode]
    line: Sequence[Body] = ()
    own: tuple[Sequence[LineTotals], Sequence[TaxCode]] = ((), ())

    @property
    def all_figures(self) -> Sequence[LineTotals]:
        """The figures of all lines, the rounding line too."""
        return (*self.figures, *self.own[0])

    @property
    def all_codes(self) -> Sequence[TaxCode]:
        """The tax codes of all lines, the rounding line too."""
        return (*self.codes, *self.own[1])


def rounded(document: TradeDocument, codes: Sequence[TaxCode], books: QboBooks) -> Rounded:
    """Return the figures of a document's lines, and the rounding line.

    Args:
        codes: One for each line, or none where lines have none.
    """
    totals = document.totals()
    amount = totals.rounding
    purchase = isinstance(document, Bill)
    target = books.default_account("rounding") if purchase else books.rounding_item()
    plain = Rounded(totals.lines, codes)
    if not amount or not target:
        return plain
    own_codes: Sequence[TaxCode] = ()
    if codes:
        side = Side.PURCHASES if purchase else Side.SALES
        try:
            own_codes = (line_code(_untaxed(amount), side, books),)
        except NeedsPerson:
            return plain
    line = _line(amount, target, own_codes, purchase=purchase, us=books.company.is_us)
    figures = LineTotals(amount, ZERO, ZERO, net=amount, tax=ZERO)
    return Rounded(
        [one.without_rounding() for one in totals.lines],
        codes,
        (line,),
        ((figures,), own_codes),
    )


def _untaxed(amount: Decimal) -> Line:
    return Line(id="rounding", unit_price=amount, tax_code="rounding")


def _line(
    amount: Decimal, target: str, codes: Sequence[TaxCode], *, purchase: bool, us: bool
) -> Body:
    code = {"TaxCodeRef": ref(codes[0].id)} if codes else {}
    if purchase:
        kind, posted = "AccountBasedExpenseLineDetail", {"AccountRef": ref(target)}
    else:
        kind, posted = "SalesItemLineDetail", {"ItemRef": ref(target)}
        code = {"TaxCodeRef": ref(UNTAXED)} if us else code
    return {
        "Description": "Rounding",
        "Amount": amount,
        "DetailType": kind,
        kind: {**posted, **code},
    }
