"""The document ``invoice.v1`` as Xero's sales invoice (ACCREC).

Source: Xero developer page "Invoices", read 2026-09. ``InvoiceNumber`` is unique, and a POST
that names another invoice's number changes that one: it is sent only when it changed.
"""

from providers.base import Write
from providers.xero.company import Company, Side
from providers.xero.mapping.lines import LINE_FIELDS, line_items
from providers.xero.mapping.parts import chosen, named, wants
from providers.xero.mapping.trade import header
from providers.xero.wire import Body
from schemas.documents.document import DocumentType, Reference
from schemas.documents.invoice import Invoice

TYPE = "ACCREC"


def from_invoice(invoice: Invoice, write: Write, company: Company) -> Body:
    """Give the element that creates or changes the invoice.

    Raises:
        NeedsPerson: a tax code, an account or a class is not mapped.
    """
    customer = write.links[Reference(DocumentType.CUSTOMER, invoice.customer_id)]
    body = named(write, "InvoiceID")
    if write.external is None:
        body |= {"Type": TYPE, "Status": "AUTHORISED"}
    body |= chosen(
        write,
        {
            "number": {"InvoiceNumber": invoice.number},
            "customer_id": {"Contact": {"ContactID": customer.id}},
            "reference": {"Reference": invoice.reference},
            **header(invoice),
        },
    )
    if wants(write, *LINE_FIELDS):
        body |= line_items(write, invoice, Side.SALES, company)
    return body
