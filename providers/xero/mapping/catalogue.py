"""Xero's collections that we write to, and how an answered element is read and recognised."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from providers.base import Operation, Write, Written
from providers.xero.mapping.account import to_written as account_written
from providers.xero.mapping.item import to_written as item_written
from providers.xero.mapping.party import to_written as contact_written
from providers.xero.mapping.payment import BATCH, batch_written, is_batch, payment_written
from providers.xero.mapping.trade import to_written as trade_written
from providers.xero.wire import FOUR_DECIMALS, Body, Element
from schemas.documents.document import DocumentType
from schemas.documents.payment import Payment


@dataclass(frozen=True, slots=True)
class Resource:
    """One collection.

    Attributes:
        read: Turns an answered element into what the ledger holds.
        mark: What the sent and the answered element of one record share besides the id;
            an empty text where the element was sent without it.
        params: Sent with every read and write.
    """

    collection: str
    id_field: str
    read: Callable[[Element], Written]
    mark: Callable[[Element], str]
    params: Mapping[str, str] = field(default_factory=dict)


def _field(name: str) -> Callable[[Element], str]:
    def mark(element: Element) -> str:
        return str(element.get(name) or "")

    return mark


def _paid(element: Element) -> str:
    invoice = element.get("Invoice") or {}
    return str(invoice.get("InvoiceID") or "")


def _paid_together(element: Element) -> str:
    return " ".join(sorted(_paid(member).lower() for member in element.get("Payments") or ()))


CONTACTS: Final = Resource("Contacts", "ContactID", contact_written, _field("ContactNumber"))
ITEMS: Final = Resource("Items", "ItemID", item_written, _field("Code"), FOUR_DECIMALS)
ACCOUNTS: Final = Resource("Accounts", "AccountID", account_written, _field("Code"))
INVOICES: Final = Resource(
    "Invoices", "InvoiceID", trade_written, _field("InvoiceNumber"), FOUR_DECIMALS
)
PAYMENTS: Final = Resource("Payments", "PaymentID", payment_written, _paid)
BATCH_PAYMENTS: Final = Resource(
    "BatchPayments", "BatchPaymentID", batch_written, _paid_together
)

_BY_TYPE: Final = {
    DocumentType.CUSTOMER: CONTACTS,
    DocumentType.VENDOR: CONTACTS,
    DocumentType.ITEM: ITEMS,
    DocumentType.ACCOUNT: ACCOUNTS,
    DocumentType.INVOICE: INVOICES,
    DocumentType.BILL: INVOICES,
    DocumentType.PAYMENT: PAYMENTS,
}
BATCH_LIMIT: Final = 50  # what Xero advises; it has no limit but the size of the request


def resource_of(write: Write) -> Resource:
    """Say where a document is, or goes: payments of several invoices have their own place."""
    if isinstance(write.document, Payment):
        together = write.external.code == BATCH if write.external else is_batch(write.document)
        return BATCH_PAYMENTS if together else PAYMENTS
    return _BY_TYPE[write.document_type]


def batch_limit(document_type: DocumentType, operation: Operation) -> int:
    """Say how many documents one call may carry.

    Source: Xero developer pages "Accounts", "Payments", read 2026-09: one account per call,
    one payment per deletion.
    """
    if document_type is DocumentType.ACCOUNT:
        return 1
    if document_type is DocumentType.PAYMENT and operation is not Operation.CREATE:
        return 1
    return BATCH_LIMIT


def is_same(resource: Resource, sent: Body, answered: Element) -> bool:
    """Whether an answered element is the one that was sent, by id or by what they share."""
    sent_id = str(sent.get(resource.id_field) or "").lower()
    if sent_id:
        return sent_id == str(answered.get(resource.id_field) or "").lower()
    sent_mark = resource.mark(sent).lower()
    answered_mark = resource.mark(answered).lower()
    return not sent_mark or sent_mark == answered_mark
