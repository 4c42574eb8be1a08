"""Customers and vendors: changes that QuickBooks would not carry out, and their currency.

Source: Intuit Accounting API, Customer and Vendor entities, read 2026-11: the currency is fixed
when one is made. A customer with a balance that is made inactive is credited with it; that is
documented of QuickBooks' own pages, and taken to hold for the API too.
"""

from decimal import Decimal
from typing import Final

from providers.base import Write
from providers.errors import NeedsPerson
from providers.qbo.client import QboClient
from providers.qbo.mapping.books import QboBooks
from providers.qbo.mapping.catalogue import ENTITIES
from providers.qbo.preflight_errors import (
    customer_has_balance,
    document_currency_differs,
    party_currency_fixed,
)
from providers.qbo.reasons.settings import CURRENCY_DIFFERS
from providers.wire import Record
from schemas.documents.customer import Customer
from schemas.documents.document import DocumentType
from schemas.documents.party import Party
from schemas.documents.payment import Payment
from schemas.documents.trade import TradeDocument

_PARTIES: Final = (DocumentType.CUSTOMER, DocumentType.VENDOR)


async def refuse_party_change(client: QboClient, write: Write, books: QboBooks) -> None:
    """Look at a customer or vendor before a change that QuickBooks would not just carry out.

    Raises:
        Blocked: something is open of a customer, which would be made inactive.
        Gone: it is no longer there.
        NeedsPerson: it has another currency.
    """
    party = write.document
    if not isinstance(party, Party):
        return
    is_leaving = isinstance(party, Customer) and not party.active and "active" in write.changed
    gets_currency = party.currency is not None and "currency" in write.changed
    if not (is_leaving or gets_currency) or write.external is None:
        return
    record = await client.read(ENTITIES[write.document_type], write.external.id)
    if gets_currency:
        _refuse_other_currency(party, record, books)
    if is_leaving and record.get("Active") is not False:
        _refuse_balance(party, record, books)


async def refuse_currency(
    client: QboClient, write: Write, books: QboBooks, refused: NeedsPerson
) -> None:
    """Look at the customer or vendor of a document that was refused for its currency.

    Raises:
        NeedsPerson: it has another currency, by what is in QuickBooks.
    """
    document = write.document
    if refused.reason.code != CURRENCY_DIFFERS.code:
        return
    if not isinstance(document, TradeDocument | Payment):
        return
    party = next(one for one in document.references() if one.type in _PARTIES)
    record = await client.read(ENTITIES[party.type], write.links[party].id)
    currency, held = write.settled_currency or document.currency, _currency(record, books)
    if currency != held:
        said = refused.reason.provider_code
        raise document_currency_differs(
            document, currency, party=party, record=record, held=held, said=said
        ) from refused


def _refuse_other_currency(party: Party, record: Record, books: QboBooks) -> None:
    currency = _currency(record, books)
    if party.currency != currency:
        raise party_currency_fixed(party, currency)


def _refuse_balance(party: Party, record: Record, books: QboBooks) -> None:
    balance = Decimal(record.get("Balance", 0))
    if balance:
        raise customer_has_balance(party.name, balance, _currency(record, books))


def _currency(record: Record, books: QboBooks) -> str:
    """Return a party's currency; without several currencies QuickBooks names none."""
    return str(record.get("CurrencyRef", {}).get("value", books.company.currency))
