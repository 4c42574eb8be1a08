"""The one way in: by link where there is one, else the look-up that the document gets."""

from providers.base import Write, Written
from providers.errors import Gone
from providers.qbo.client import QboClient
from providers.qbo.lookup import catalogue, parties, payments, trade
from providers.qbo.mapping.books import QboBooks
from providers.qbo.mapping.catalogue import ENTITIES
from providers.qbo.results import TRANSACTIONS, to_written, voided
from providers.wire import Record
from schemas.documents.account import Account
from schemas.documents.bill import Bill
from schemas.documents.invoice import Invoice
from schemas.documents.item import Item
from schemas.documents.party import Party
from schemas.documents.payment import Payment


async def find(client: QboClient, write: Write, books: QboBooks) -> Written | None:
    """Return the ledger's record of a document, or ``None`` where there is none.

    Raises:
        NeedsPerson: something else has its number or name, or it is out of use.
    """
    if write.external:
        return await _by_link(client, write, write.external.id)
    record = await _by_key(client, write, books)
    return to_written(write.document, record) if record else None


async def _by_link(client: QboClient, write: Write, external_id: str) -> Written | None:
    """Read a record; a transaction that is no longer there counts as void."""
    try:
        record = await client.read(ENTITIES[write.document_type], external_id)
    except Gone:
        # A bill can only be deleted, and void and deleted are the same to the platform.
        is_transaction = write.document_type in TRANSACTIONS
        return voided(write.document, external_id) if is_transaction else None
    return to_written(write.document, record)


async def _by_key(client: QboClient, write: Write, books: QboBooks) -> Record | None:
    document = write.document
    match document:
        case Party():
            return await parties.find_party(client, document, write.keys)
        case Invoice():
            return await trade.find_invoice(client, document, write.keys, books)
        case Bill():
            return await trade.find_bill(client, document, write.keys, books)
        case Item():
            return await catalogue.find_item(client, document, write.keys)
        case Account():
            return await catalogue.find_account(client, document, books)
        case Payment():
            return await payments.find_payment(client, document, books)
    raise TypeError(f"no look-up for {type(document).__name__}")
