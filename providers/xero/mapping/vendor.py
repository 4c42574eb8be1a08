"""A vendor as Xero takes it.

Source: Xero developer page "Contacts", read 2026-09.
"""

from collections.abc import Sequence

from providers.parts import Part, part
from providers.xero.mapping.party import party_parts
from schemas.documents.document import DocumentType
from schemas.documents.vendor import Vendor


def vendor_parts(vendor: Vendor) -> Sequence[Part]:
    """Return what a vendor becomes in Xero."""
    return (
        *party_parts(vendor, DocumentType.VENDOR),
        part(lambda: {"AccountNumber": vendor.account_number}, "account_number"),
    )
