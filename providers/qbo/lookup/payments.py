"""Finding payments: by our marker, among the payments of the customer.

Source: Intuit Accounting API, Payment entity, read 2026-11.
"""

from providers.qbo.client import QboClient
from providers.qbo.mapping.books import QboBooks
from providers.qbo.markers import first_marked
from providers.qbo.query import equals, where
from providers.wire import Record
from schemas.documents.document import DocumentType
from schemas.documents.payment import Payment


async def find_payment(client: QboClient, payment: Payment, books: QboBooks) -> Record | None:
    """Return the customer's payment with our marker: a payment has no number to ask for."""
    customer = books.linked(DocumentType.CUSTOMER, payment.customer_id)["value"]
    return await marked_of_customer(client, "Payment", customer, payment.id)


async def marked_of_customer(
    client: QboClient, entity: str, customer: str, document_id: str
) -> Record | None:
    """Return the transaction of a customer that has our marker, and no number to ask for."""
    condition = where(equals("CustomerRef", customer))
    async for page in client.pages(entity, condition):
        if mine := first_marked(page, document_id):
            return mine
    return None
