"""Amounts that clients send, to the decimals of their currency.

Source: Xero guide "Rounding in Xero", read 2026-09, which has two decimals for everything; what
becomes of amounts in other currencies is not documented, so a switch says it.
"""

from decimal import Decimal

from providers.simulators.minor_units import is_too_fine
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.wire import fields
from providers.simulators.xero.wire.errors import ElementRejected
from providers.simulators.xero.wire.fields import Payload


def sent_amount(
    org: OrganisationBooks, payload: Payload, name: str, *, unit: Decimal
) -> Decimal | None:
    """Read an amount as it was sent; None when it wasn't.

    Args:
        unit: Smallest amount of the currency.

    Raises:
        ElementRejected: it has too many decimals, where those are refused.
    """
    amount = fields.number(payload, name)
    if amount is not None and is_too_fine(amount, unit, org.switches.minor_units):
        raise ElementRejected(f"The {name} {amount} has more decimals than its currency")
    return amount
