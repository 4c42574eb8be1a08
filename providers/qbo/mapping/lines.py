"""Lines whose amounts add up to the platform's totals, whatever the discounts and tax mode.

QuickBooks keeps a line's ``Amount`` as it is sent, and refuses it (6070) only where quantity
times price is sent too and says something else. So the amount is always the exact one, and
quantity and price go along only where they give it; elsewhere the description tells them.

The amount is without tax, in every mode: whether an amount sent under ``TaxInclusive`` has the
tax in it is told differently from place to place, while net amounts with the tax beside them
have one meaning. What is lost is that QuickBooks shows gross prices to the customer.

The product is told of in cents, and nothing is said of currencies that have others: of yen and
dinars quantity and price go along where the amount is the product in cents too.

Source: Intuit Accounting API, SalesItemLineDetail and fault 6070, read 2026-11.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from providers.parts import Body
from schemas.documents.bill import Bill
from schemas.documents.lines import Discount, Line, TaxMode
from schemas.documents.totals import LineTotals
from schemas.documents.trade import TradeDocument
from schemas.money import EXACT, has_at_most, is_whole, product, round_money

DESCRIPTION_LIMIT: Final = 4000
_DECIMALS: Final = 4  # of a quantity and a price; more are reported, but not documented
_CENT: Final = Decimal("0.01")
_LARGEST: Final = 99_999_999_999  # price; what a quantity may be is not documented


@dataclass(frozen=True, slots=True)
class Charge:
    """One line with the amount that QuickBooks gets, rounded.

    Attributes:
        line: The line of the document.
        figures: The line's figures on the platform.
        mode: Whether the line's price has tax in it.
        currency: The document's currency.
        amount: Without the discounts that are taken off elsewhere, with the tax that is not
            told elsewhere.
    """

    line: Line
    figures: LineTotals
    mode: TaxMode
    currency: str
    amount: Decimal

    @property
    def keeps_price(self) -> bool:
        """Return whether quantity times price is the amount, with decimals that are kept.

        The amount has to be that product to the cent as well, which is how 6070 is told of.
        """
        quantity, price = self.line.quantity, self.line.unit_price
        if not all(map(_is_kept, (quantity, price))):
            return False
        in_cents = product(quantity, price).quantize(_CENT, context=EXACT)
        return self.figures.extended == self.amount == in_cents

    def quantity_and_price(self) -> Body:
        """Return quantity and price where they are true."""
        if not self.keeps_price:
            return {}
        return {"Qty": self.line.quantity, "UnitPrice": self.line.unit_price}

    def description(self, *, told: bool) -> Body:
        """Return the description, with quantity and price in words where ``told``.

        There is room for the words: see :func:`room_beside_words`.
        """
        words = f"({self.in_words()})" if told else ""
        text = " ".join(filter(None, (self.line.description, words)))
        return {"Description": text} if text else {}

    def in_words(self) -> str:
        """Return quantity, price, discounts and tax for people."""
        parts = [
            f"{_plain(self.line.quantity)} x {_price(self.line.unit_price, self.currency)}"
        ]
        if self.mode is TaxMode.INCLUSIVE:
            parts.append("incl. tax")
        if self.line.discount:
            parts.append(f"less {_discount_in_words(self.line.discount, self.currency)}")
        if self._carries_share:
            parts.append(f"less {self.figures.shared_discount} of the total discount")
        if self.mode is TaxMode.EXCLUSIVE and self._carries_tax:
            parts.append(f"plus tax of {self.figures.tax}")
        return " ".join(parts)

    @property
    def _carries_share(self) -> bool:
        apart = self.figures.net + self.figures.shared_discount
        return self.figures.shared_discount != 0 and self.amount != apart

    @property
    def _carries_tax(self) -> bool:
        return self.figures.tax != 0 and self.amount == self.figures.gross


def _is_kept(number: Decimal) -> bool:
    return has_at_most(_DECIMALS, number) and abs(number) <= _LARGEST


def room_beside_words(document: TradeDocument) -> list[int]:
    """Return how long the description of each line may be, so that the words fit behind it."""
    lines = zip(document.lines, document.totals().lines, strict=True)
    return [_room(document, line, figures) for line, figures in lines]


def _room(document: TradeDocument, line: Line, figures: LineTotals) -> int:
    """Return the room for whichever amount the line gets, with tax or discount or without."""
    is_bill = isinstance(document, Bill)
    amounts = {figures.net, figures.gross if is_bill else figures.net + figures.shared_discount}
    charges = [Charge(line, figures, document.tax_mode, document.currency, a) for a in amounts]
    told = any(not charge.keeps_price for charge in charges) or (is_bill and line.quantity != 1)
    words = max(len(charge.in_words()) for charge in charges) + len(" ()")
    return DESCRIPTION_LIMIT - words if told else DESCRIPTION_LIMIT


def _discount_in_words(discount: Discount, currency: str) -> str:
    if discount.percent is not None:
        return f"{_plain(discount.percent)} %"
    return _price(discount.amount or Decimal(0), currency)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _price(amount: Decimal, currency: str) -> str:
    """Return a price with at least the decimals of its currency."""
    whole = is_whole(amount, currency)
    return str(round_money(amount, currency)) if whole else _plain(amount)
