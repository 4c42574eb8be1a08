"""Finding invoices and bills: by number, and ours only by our marker.

Another one of the same number is never taken for ours: it would be changed in its place.

Source: Intuit Accounting API, Invoice and Bill entities, "Data queries", read 2026-11.
"""

from typing import Any

from providers.qbo.client import QboClient
from providers.qbo.mapping.books import QboBooks
from providers.qbo.markers import first_marked
from providers.qbo.preflight_errors import number_taken
from providers.qbo.query import equals, exactly, where
from providers.wire import Record
from schemas.documents.bill import Bill
from schemas.documents.document import DocumentType
from schemas.documents.invoice import Invoice


async def find_invoice(client: QboClient, invoice: Invoice) -> Record | None:
    """Return the invoice with this number and our marker.

    Raises:
        NeedsPerson: ``number_taken``, other invoices have the number.
    """
    found = await client.query("Invoice", where(equals("DocNumber", invoice.number)))
    same = exactly(found, "DocNumber", invoice.number)
    return _ours(same, invoice.id, invoice.number, "invoice")


async def find_bill(client: QboClient, bill: Bill, books: QboBooks) -> Record | None:
    """Return the vendor's bill with this number and our marker.

    Raises:
        NeedsPerson: ``number_taken``, other bills of the vendor have the number.
    """
    vendor = books.linked(DocumentType.VENDOR, bill.vendor_id)["value"]
    condition = where(equals("DocNumber", bill.number), equals("VendorRef", vendor))
    same = exactly(await client.query("Bill", condition), "DocNumber", bill.number)
    return _ours(same, bill.id, bill.number, "bill of this vendor")


def _ours(found: list[Any], document_id: str, number: str, kind: str) -> Record | None:
    """Return the record with our marker; others of that number stand in its way."""
    mine = first_marked(found, document_id)
    if found and not mine:
        raise number_taken(number, kind, found[0]["Id"])
    return mine
