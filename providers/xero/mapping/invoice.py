"""An invoice as Xero takes it: one of the type ``ACCREC``.

Source: Xero developer page "Invoices", read 2026-09. ``InvoiceNumber`` is unique, and a POST
that names another invoice's number changes that one: it is sent only when it changed.
"""

from collections.abc import Sequence
from typing import Final

from providers.base import Side
from providers.parts import Part, part
from providers.xero.mapping.books import XeroBooks
from providers.xero.mapping.lines import line_items
from schemas.documents.document import DocumentType
from schemas.documents.invoice import Invoice
from schemas.documents.trade import AMOUNT_FIELDS

TYPE: Final = "ACCREC"


def invoice_parts(invoice: Invoice, books: XeroBooks) -> Sequence[Part]:
    """Return what an invoice becomes in Xero; it is approved from the first write on."""
    customer = books.linked(DocumentType.CUSTOMER, invoice.customer_id)
    return (
        part(lambda: {"Type": TYPE, "Status": "AUTHORISED"}),
        *_number(invoice, books),
        part(lambda: {"Contact": {"ContactID": customer.id}}, "customer_id"),
        part(lambda: {"Date": invoice.issued_on.isoformat()}, "issued_on"),
        part(lambda: {"DueDate": invoice.due_on.isoformat()}, "due_on"),
        part(lambda: {"CurrencyCode": invoice.currency}, "currency"),
        part(lambda: line_items(invoice, Side.SALES, books), *AMOUNT_FIELDS),
    )


def _number(invoice: Invoice, books: XeroBooks) -> Sequence[Part]:
    """Return number and reference; where Xero gives the number, ours is in the reference."""
    reference = {"Reference": invoice.reference}
    if books.ledger_numbers:
        return (part(lambda: reference, "number", "reference"),)
    return (
        part(lambda: {"InvoiceNumber": invoice.number}, "number"),
        part(lambda: reference, "reference"),
    )
