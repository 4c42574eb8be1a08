"""A bill as Xero takes it: an invoice of the type ``ACCPAY``.

Source: Xero developer page "Invoices", read 2026-09. A bill's ``InvoiceNumber`` is the
vendor's own and not unique; ``Reference`` is documented for sales only, yet integrators write
and read it on bills: it carries our mark. Lines of bills take no discounts.
"""

from collections.abc import Sequence
from typing import Final

from providers.base import Side
from providers.parts import Part, part
from providers.xero.mapping.books import XeroBooks
from providers.xero.mapping.lines import line_items
from providers.xero.markers import marked_reference
from schemas.documents.bill import Bill
from schemas.documents.document import DocumentType
from schemas.documents.trade import AMOUNT_FIELDS

TYPE: Final = "ACCPAY"


def bill_parts(bill: Bill, books: XeroBooks) -> Sequence[Part]:
    """Return what a bill becomes in Xero; it is approved from the first write on."""
    vendor = books.linked(DocumentType.VENDOR, bill.vendor_id)
    return (
        part(lambda: {"Type": TYPE, "Status": "AUTHORISED"}),
        part(lambda: {"InvoiceNumber": bill.number}, "number"),
        part(lambda: {"Contact": {"ContactID": vendor.id}}, "vendor_id"),
        part(lambda: {"Reference": marked_reference(bill.id, bill.reference)}, "reference"),
        part(lambda: {"Date": bill.issued_on.isoformat()}, "issued_on"),
        part(lambda: {"DueDate": bill.due_on.isoformat()}, "due_on"),
        part(lambda: {"CurrencyCode": bill.currency}, "currency"),
        part(lambda: line_items(bill, Side.PURCHASES, books), *AMOUNT_FIELDS),
    )
