"""How many decimals an amount has: those of its currency, or two for every currency.

What becomes of an amount with more of them is documented by neither ledger, so it is a switch.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal, TypeAlias

from schemas.currencies import smallest_amount

CENT: Final = Decimal("0.01")
MinorUnits: TypeAlias = Literal["round", "refuse", "cents"]
"""Round to the currency's decimals, refuse what has more, or two decimals everywhere."""


def unit_of(currency: str, position: MinorUnits) -> Decimal:
    """Return the smallest amount in a currency."""
    return CENT if position == "cents" else smallest_amount(currency)


def to_unit(amount: Decimal, unit: Decimal, rounding: str = ROUND_HALF_UP) -> Decimal:
    """Round to whole units, halves up unless told otherwise."""
    return amount.quantize(unit, rounding=rounding)


def is_too_fine(amount: Decimal, unit: Decimal, position: MinorUnits) -> bool:
    """Return whether an amount is refused for its decimals."""
    return position == "refuse" and to_unit(amount, unit) != amount
