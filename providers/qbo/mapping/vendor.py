"""A vendor as QuickBooks takes it.

Source: Intuit Accounting API, Vendor entity, minor version 75, read 2026-11.
"""

from collections.abc import Sequence
from typing import Final

from providers.parts import Body, Part, part
from providers.qbo.mapping.books import QboBooks
from providers.qbo.mapping.party import party_parts
from providers.qbo.mapping.text import limited
from schemas.documents.vendor import Vendor

ACCOUNT_NUMBER_LIMIT: Final = 100


def vendor_parts(vendor: Vendor, books: QboBooks) -> Sequence[Part]:
    """Return what a vendor becomes in QuickBooks."""
    return (
        *party_parts(vendor, books),
        part(lambda: _account_number(vendor), "account_number"),
    )


def _account_number(vendor: Vendor) -> Body:
    number = limited("account_number", vendor.account_number, ACCOUNT_NUMBER_LIMIT)
    return {"AcctNum": number}
