"""What of a document is made to fit QuickBooks, in one table.

Names, numbers and codes that are keys end with a mark of their own where they are cut, so that
two of one beginning stay apart. Document numbers and names keep every letter and mark of
typography, which QuickBooks stores; only its queries do not take some (`query.py`).

Source: Intuit Accounting API, entity reference, field lengths and forbidden characters, minor
version 75, read 2026-11. That several e-mail addresses are accepted is told of transactions
only, so a customer gets the first.
"""

from typing import Final

from providers.fitting import (
    BARE_NUMBER,
    CUT,
    FIRST_ADDRESS,
    FIRST_NUMBER,
    LEFT_OUT,
    ROUNDED,
    SHORTENED,
    Fitted,
    FittingRule,
    address_lines,
    fit,
    replacing,
)
from providers.qbo.company import QboCompany
from providers.qbo.mapping.lines import room_beside_words
from schemas.documents.account import Account
from schemas.documents.bill import Bill
from schemas.documents.customer import Customer
from schemas.documents.document import Document
from schemas.documents.invoice import Invoice
from schemas.documents.item import Item
from schemas.documents.payment import Payment
from schemas.documents.vendor import Vendor

ADDRESS_LINES: Final = 5
_ADDRESS_CHARACTERS: Final = 2000
_PRICE_DECIMALS: Final = 5  # more are reported, but not documented
_ACCOUNT_NUMBER: Final = 7  # characters; more in the countries below
_LONG_ACCOUNT_NUMBER: Final = 20
_LONG_NUMBER_COUNTRIES: Final = frozenset({"AU", "CA"})

# QuickBooks reads a colon as a level of a hierarchy.
_NO_COLON: Final = replacing((r"\s*:\s+", " - "), (r":", "-"))
_NO_COLON_NOR_QUOTE: Final = replacing((r"\s*:\s+", " - "), (r":", "-"), (r'"', "'"))
_PARTY: Final = (Customer, Vendor)
_NUMBERED: Final = (Invoice, Bill)

RULES: Final = (
    FittingRule(_PARTY, "name", 500, (_NO_COLON, SHORTENED)),
    FittingRule(_PARTY, "company_name", 100, (CUT,)),
    FittingRule(_PARTY, "given_name", 100, (_NO_COLON, CUT)),
    FittingRule(_PARTY, "family_name", 100, (_NO_COLON, CUT)),
    FittingRule(_PARTY, "email", 100, (FIRST_ADDRESS,)),
    FittingRule(_PARTY, "phone", 30, (FIRST_NUMBER, BARE_NUMBER, LEFT_OUT)),
    FittingRule(
        _PARTY,
        "address.lines",
        500,
        (address_lines(ADDRESS_LINES, in_all=_ADDRESS_CHARACTERS),),
    ),
    FittingRule(_PARTY, "address.city", 255, (CUT,)),
    FittingRule(_PARTY, "address.region", 255, (CUT,)),
    FittingRule(_PARTY, "address.postal_code", 30, (CUT,)),
    FittingRule(_PARTY, "address.country", 255, (CUT,)),
    FittingRule(Vendor, "account_number", 100, (CUT,)),
    FittingRule(Item, "name", 100, (_NO_COLON, SHORTENED)),
    FittingRule(Item, "code", 100, (SHORTENED,)),
    FittingRule(Item, "description", 4000, (CUT,)),
    FittingRule(Item, "sales_price", _PRICE_DECIMALS, (ROUNDED,)),
    FittingRule(Item, "purchase_price", _PRICE_DECIMALS, (ROUNDED,)),
    FittingRule(Account, "name", 100, (_NO_COLON_NOR_QUOTE, SHORTENED)),
    FittingRule(_NUMBERED, "number", 21, (SHORTENED,)),
    FittingRule(Invoice, "reference", 1000, (CUT,)),
    FittingRule(Bill, "reference", 1000, (CUT,)),
    FittingRule(_NUMBERED, "lines.description", 4000, (CUT,), room=room_beside_words),
    FittingRule(Payment, "reference", 21, (CUT,)),
)
"""All rules but that of account numbers, whose limit is the country's."""


def rules_of(company: QboCompany) -> tuple[FittingRule, ...]:
    """Return all rules of a company.

    An account number that is too long is left out: half of it would be another number, and
    QuickBooks knows the account by its id and name.
    """
    long = company.country in _LONG_NUMBER_COUNTRIES
    limit = _LONG_ACCOUNT_NUMBER if long else _ACCOUNT_NUMBER
    return (*RULES, FittingRule(Account, "code", limit, (_NO_COLON, LEFT_OUT)))


def fitted(document: Document, company: QboCompany) -> Fitted:
    """Return a document as this company takes it, and what was changed in it."""
    return fit(document, rules_of(company))
