"""Which of Xero's collections a document is in, and what of it goes there.

Source: Xero developer pages "Accounts", "Payments" and "Requests and Responses", read 2026-09.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from providers.base import Operation, Write, Written
from providers.keys import same_key
from providers.parts import Body, Part
from providers.wire import Record
from providers.xero.mapping.account import account_parts
from providers.xero.mapping.bill import bill_parts
from providers.xero.mapping.books import XeroBooks
from providers.xero.mapping.customer import customer_parts
from providers.xero.mapping.invoice import invoice_parts
from providers.xero.mapping.item import item_parts
from providers.xero.mapping.payment import is_batch, payment_parts
from providers.xero.mapping.vendor import vendor_parts
from providers.xero.results import (
    account_written,
    allocation_written,
    batch_written,
    contact_written,
    item_written,
    overpayment_written,
    payment_link,
    payment_written,
    trade_written,
)
from schemas.documents.account import Account
from schemas.documents.bill import Bill
from schemas.documents.customer import Customer
from schemas.documents.document import Document, DocumentType
from schemas.documents.invoice import Invoice
from schemas.documents.item import Item
from schemas.documents.payment import Payment
from schemas.documents.vendor import Vendor

# Without it a unit price is read with two decimals, and saved so by the next write.
_FOUR_DECIMALS: Final = {"unitdp": "4"}


@dataclass(frozen=True, slots=True)
class Resource:
    """One collection.

    Attributes:
        collection: Its name in addresses and answers.
        id_field: The member that holds a record's id.
        read: Turns an answered element into what the ledger holds.
        marks: Each returns what the sent and the answered element of one record share
            besides the id; an empty text where the element was sent without it. The first
            that an element was sent with counts.
        params: Sent with every read and write.
    """

    collection: str
    id_field: str
    read: Callable[[Record], Written]
    marks: tuple[Callable[[Record], str], ...]
    params: Mapping[str, str] = field(default_factory=dict)

    def written(self, record: Record | None) -> Written | None:
        """Read an element, if there is one."""
        return None if record is None else self.read(record)

    def is_same(self, sent: Body, answered: Record) -> bool:
        """Return whether the answered element is the sent one, by id or by what they share."""
        sent_id = str(sent.get(self.id_field) or "").lower()
        if sent_id:
            return sent_id == str(answered.get(self.id_field) or "").lower()
        sent_with = next((mark for mark in self.marks if mark(sent)), None)
        return sent_with is None or same_key(sent_with(sent), sent_with(answered))


def _member(name: str) -> Callable[[Record], str]:
    def mark(record: Record) -> str:
        return str(record.get(name) or "")

    return mark


def _paid(record: Record) -> str:
    invoice = record.get("Invoice") or {}
    return str(invoice.get("InvoiceID") or "")


def _described(record: Record) -> str:
    lines = record.get("LineItems") or ()
    return str(lines[0].get("Description") or "") if lines else ""


def _paid_together(record: Record) -> str:
    return " ".join(sorted(_paid(member).lower() for member in record.get("Payments") or ()))


CONTACTS: Final = Resource(
    "Contacts", "ContactID", contact_written, (_member("ContactNumber"),)
)
ITEMS: Final = Resource("Items", "ItemID", item_written, (_member("Code"),), _FOUR_DECIMALS)
ACCOUNTS: Final = Resource("Accounts", "AccountID", account_written, (_member("Code"),))
INVOICES: Final = Resource(
    "Invoices",
    "InvoiceID",
    trade_written,
    (_member("InvoiceNumber"), _member("Reference")),
    _FOUR_DECIMALS,
)
PAYMENTS: Final = Resource("Payments", "PaymentID", payment_written, (_paid,))
BATCH_PAYMENTS: Final = Resource(
    "BatchPayments", "BatchPaymentID", batch_written, (_paid_together,)
)

OVERPAYMENTS: Final = Resource(
    "Overpayments", "OverpaymentID", overpayment_written, (_described,), _FOUR_DECIMALS
)
# Its price may have three decimals, as dinars have.
BANK_TRANSACTIONS: Final = replace(OVERPAYMENTS, collection="BankTransactions")
"""What makes an overpayment; the answer names the overpayment that it made."""
ALLOCATIONS: Final = Resource("Allocations", "AllocationID", allocation_written, (_paid,))
"""Uses of an overpayment, each within its record."""

_BY_TYPE: Final = {
    DocumentType.CUSTOMER: CONTACTS,
    DocumentType.VENDOR: CONTACTS,
    DocumentType.ITEM: ITEMS,
    DocumentType.ACCOUNT: ACCOUNTS,
    DocumentType.INVOICE: INVOICES,
    DocumentType.BILL: INVOICES,
    DocumentType.PAYMENT: PAYMENTS,
}
BATCH_LIMIT: Final = 50
"""Documents in a call, as Xero advises; its only own limit is the size of the request."""


def resource_of(write: Write) -> Resource:
    """Return where a document is, or goes.

    Payments of several invoices are kept apart, and so are those that settle nothing; of one
    that is partly an overpayment it is where the other part is.
    """
    if not isinstance(write.document, Payment):
        return _BY_TYPE[write.document_type]
    if write.external:
        link = payment_link(write.external)
        return resource_of_payment(link.is_batch) if link.payment_id else OVERPAYMENTS
    if not write.document.allocations:
        return BANK_TRANSACTIONS
    return resource_of_payment(is_batch(write.document))


def resource_of_payment(together: bool) -> Resource:
    """Return where what settles one invoice is, or what settles several together."""
    return BATCH_PAYMENTS if together else PAYMENTS


def batch_limit(document_type: DocumentType, operation: Operation) -> int:
    """Return how many documents one call may carry: an account, or a deleted payment, one."""
    if document_type is DocumentType.ACCOUNT:
        return 1
    if document_type is DocumentType.PAYMENT and operation is not Operation.CREATE:
        return 1
    return BATCH_LIMIT


def parts_of(document: Document, books: XeroBooks) -> Sequence[Part]:
    """Return what a document becomes in Xero, all but the id of its record."""
    match document:
        case Account():
            return account_parts(document)
        case Bill():
            return bill_parts(document, books)
        case Customer():
            return customer_parts(document)
        case Invoice():
            return invoice_parts(document, books)
        case Item():
            return item_parts(document, books)
        case Payment():
            return payment_parts(document, books)
        case Vendor():
            return vendor_parts(document)
    raise TypeError(f"no mapping for {type(document).__name__}")
