"""The document ``bill.v1`` as Xero's bill (ACCPAY).

Source: Xero developer page "Invoices", read 2026-09. A bill's ``InvoiceNumber`` is the
vendor's own and not unique; ``Reference`` is documented for sales only, yet integrators write
and read it on bills: it carries our mark. Lines of bills take no discounts.
"""

from providers.base import Write
from providers.xero.company import Company, Side
from providers.xero.mapping.lines import LINE_FIELDS, line_items
from providers.xero.mapping.parts import chosen, named, wants
from providers.xero.mapping.trade import header
from providers.xero.markers import marked_reference
from providers.xero.wire import Body
from schemas.documents.bill import Bill
from schemas.documents.document import DocumentType, Reference

TYPE = "ACCPAY"


def from_bill(bill: Bill, write: Write, company: Company) -> Body:
    """Give the element that creates or changes the bill.

    Raises:
        NeedsPerson: a tax code, an account or a class is not mapped.
    """
    vendor = write.links[Reference(DocumentType.VENDOR, bill.vendor_id)]
    body = named(write, "InvoiceID")
    if write.external is None:
        body |= {"Type": TYPE, "Status": "AUTHORISED"}
    body |= chosen(
        write,
        {
            "number": {"InvoiceNumber": bill.number},
            "vendor_id": {"Contact": {"ContactID": vendor.id}},
            "reference": {"Reference": marked_reference(bill.id, bill.reference)},
            **header(bill),
        },
    )
    if wants(write, *LINE_FIELDS):
        body |= line_items(write, bill, Side.PURCHASES, company)
    return body
