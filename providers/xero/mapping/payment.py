"""The document ``payment.v1`` as Xero's payment, or its batch payment over several invoices.

Source: Xero developer pages "Payments" and "Batch Payments", read 2026-09: a payment settles
one document whole, and can be created and deleted but not changed.
"""

from typing import Final

from providers.base import Write, Written
from providers.xero.company import Company
from providers.xero.mapping.books import of_payment
from providers.xero.mapping.parts import external, named
from providers.xero.markers import marked_reference
from providers.xero.preflight_errors import payment_unallocated
from providers.xero.wire import Body, Element
from schemas.documents.document import DocumentType, Reference
from schemas.documents.payment import Allocation, Payment
from schemas.money import ZERO

BATCH: Final = "batch"
"""The ``code`` of a link to a batch payment, which Xero keeps apart from payments."""


def is_batch(payment: Payment) -> bool:
    """Whether the payment settles several invoices."""
    return len(payment.allocations) > 1


def from_payment(payment: Payment, write: Write, company: Company) -> Body:
    """Give the payment, or batch payment, that settles all of the payment's invoices.

    Raises:
        NeedsPerson: ``account_unmapped``, it is not known where the money went.
        Rejected: ``payment_unallocated``, the allocations do not come to the amount.
    """
    allocated = sum((a.amount for a in payment.allocations), ZERO)
    if allocated != payment.amount:
        raise payment_unallocated(payment.amount, allocated)
    body: Body = {
        "Account": of_payment(write, payment.deposit_account_id, company),
        "Date": payment.paid_on.isoformat(),
        "Reference": marked_reference(payment.id, payment.reference),
    }
    settled = [_settled(allocation, write) for allocation in payment.allocations]
    if not is_batch(payment):
        return body | settled[0]
    members = [{**member, "Reference": body["Reference"]} for member in settled]
    return body | {"Payments": members}


def void(write: Write) -> Body:
    """Delete the payment or batch payment, which opens its invoices again."""
    id_field = (
        "BatchPaymentID" if write.external and write.external.code == BATCH else "PaymentID"
    )
    return {**named(write, id_field), "Status": "DELETED"}


def payment_written(element: Element) -> Written:
    """Read a payment."""
    return Written(external(element, "PaymentID"), voided=_is_deleted(element))


def batch_written(element: Element) -> Written:
    """Read a batch payment."""
    return Written(external(element, "BatchPaymentID", code=BATCH), voided=_is_deleted(element))


def _settled(allocation: Allocation, write: Write) -> Body:
    invoice = write.links[Reference(DocumentType.INVOICE, allocation.invoice_id)]
    return {"Invoice": {"InvoiceID": invoice.id}, "Amount": allocation.amount}


def _is_deleted(element: Element) -> bool:
    return bool(element.get("Status") == "DELETED")
