"""The currencies of an organisation; one that is added stays.

Source: Xero Currencies page, read 2026-09.
"""

from decimal import Decimal

from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.table import Record
from providers.simulators.xero.wire import fields
from providers.simulators.xero.wire.errors import ElementRejected
from providers.simulators.xero.wire.fields import Payload


def add_currency(org: OrganisationBooks, payload: Payload) -> Record:
    """Add a currency; its rate of the day is 1 until the seed says otherwise.

    Raises:
        ElementRejected: not an ISO code, or one that the organisation has.
    """
    code = fields.text(payload, "Code") or ""
    if len(code) != 3 or not (code.isascii() and code.isupper()):
        raise ElementRejected("Currency Code is not valid")
    if org.currencies.get(code) is not None:
        raise ElementRejected(f"Organisation already subscribed to currency {code}")
    org.rates[code] = Decimal(1)
    return org.currencies.put({"Code": code, "Description": code, "UpdatedDateUTC": org.now()})
