"""Lines of invoices and bills, so that Xero's totals are the document's to the cent.

Xero does not publish how it rounds ``Quantity * UnitAmount``, so a product that is not whole
cents is never sent: such a line goes as quantity 1 of its exact amount, with the real
quantity and price in its description. Tax is sent per line. What a stated total differs by is
an explicit line on the account for rounding.

Source: Xero developer pages "Invoices" and "Rounding in Xero", read 2026-09.
"""

from decimal import Decimal
from typing import Final

from providers.base import Side
from providers.parts import Body
from providers.xero.mapping.books import XeroBooks
from providers.xero.mapping.classes import tracking
from providers.xero.mapping.tax import NO_TAX, tax_type
from schemas.documents.bill import Bill
from schemas.documents.document import DocumentType
from schemas.documents.lines import Line, TaxMode
from schemas.documents.totals import LineTotals
from schemas.documents.trade import TradeDocument
from schemas.money import ZERO, has_at_most, product

_DESCRIPTION_LIMIT: Final = 4000
_DECIMALS: Final = 4  # of a quantity, and of a price with `unitdp=4`; others are cut
_BELOW: Final = Decimal(10**9)  # as a quantity has 13 digits, the decimals among them
_NO_DESCRIPTION: Final = "-"  # Xero wants at least one character
_LINE_AMOUNT_TYPES: Final = {
    TaxMode.EXCLUSIVE: "Exclusive",
    TaxMode.INCLUSIVE: "Inclusive",
    TaxMode.NONE: "NoTax",
}


def line_items(document: TradeDocument, side: Side, books: XeroBooks) -> Body:
    """Return ``LineAmountTypes`` and all ``LineItems``, which replace what Xero has.

    Raises:
        NeedsPerson: a tax code, an account or a class is not mapped.
    """
    totals = document.totals()
    rounding = _rounding(totals.rounding, books)
    figures = [f.without_rounding() if rounding else f for f in totals.lines]
    lines = [
        {
            **_price(line, figure, side),
            **_item(line, books),
            **_account(line, side, books),
            "TaxType": tax_type(line, document.tax_mode, side, books),
            "TaxAmount": figure.tax,
            **tracking(line, books),
        }
        for line, figure in zip(document.lines, figures, strict=True)
    ]
    return {
        "LineAmountTypes": _LINE_AMOUNT_TYPES[document.tax_mode],
        "LineItems": [*lines, *rounding],
    }


def _rounding(amount: Decimal, books: XeroBooks) -> list[Body]:
    """Return the line for what no line's tax explains of a total; none where there is nothing.

    Without an account for it the lines carry it themselves.
    """
    account = books.rounding_account()
    if not amount or not account:
        return []
    untaxed = {"TaxType": NO_TAX, "TaxAmount": ZERO}
    price = {"Description": "Rounding", "Quantity": Decimal(1), "UnitAmount": amount}
    return [{**price, **account, **untaxed}]


def _price(line: Line, figure: LineTotals, side: Side) -> Body:
    """Return description, quantity, price and discount, whose product is exact."""
    less = figure.discount + figure.shared_discount
    if _is_told(line, figure, side):
        words = _words(line, figure)
        return {
            "Description": f"{line.description} {words}".strip(),
            "Quantity": Decimal(1),
            "UnitAmount": figure.amount,
        }
    return {
        **_description(line),
        "Quantity": line.quantity,
        "UnitAmount": line.unit_price,
        **({"DiscountAmount": less} if less else {}),
    }


def room_beside_words(document: TradeDocument) -> list[int]:
    """Return how long the description of each line may be, so that the words fit behind it."""
    side = Side.PURCHASES if isinstance(document, Bill) else Side.SALES
    return [
        _DESCRIPTION_LIMIT - (len(_words(line, figure)) + 1) * _is_told(line, figure, side)
        for line, figure in zip(document.lines, document.totals().lines, strict=True)
    ]


def _is_told(line: Line, figure: LineTotals, side: Side) -> bool:
    """Return whether quantity and price are told in words, as Xero would not keep them."""
    kept = _is_exact(line, figure) and not figure.rounding and _may_discount(figure, side)
    return not kept


def _is_exact(line: Line, figure: LineTotals) -> bool:
    """Return whether Xero keeps quantity and price as they are, and comes to the amount."""
    exact = product(line.quantity, line.unit_price) == figure.extended
    return exact and all(map(_is_kept, (line.quantity, line.unit_price)))


def _is_kept(number: Decimal) -> bool:
    return has_at_most(_DECIMALS, number) and abs(number) < _BELOW


def _may_discount(figure: LineTotals, side: Side) -> bool:
    """Return whether Xero takes the discount as one: on sales, and no more than the line."""
    less = figure.discount + figure.shared_discount
    return less == ZERO or (side is Side.SALES and ZERO < less <= figure.extended)


def _description(line: Line) -> Body:
    """Return the description; without one Xero takes the item's."""
    if line.description:
        return {"Description": line.description}
    return {} if line.item_id else {"Description": _NO_DESCRIPTION}


def _words(line: Line, figure: LineTotals) -> str:
    """Return the real quantity, price and discount for people."""
    less = figure.discount + figure.shared_discount
    said = f"({_plain(line.quantity)} × {_plain(line.unit_price)}"  # noqa: RUF001 - for people
    return said + (f" less {less})" if less else ")")


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _item(line: Line, books: XeroBooks) -> Body:
    if not line.item_id:
        return {}
    return {"ItemCode": books.linked(DocumentType.ITEM, line.item_id).code}


def _account(line: Line, side: Side, books: XeroBooks) -> Body:
    """Return the account, except where Xero takes it from the item."""
    if line.item_id and not line.account_id:
        return {}
    return books.account_on_line(line.account_id, use=side)
