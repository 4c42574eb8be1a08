"""What payments settle, as far as it is the same at every ledger; pure."""

from collections.abc import Mapping
from typing import Any, Final

from providers.errors import NeedsPerson
from providers.reasons import (
    ACCOUNT_CURRENCY_DIFFERS,
    PAYMENT_UNALLOCATED,
    RATE_LEAVES_NOTHING,
    RATE_NOT_CARRIED,
)
from schemas.documents.payment import Payment
from schemas.money import ZERO, round_money

HOLD: Final = "hold"


def refuse_unallocated(payment: Payment, settings: Mapping[str, Any]) -> None:
    """Stop a payment of which a part settles no invoice, where the tenant wants that held.

    Raises:
        NeedsPerson: ``payment_unallocated``.
    """
    chosen = settings.get("payments", {}).get("unallocated")
    if chosen != HOLD or not payment.unallocated:
        return
    currency = payment.currency
    raise NeedsPerson(
        PAYMENT_UNALLOCATED.reason(
            rest=round_money(payment.unallocated, currency),
            amount=round_money(payment.amount, currency),
            currency=currency,
        )
    )


def rate_not_carried(payment: Payment, settled_currency: str, because: str) -> NeedsPerson:
    """Hold a payment that settles another currency in a way that the ledger has no room for.

    Args:
        because: A clause that says what is in the way.
    """
    settled = sum(
        (payment.settles(one, settled_currency) for one in payment.allocations),
        round_money(ZERO, settled_currency),
    )
    return NeedsPerson(
        RATE_NOT_CARRIED.reason(
            amount=round_money(payment.amount, payment.currency),
            currency=payment.currency,
            settled=settled,
            settled_currency=settled_currency,
            whole=settled + payment.exchanged(payment.unallocated, settled_currency),
            rate=payment.exchange_rate,
            because=because,
        )
    )


def refuse_nothing_settled(payment: Payment, settled_currency: str) -> None:
    """Stop a payment of which an allocation comes to nothing at its rate.

    Raises:
        NeedsPerson: ``exchange_rate_not_carried``.
    """
    if not all(payment.settles(one, settled_currency) for one in payment.allocations):
        raise NeedsPerson(
            RATE_LEAVES_NOTHING.reason(
                amount=round_money(payment.amount, payment.currency),
                currency=payment.currency,
                settled_currency=settled_currency,
                rate=payment.exchange_rate,
            )
        )


def account_currency_differs(
    payment: Payment, account: str, account_currency: str
) -> NeedsPerson:
    """Hold a payment whose money goes to an account of a currency that does not fit."""
    return NeedsPerson(
        ACCOUNT_CURRENCY_DIFFERS.reason(
            currency=payment.currency,
            account=account,
            account_currency=account_currency,
        )
    )
