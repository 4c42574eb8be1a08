"""What of a document is made to fit Xero, in one table.

Names, numbers and codes that are keys end with a mark of their own where they are cut, so that
two of one beginning stay apart.

Source: Xero's OpenAPI files (accounting 16.1.0) and developer pages "Contacts", "Invoices",
"Items" and "Accounts", read 2026-09. That a bill's number may be printable ASCII only, too, is
taken from the field's description, which does not tell sales and bills apart.
"""

import unicodedata
from typing import Final

from providers.fitting import (
    BARE_NUMBER,
    CUT,
    FIRST_ADDRESS,
    FIRST_NUMBER,
    LEFT_OUT,
    PLAIN,
    ROUNDED,
    SHORTENED,
    Fitted,
    FittingRule,
    FittingStep,
    address_lines,
    fit,
    replacing,
)
from providers.xero.mapping.lines import room_beside_words
from providers.xero.markers import room_beside_mark
from schemas.documents.account import Account
from schemas.documents.bill import Bill
from schemas.documents.customer import Customer
from schemas.documents.document import Document
from schemas.documents.invoice import Invoice
from schemas.documents.item import Item
from schemas.documents.payment import Payment
from schemas.documents.vendor import Vendor

ADDRESS_LINES: Final = 4
_ADDRESS_LINE: Final = 500
_PRICE_DECIMALS: Final = 4  # with `unitdp=4`; others are cut

_NO_BRACKETS: Final = replacing((r"<", "("), (r">", ")"))


def _letters(text: str, _limit: int) -> str:
    """Return letters and blanks; nothing of a script whose vowels are marks on the letters."""
    if any(unicodedata.category(c).startswith("M") for c in text):
        return ""
    # `\d` has decimal digits only, and `\w` fractions and Roman numerals too.
    return " ".join("".join(c if c.isalpha() else " " for c in text).split())


_LETTERS_ONLY: Final = FittingStep("marks_replaced", _letters)
_PARTY: Final = (Customer, Vendor)
_NUMBERED: Final = (Invoice, Bill)

RULES: Final = (
    FittingRule(_PARTY, "name", 255, (_NO_BRACKETS, SHORTENED)),
    FittingRule(_PARTY, "given_name", 255, (CUT,)),
    FittingRule(_PARTY, "family_name", 255, (CUT,)),
    FittingRule(_PARTY, "email", 255, (FIRST_ADDRESS,)),
    FittingRule(_PARTY, "phone", 50, (FIRST_NUMBER, BARE_NUMBER, LEFT_OUT)),
    FittingRule(
        _PARTY,
        "address.lines",
        _ADDRESS_LINE,
        (address_lines(ADDRESS_LINES, in_all=ADDRESS_LINES * _ADDRESS_LINE),),
    ),
    FittingRule(_PARTY, "address.city", 255, (CUT,)),
    FittingRule(_PARTY, "address.region", 255, (CUT,)),
    FittingRule(_PARTY, "address.postal_code", 50, (CUT,)),
    FittingRule(_PARTY, "address.country", 50, (_LETTERS_ONLY, CUT)),
    FittingRule(Vendor, "account_number", 50, (SHORTENED,)),
    FittingRule(Item, "name", 50, (CUT,)),
    FittingRule(Item, "code", 30, (SHORTENED,)),
    FittingRule(Item, "description", 4000, (CUT,)),
    FittingRule(Item, "sales_price", _PRICE_DECIMALS, (ROUNDED,)),
    FittingRule(Item, "purchase_price", _PRICE_DECIMALS, (ROUNDED,)),
    FittingRule(Account, "name", 150, (SHORTENED,)),
    FittingRule(Account, "code", 10, (SHORTENED,)),
    FittingRule(_NUMBERED, "number", 255, (PLAIN, SHORTENED)),
    FittingRule(Invoice, "reference", 255, (CUT,)),
    FittingRule((Bill, Payment), "reference", 255, (CUT,), room=room_beside_mark),
    FittingRule(_NUMBERED, "lines.description", 4000, (CUT,), room=room_beside_words),
)


def fitted(document: Document) -> Fitted:
    """Return a document as Xero takes it, and what was changed in it."""
    return fit(document, RULES)
