"""A customer's payment as Xero takes it: a payment, or a batch payment of several invoices.

Source: Xero developer pages "Payments" and "Batch Payments", read 2026-09: a payment settles
one document whole, and can be created and deleted but not changed.
"""

from collections.abc import Sequence

from providers.parts import Body, Part, part
from providers.xero.mapping.books import XeroBooks
from providers.xero.markers import marked_reference
from providers.xero.preflight_errors import payment_unallocated
from schemas.documents.document import DocumentType
from schemas.documents.payment import Allocation, Payment
from schemas.money import ZERO


def is_batch(payment: Payment) -> bool:
    """Return whether the payment settles several invoices."""
    return len(payment.allocations) > 1


def payment_parts(payment: Payment, books: XeroBooks) -> Sequence[Part]:
    """Return what a payment becomes in Xero: one part, for create alone."""
    return (part(lambda: _settlement(payment, books)),)


def _settlement(payment: Payment, books: XeroBooks) -> Body:
    """Return the payment, or batch payment, that settles all of the payment's invoices.

    Raises:
        NeedsPerson: ``account_unmapped``, it is not known where the money went.
        Rejected: ``payment_unallocated``, the allocations do not come to the amount.
    """
    allocated = sum((a.amount for a in payment.allocations), ZERO)
    if allocated != payment.amount:
        raise payment_unallocated(payment.amount, allocated)
    body: Body = {
        "Account": books.account_of_payment(payment.deposit_account_id),
        "Date": payment.paid_on.isoformat(),
        "Reference": marked_reference(payment.id, payment.reference),
    }
    settled = [_settled(allocation, books) for allocation in payment.allocations]
    if not is_batch(payment):
        return body | settled[0]
    members = [{**member, "Reference": body["Reference"]} for member in settled]
    return body | {"Payments": members}


def _settled(allocation: Allocation, books: XeroBooks) -> Body:
    invoice = books.linked(DocumentType.INVOICE, allocation.invoice_id)
    return {"Invoice": {"InvoiceID": invoice.id}, "Amount": allocation.amount}
