"""A customer's payment as QuickBooks takes it.

What no line settles stays in QuickBooks as the customer's credit. A payment is kept in its
customer's currency; what was received in the company's own is told by the rate beside it.

Source: Intuit Accounting API, Payment entity and "Multicurrency", minor version 75, read
2026-11. How many decimals a rate keeps is not documented; the answer is compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from providers.parts import ALWAYS, Body, Part, part
from providers.qbo.mapping.books import QboBooks
from providers.qbo.markers import note
from providers.settling import (
    account_currency_differs,
    rate_not_carried,
    refuse_nothing_settled,
    refuse_unallocated,
)
from schemas.documents.document import DocumentType
from schemas.documents.payment import Payment
from schemas.money import EXACT, product, round_money

_RATE_DECIMALS: Final = range(6, 13)


@dataclass(frozen=True, slots=True)
class Received:
    """A payment in the currency in which QuickBooks keeps it.

    Attributes:
        currency: That of the customer, as of all that it owes.
        total: What was received.
        settled: What each allocation settles, in order.
        rate: What one unit is worth in the company's own currency; None for QuickBooks' own.
    """

    currency: str
    total: Decimal
    settled: Sequence[Decimal]
    rate: Decimal | None = None


def received(payment: Payment, books: QboBooks) -> Received:
    """Return what a payment is in the currency of what it settles.

    Raises:
        NeedsPerson: ``exchange_rate_not_carried``, QuickBooks has no room for both amounts;
            ``payment_unallocated``, the tenant wants such payments held.
    """
    refuse_unallocated(payment, books.settings)
    currency = books.settled_currency
    if not currency:
        return Received(
            payment.currency, payment.amount, [one.amount for one in payment.allocations]
        )
    refuse_nothing_settled(payment, currency)
    home = books.company.currency
    if payment.currency != home:
        because = f"QuickBooks keeps it in {currency}, with a rate to {home} only"
        raise rate_not_carried(payment, currency, because)
    settled = [payment.settles(one, currency) for one in payment.allocations]
    total = sum(settled, payment.exchanged(payment.unallocated, currency))
    return Received(currency, total, settled, _home_rate(payment, total))


def _home_rate(payment: Payment, total: Decimal) -> Decimal:
    """Return the rate, with as few decimals as lead back to what was received."""
    exact = EXACT.divide(payment.amount, total)
    rates = [exact.quantize(Decimal(1).scaleb(-n), context=EXACT) for n in _RATE_DECIMALS]
    fitting = (
        rate
        for rate in rates
        if round_money(product(total, rate), payment.currency) == payment.amount
    )
    return next(fitting, rates[-1])


def payment_parts(payment: Payment, books: QboBooks) -> Sequence[Part]:
    """Return what a payment becomes in QuickBooks; customer and amount go with every write."""
    return (
        part(lambda: _customer_and_amount(payment, books), ALWAYS),
        part(lambda: {"PrivateNote": note(payment.id)}),
        part(lambda: {"TxnDate": payment.paid_on.isoformat()}, "paid_on"),
        part(lambda: books.currency(received(payment, books).currency), "currency"),
        part(lambda: {"PaymentRefNum": payment.reference}, "reference"),
        part(lambda: _deposit(payment, books), "deposit_account_id"),
        part(lambda: {"Line": _lines(payment, books)}, "allocations", "exchange_rate"),
    )


def _customer_and_amount(payment: Payment, books: QboBooks) -> Body:
    money = received(payment, books)
    rate = {} if money.rate is None else {"ExchangeRate": money.rate}
    return {
        "CustomerRef": books.linked(DocumentType.CUSTOMER, payment.customer_id),
        "TotalAmt": money.total,
        **rate,
    }


def _deposit(payment: Payment, books: QboBooks) -> Body:
    """Return the account, which is in the company's currency or in the payment's.

    Raises:
        NeedsPerson: ``account_currency_differs``, it is in another one.
    """
    account = books.account(payment.deposit_account_id, use="deposit")
    home = books.company.currency
    currency = books.company.foreign_accounts.get(account["value"], home)
    if currency not in (home, payment.currency):
        raise account_currency_differs(payment, account["value"], currency)
    return {"DepositToAccountRef": account}


def _lines(payment: Payment, books: QboBooks) -> list[Body]:
    settled = received(payment, books).settled
    return [
        {
            "Amount": amount,
            "LinkedTxn": [
                {
                    "TxnId": books.linked(DocumentType.INVOICE, one.invoice_id)["value"],
                    "TxnType": "Invoice",
                }
            ],
        }
        for one, amount in zip(payment.allocations, settled, strict=True)
    ]
