"""A customer's payment as Xero takes it.

One invoice is settled by a payment, several are by a batch payment. What settles none becomes
an overpayment, which a bank transaction makes.

Source: Xero developer pages "Payments", "Batch Payments", "Bank Transactions" and
"Overpayments", read 2026-09: a payment settles one document whole, and can be created and
deleted but not changed; an overpayment has one line, which Xero codes to the control account.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from providers.parts import Body, Part, part
from providers.settling import (
    account_currency_differs,
    rate_not_carried,
    refuse_nothing_settled,
    refuse_unallocated,
)
from providers.xero.mapping.books import XeroBooks
from providers.xero.markers import marked_reference
from schemas.documents.document import DocumentType
from schemas.documents.payment import Allocation, Payment

OVERPAYMENT_TYPE: Final = "RECEIVE-OVERPAYMENT"


def is_batch(payment: Payment) -> bool:
    """Return whether the payment settles several invoices."""
    return len(payment.allocations) > 1


def payment_parts(payment: Payment, books: XeroBooks) -> Sequence[Part]:
    """Return what settles a payment's invoices in Xero: one part, for create alone."""
    return (part(lambda: _settlement(payment, books)),)


def overpayment(payment: Payment, amount: Decimal, books: XeroBooks) -> Body:
    """Return the bank transaction that makes an overpayment.

    It has no reference, so our mark and the payer's reference are in the line's description.

    Raises:
        NeedsPerson: ``account_unmapped``, it is not known where the money went;
            ``payment_unallocated``, the tenant wants such payments held.
    """
    refuse_unallocated(payment, books.settings)
    line = {
        "Description": marked_reference(payment.id, payment.reference),
        "Quantity": Decimal(1),
        "UnitAmount": amount,
    }
    return {
        "Type": OVERPAYMENT_TYPE,
        "Contact": {"ContactID": books.linked(DocumentType.CUSTOMER, payment.customer_id).id},
        "BankAccount": deposit_account(payment, books),
        "Date": payment.paid_on.isoformat(),
        "CurrencyCode": payment.currency,
        "LineAmountTypes": "NoTax",
        "LineItems": [line],
    }


def _settlement(payment: Payment, books: XeroBooks) -> Body:
    """Return the payment, or batch payment, that settles all of the payment's invoices.

    Raises:
        NeedsPerson: ``account_unmapped``, it is not known where the money went;
            ``account_currency_differs``; ``exchange_rate_not_carried``.
    """
    if books.settled_currency:
        refuse_nothing_settled(payment, books.settled_currency)
    body: Body = {
        "Account": deposit_account(payment, books),
        "Date": payment.paid_on.isoformat(),
        "Reference": marked_reference(payment.id, payment.reference),
    }
    settled = [_settled(payment, allocation, books) for allocation in payment.allocations]
    if not is_batch(payment):
        return body | settled[0]
    members = [{**member, "Reference": body["Reference"]} for member in settled]
    return body | {"Payments": members}


def deposit_account(payment: Payment, books: XeroBooks) -> Body:
    """Return the account that the money goes to.

    Where the invoices have another currency, what the bank received is told beside what they
    are settled by: so the account has to be in the payment's. Else it may also be in the base
    currency, to which Xero converts.

    Raises:
        NeedsPerson: ``account_unmapped``; ``account_currency_differs``.
    """
    account = books.account_of_payment(payment.deposit_account_id)
    currency = books.currency_of(account)
    fitting = {payment.currency}
    if not books.settled_currency:
        fitting |= {books.company.currency, ""}
    if currency not in fitting:
        (named,) = account.values()
        raise account_currency_differs(payment, named, currency or "one that is not known")
    return account


def _settled(payment: Payment, allocation: Allocation, books: XeroBooks) -> Body:
    invoice = books.linked(DocumentType.INVOICE, allocation.invoice_id)
    settled = {"Invoice": {"InvoiceID": invoice.id}, "Amount": allocation.amount}
    currency = books.settled_currency
    if not currency:
        return settled
    if is_batch(payment):
        because = "Xero keeps what the bank received of a payment of one invoice only"
        raise rate_not_carried(payment, currency, because)
    amount = payment.settles(allocation, currency)
    return settled | {"Amount": amount, "BankAmount": allocation.amount}
