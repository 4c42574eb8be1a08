"""Money arithmetic: exact decimals, rounded half up to the cent, shared out without loss."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Final

CENT: Final = Decimal("0.01")
ZERO: Final = Decimal("0.00")


def to_cents(amount: Decimal) -> Decimal:
    """Round to two places, half away from zero, as both ledgers do."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def percent_of(amount: Decimal, percent: Decimal) -> Decimal:
    """Give ``percent`` per cent of ``amount``, rounded to the cent."""
    return to_cents(amount * percent / 100)


def allocate(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Share ``amount`` (whole cents) out in proportion to ``weights``, losing no cent.

    Each share is cut to the cent and the cents left over go, one each, to the largest
    remainders, the earlier line first. One share per weight, in order; where the weights
    sum to zero everything falls to the first.
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
