"""Finding invoices and bills: by number, and ours only by our marker.

Another one of the same number is never taken for ours: it would be changed in its place.

Source: Intuit Accounting API, Invoice and Bill entities, "Data queries", read 2026-11.
"""

from collections.abc import Sequence

from providers.base import LookUpKeys
from providers.keys import same_key
from providers.qbo.client import QboClient
from providers.qbo.lookup.candidates import named
from providers.qbo.lookup.payments import marked_of_customer
from providers.qbo.mapping.books import QboBooks
from providers.qbo.markers import first_marked
from providers.qbo.preflight_errors import number_taken
from providers.qbo.query import equals
from providers.wire import Record
from schemas.documents.bill import Bill
from schemas.documents.document import DocumentType
from schemas.documents.invoice import Invoice


async def find_invoice(
    client: QboClient, invoice: Invoice, keys: LookUpKeys, books: QboBooks
) -> Record | None:
    """Return the invoice with our marker and one of its numbers.

    Where QuickBooks gives the numbers, it is the customer's invoice with our marker.

    Raises:
        Taken: ``number_taken``, another invoice has the number.
    """
    if books.ledger_numbers:
        customer = books.linked(DocumentType.CUSTOMER, invoice.customer_id)["value"]
        return await marked_of_customer(client, "Invoice", customer, invoice.id)
    found = await named(client, "Invoice", "DocNumber", keys.all)
    return _ours(found, invoice.id, keys.sent, "invoice")


async def find_bill(
    client: QboClient, bill: Bill, keys: LookUpKeys, books: QboBooks
) -> Record | None:
    """Return the vendor's bill with our marker and one of its numbers.

    Raises:
        Taken: ``number_taken``, another bill of the vendor has the number.
    """
    vendor = books.linked(DocumentType.VENDOR, bill.vendor_id)["value"]
    condition = equals("VendorRef", vendor)
    found = await named(client, "Bill", "DocNumber", keys.all, condition)
    return _ours(found, bill.id, keys.sent, "bill of this vendor")


def _ours(found: Sequence[Record], document_id: str, number: str, kind: str) -> Record | None:
    """Return the record with our marker; others of that number stand in its way.

    Another one of the same amount and date is no less another one.
    """
    mine = first_marked(found, document_id)
    others = [one for one in found if same_key(one.get("DocNumber", ""), number)]
    if others and not mine:
        raise number_taken(number, kind, others[0]["Id"])
    return mine
