"""Money arithmetic: exact decimals, rounded half up to the currency's smallest amount."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from schemas.currencies import smallest_amount

ZERO: Final = Decimal(0)

# Enough digits that no product of a quantity, a price and a rate is rounded before its time.
EXACT: Final = Context(prec=300, rounding=ROUND_HALF_UP)


def round_money(amount: Decimal, currency: str) -> Decimal:
    """Return the amount rounded to the currency, half away from zero, as both ledgers do."""
    return amount.quantize(smallest_amount(currency), context=EXACT)


def is_whole(amount: Decimal, currency: str) -> bool:
    """Return whether the amount has no more decimals than the currency; zeros do not count."""
    return amount == round_money(amount, currency)


def has_at_most(decimals: int, number: Decimal) -> bool:
    """Return whether the number has no more decimals than that; zeros do not count."""
    return number == number.quantize(Decimal(1).scaleb(-decimals), context=EXACT)


def product(quantity: Decimal, price: Decimal) -> Decimal:
    """Return quantity times price, exact whatever the number of their decimals."""
    return EXACT.multiply(quantity, price)


def percent_of(amount: Decimal, percent: Decimal) -> Decimal:
    """Return ``percent`` per cent of ``amount``, exact."""
    return EXACT.multiply(amount, percent).scaleb(-2, context=EXACT)


def allocate(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Return one share of ``amount`` (rounded) for each weight, in order and proportion.

    The shares add up to the amount, and each is less than one smallest amount of the currency
    from its exact share; a weight of zero has none. Weights may be negative. If they add up to
    zero, there is no proportion: the first weight that is not zero has the whole amount.
    """
    whole = sum(weights, ZERO)
    if not weights:
        return []
    if not whole:
        all_to = next((i for i, weight in enumerate(weights) if weight), 0)
        none = round_money(ZERO, currency)
        return [amount if i == all_to else none for i in range(len(weights))]
    exact = [EXACT.divide(EXACT.multiply(amount, weight), whole) for weight in weights]
    return fit(amount, [round_money(share, currency) for share in exact], exact, currency)


def fit(
    total: Decimal, shares: Sequence[Decimal], exact: Sequence[Decimal], currency: str
) -> list[Decimal]:
    """Return rounded shares, changed by as little as possible so that they come to ``total``.

    What is missing or too much goes, one smallest amount each, to those shares that come
    nearest to their exact values by it, so that the earlier have more; none goes to one that is
    exactly zero. Where every exact value is zero, the shares stay as they are.

    Args:
        total: What the shares are to come to; rounded.
        shares: The rounded shares, one for each exact value.
        exact: The values before they were rounded.
        currency: The currency that all are rounded to.
    """
    fitted = list(shares)
    movable = [i for i, value in enumerate(exact) if value]
    left = total - sum(shares, ZERO)
    step = smallest_amount(currency).copy_sign(left)
    first = 1 if step * total > 0 else -1
    while left and movable:
        # Farthest first in the direction of the step; a second round only where more is left
        # than there are shares, as it is where the total is not the sum of the exact values.
        movable.sort(key=lambda i: (EXACT.subtract(fitted[i], exact[i]) * step, first * i))
        for i in movable[: int(left / step)]:
            fitted[i] += step
            left -= step
    return fitted
