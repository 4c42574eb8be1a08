"""Money arithmetic: exact decimals, rounded half up to the cent, allocated without loss."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Final

CENT: Final = Decimal("0.01")
ZERO: Final = Decimal("0.00")


def to_cents(amount: Decimal) -> Decimal:
    """Return the amount rounded to two places, half away from zero, as both ledgers do."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def percent_of(amount: Decimal, percent: Decimal) -> Decimal:
    """Return ``percent`` per cent of ``amount``, rounded to the cent."""
    return to_cents(amount * percent / 100)


def allocate(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Return one share of ``amount`` (whole cents) for each weight, in order and proportion.

    The shares add up to the amount. Each is cut to the cent, and the remaining cents go, one
    each, to the largest remainders, the earlier line first. If the weights add up to zero, the
    first share is the whole amount.
    """
    if not amount:
        return [ZERO] * len(weights)
    whole = sum(weights, ZERO)
    if not weights:
        return []
    if whole == 0:
        return [amount, *[ZERO] * (len(weights) - 1)]
    exact = [amount * weight / whole for weight in weights]
    shares = [value.quantize(CENT, rounding=ROUND_DOWN) for value in exact]
    left = int((amount - sum(shares, ZERO)) / CENT)
    step = CENT if left > 0 else -CENT
    by_remainder = sorted(range(len(weights)), key=lambda i: (-abs(exact[i] - shares[i]), i))
    for i in by_remainder[: abs(left)]:
        shares[i] += step
    return shares
