"""A vendor as QuickBooks takes it.

Source: Intuit Accounting API, Vendor entity, minor version 75, read 2026-11.
"""

from collections.abc import Sequence

from providers.parts import Part, part
from providers.qbo.mapping.books import QboBooks
from providers.qbo.mapping.party import party_parts
from schemas.documents.vendor import Vendor


def vendor_parts(vendor: Vendor, books: QboBooks) -> Sequence[Part]:
    """Return what a vendor becomes in QuickBooks."""
    return (
        *party_parts(vendor, books),
        part(lambda: {"AcctNum": vendor.account_number}, "account_number"),
    )
