"""A customer's payment as QuickBooks takes it.

What no line settles stays in QuickBooks as the customer's credit.

Source: Intuit Accounting API, Payment entity, minor version 75, read 2026-11.
"""

from collections.abc import Sequence

from providers.parts import ALWAYS, Body, Part, part
from providers.qbo.mapping.books import QboBooks
from providers.qbo.markers import note
from schemas.documents.document import DocumentType
from schemas.documents.payment import Allocation, Payment


def payment_parts(payment: Payment, books: QboBooks) -> Sequence[Part]:
    """Return what a payment becomes in QuickBooks; customer and amount go with every write."""
    return (
        part(lambda: _customer_and_amount(payment, books), ALWAYS),
        part(lambda: {"PrivateNote": note(payment.id)}),
        part(lambda: {"TxnDate": payment.paid_on.isoformat()}, "paid_on"),
        part(lambda: books.currency(payment.currency), "currency"),
        part(lambda: {"PaymentRefNum": payment.reference}, "reference"),
        part(lambda: _deposit(payment, books), "deposit_account_id"),
        part(lambda: {"Line": _lines(payment, books)}, "allocations"),
    )


def _customer_and_amount(payment: Payment, books: QboBooks) -> Body:
    return {
        "CustomerRef": books.linked(DocumentType.CUSTOMER, payment.customer_id),
        "TotalAmt": payment.amount,
    }


def _deposit(payment: Payment, books: QboBooks) -> Body:
    return {"DepositToAccountRef": books.account(payment.deposit_account_id, use="deposit")}


def _lines(payment: Payment, books: QboBooks) -> list[Body]:
    return [_line(allocation, books) for allocation in payment.allocations]


def _line(allocation: Allocation, books: QboBooks) -> Body:
    invoice = books.linked(DocumentType.INVOICE, allocation.invoice_id)
    return {
        "Amount": allocation.amount,
        "LinkedTxn": [{"TxnId": invoice["value"], "TxnType": "Invoice"}],
    }
