"""Which QuickBooks entity a document is, and what of it goes there."""

from collections.abc import Sequence
from typing import Final

from providers.parts import Part
from providers.qbo.mapping.account import account_parts
from providers.qbo.mapping.bill import bill_parts
from providers.qbo.mapping.books import QboBooks
from providers.qbo.mapping.customer import customer_parts
from providers.qbo.mapping.invoice import invoice_parts
from providers.qbo.mapping.item import item_parts
from providers.qbo.mapping.payment import payment_parts
from providers.qbo.mapping.vendor import vendor_parts
from schemas.documents.account import Account
from schemas.documents.bill import Bill
from schemas.documents.customer import Customer
from schemas.documents.document import Document, DocumentType
from schemas.documents.invoice import Invoice
from schemas.documents.item import Item
from schemas.documents.payment import Payment
from schemas.documents.vendor import Vendor

ENTITIES: Final = {
    DocumentType.ACCOUNT: "Account",
    DocumentType.BILL: "Bill",
    DocumentType.CUSTOMER: "Customer",
    DocumentType.INVOICE: "Invoice",
    DocumentType.ITEM: "Item",
    DocumentType.PAYMENT: "Payment",
    DocumentType.VENDOR: "Vendor",
}


def parts_of(document: Document, books: QboBooks) -> Sequence[Part]:
    """Return what a document becomes in QuickBooks."""
    match document:
        case Account():
            return account_parts(document, books)
        case Bill():
            return bill_parts(document, books)
        case Customer():
            return customer_parts(document, books)
        case Invoice():
            return invoice_parts(document, books)
        case Item():
            return item_parts(document, books)
        case Payment():
            return payment_parts(document, books)
        case Vendor():
            return vendor_parts(document, books)
    raise TypeError(type(document).__name__)
