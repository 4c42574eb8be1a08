"""Payments of invoices and refunds of credits: made and deleted, never edited.

Source: Xero Payments page, read 2026-09.
"""

import uuid
from collections.abc import Callable
from decimal import Decimal

from providers.simulators.minor_units import to_unit
from providers.simulators.xero.books import totals
from providers.simulators.xero.books.credits import (
    OVERPAYMENT,
    PREPAYMENT,
    CreditKind,
    credit_of,
    kind_of,
)
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.table import Record
from providers.simulators.xero.rules.amounts import sent_amount
from providers.simulators.xero.rules.credit_notes import find_credit_note
from providers.simulators.xero.rules.documents import WriteOptions, check_lock
from providers.simulators.xero.rules.invoices import find_invoice
from providers.simulators.xero.rules.settlement import settle_invoice, use_credit
from providers.simulators.xero.wire import fields
from providers.simulators.xero.wire.errors import ElementRejected
from providers.simulators.xero.wire.fields import Payload

_PAYMENT_TYPES = {
    "ACCREC": "ACCRECPAYMENT",
    "ACCPAY": "ACCPAYPAYMENT",
    "ACCRECCREDIT": "ARCREDITPAYMENT",
    "ACCPAYCREDIT": "APCREDITPAYMENT",
    "RECEIVE-OVERPAYMENT": "AROVERPAYMENTPAYMENT",
    "SPEND-OVERPAYMENT": "APOVERPAYMENTPAYMENT",
    "RECEIVE-PREPAYMENT": "ARPREPAYMENTPAYMENT",
    "SPEND-PREPAYMENT": "APPREPAYMENTPAYMENT",
}
TOO_MUCH = "Payment amount exceeds the amount outstanding on this document"


def create_payment(org: OrganisationBooks, payload: Payload, options: WriteOptions) -> Record:
    """Pay one invoice, or refund one credit.

    Raises:
        ElementRejected: no document or account, one in the wrong state, too much, or a
            locked date.
    """
    return commit_payment(org, build_payment(org, payload, options))


def build_payment(
    org: OrganisationBooks,
    payload: Payload,
    options: WriteOptions,
    *,
    already: Decimal = totals.ZERO,
) -> Record:
    """Check a payment and return its record, unsaved.

    Args:
        already: What other unsaved payments take of the same document.

    Raises:
        ElementRejected: as for `create_payment`.
    """
    document = _target(org, payload)
    unit = org.unit(document["CurrencyCode"])
    amount = sent_amount(org, payload, "Amount", unit=unit)
    paid_on = fields.day(payload, "Date")
    if amount is None or amount <= 0:
        raise ElementRejected("Payment amount must be greater than zero")
    if paid_on is None:
        raise ElementRejected("Payment Date must be specified")
    amount = to_unit(amount, unit)
    if document["Status"] not in {"AUTHORISED", "PAID"}:
        raise ElementRejected("Payments can only be made against Authorised documents")
    if amount + already > outstanding(document):
        raise ElementRejected(TOO_MUCH)
    check_lock(org, paid_on, adviser=options.adviser)
    return {
        "PaymentID": str(uuid.uuid4()),
        "Date": paid_on,
        "Amount": amount,
        "Reference": _reference(org, payload),
        "IsReconciled": fields.flag(payload, "IsReconciled") or False,
        "Status": "AUTHORISED",
        "PaymentType": _PAYMENT_TYPES[document["Type"]],
        "Invoice" if "InvoiceID" in document else kind_of(document).name: document,
        **_in_bank_currency(org, document, payload, amount),
    }


def commit_payment(org: OrganisationBooks, payment: Record) -> Record:
    """Save a payment that was checked, and settle its document with it."""
    payment["UpdatedDateUTC"] = org.now()
    _settle(org, payment, payment["Amount"])
    return org.payments.put(payment)


def delete_payment(org: OrganisationBooks, payment: Record, options: WriteOptions) -> Record:
    """Delete a payment and open its document again.

    Raises:
        ElementRejected: part of a batch, reconciled, already deleted, or in a locked period.
    """
    # The bank sees a batch as one line, so its parts can't be deleted alone.
    if payment.get("BatchPaymentID"):
        raise ElementRejected("This payment cannot be deleted as it is part of a batch payment")
    if payment["IsReconciled"] and org.switches.reconciled_payment_delete == "refuse":
        raise ElementRejected("This payment cannot be deleted as it has been reconciled")
    return undo_payment(org, payment, options)


def undo_payment(org: OrganisationBooks, payment: Record, options: WriteOptions) -> Record:
    """Delete a payment whatever it is part of.

    Raises:
        ElementRejected: already deleted, or in a locked period.
    """
    if payment["Status"] == "DELETED":
        raise ElementRejected("Payment not of valid status for modification")
    check_lock(org, payment["Date"], adviser=options.adviser)
    _settle(org, payment, -payment["Amount"])
    return org.payments.put({**payment, "Status": "DELETED", "UpdatedDateUTC": org.now()})


def _settle(org: OrganisationBooks, payment: Record, amount: Decimal) -> None:
    if "Invoice" in payment:
        settle_invoice(org, payment["Invoice"], paid=amount, on=payment["Date"])
    else:
        use_credit(org, credit_of(payment), refunded=amount, on=payment["Date"])


def outstanding(document: Record) -> Decimal:
    """Return what may still be paid on an invoice or refunded of a credit."""
    left: Decimal = document["AmountDue" if "InvoiceID" in document else "RemainingCredit"]
    return left


def _target(org: OrganisationBooks, payload: Payload) -> Record:
    """Return the one document that a payment names, by id or number."""
    found = [
        find(org, str(key))
        for key, find in (
            (_key(payload, "Invoice"), find_invoice),
            (_key(payload, "CreditNote"), find_credit_note),
            (_key(payload, "Overpayment"), _advance(OVERPAYMENT)),
            (_key(payload, "Prepayment"), _advance(PREPAYMENT)),
        )
        if key
    ]
    # None or several: Xero pays one document with each payment.
    if len(found) != 1:
        raise ElementRejected("A payment must name exactly one invoice or credit")
    (document,) = found
    if document is None:
        raise ElementRejected("The document to pay could not be found")
    return document


def _key(payload: Payload, name: str) -> object:
    """Return the id or number by which a payment names a document of a kind."""
    sent, number = fields.part(payload, name), f"{name}Number"
    return sent.get(f"{name}ID") or sent.get(number) or payload.get(number)


def _advance(kind: CreditKind) -> Callable[[OrganisationBooks, str], Record | None]:
    return lambda org, key: org.credits(kind).get(key)


def payment_account(org: OrganisationBooks, payload: Payload) -> Record:
    """Return the account that a payment names by id or code.

    Raises:
        ElementRejected: unknown, archived, or one that takes no payments.
    """
    sent = fields.part(payload, "Account")
    code = sent.get("Code") or payload.get("Code")
    account = org.accounts.get(fields.text(sent, "AccountID"))
    if account is None and code:
        account = org.accounts.first("code", str(code).casefold())
    if account is None or account["Status"] != "ACTIVE":
        raise ElementRejected("Account could not be found")
    if account["Type"] != "BANK" and not account["EnablePaymentsToAccount"]:
        raise ElementRejected(
            "Account type is invalid for a payment: it must be a bank account or "
            "have payments enabled"
        )
    return account


def _reference(org: OrganisationBooks, payload: Payload) -> str:
    return (
        fields.text(payload, "Reference", at_most=org.switches.payment_reference_length) or ""
    )


def _in_bank_currency(
    org: OrganisationBooks, document: Record, payload: Payload, amount: Decimal
) -> Record:
    """Return the account, the rate (document currency per base), and what the bank received.

    Raises:
        ElementRejected: two amounts are sent where document and account have one currency.
    """
    account = payment_account(org, payload)
    currency = account.get("CurrencyCode") or org.base_currency
    foreign = document["CurrencyCode"] != org.base_currency
    rate = fields.number(payload, "CurrencyRate") if foreign else None
    rate = rate or document["CurrencyRate"]
    sent = fields.number(payload, "BankAmount")
    if currency == document["CurrencyCode"]:
        if sent not in (None, amount):
            raise ElementRejected("The bank amount differs from the amount of the payment")
        bank_amount = amount
    elif sent is None:
        bank_amount = amount / rate * org.rates.get(currency, Decimal(1))
    else:
        bank_amount = sent
        if currency == org.base_currency:
            rate = totals.to_places(amount / sent, 6)
    return {
        "Account": account,
        "CurrencyRate": rate,
        "BankAmount": to_unit(bank_amount, org.unit(currency)),
    }
