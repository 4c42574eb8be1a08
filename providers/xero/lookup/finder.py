"""The one way in: which look-up a document gets."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from providers.base import External, Result, Write, Written
from providers.xero.client import XeroClient
from providers.xero.lookup import catalogue, parties, payments, trade
from schemas.documents.account import Account
from schemas.documents.bill import Bill
from schemas.documents.document import Document, DocumentType
from schemas.documents.invoice import Invoice
from schemas.documents.item import Item
from schemas.documents.party import Party
from schemas.documents.payment import Payment

D = TypeVar("D", bound=Document)

ByLinks = Callable[[XeroClient, Sequence[External]], Awaitable[Sequence[Written | None]]]

_BY_LINKS: Final[dict[DocumentType, ByLinks]] = {
    DocumentType.CUSTOMER: parties.by_links,
    DocumentType.VENDOR: parties.by_links,
    DocumentType.ITEM: catalogue.items_by_links,
    DocumentType.ACCOUNT: catalogue.accounts_by_links,
    DocumentType.INVOICE: trade.by_links,
    DocumentType.BILL: trade.by_links,
    DocumentType.PAYMENT: payments.by_links,
}


async def find(client: XeroClient, writes: Sequence[Write]) -> Sequence[Result | None]:
    """Look up documents of one type; one result per write, in order."""
    linked = [(write, write.external) for write in writes if write.external]
    unlinked = [write for write in writes if not write.external]
    results: dict[int, Result | None] = {}
    if linked:
        by_links = _BY_LINKS[linked[0][0].document_type]
        found = await by_links(client, [external for _, external in linked])
        results |= {id(w): r for (w, _), r in zip(linked, found, strict=True)}
    if unlinked:
        answers = await _by_key(client, unlinked)
        results |= {id(w): r for w, r in zip(unlinked, answers, strict=True)}
    return [results[id(write)] for write in writes]


async def _by_key(client: XeroClient, writes: Sequence[Write]) -> Sequence[Result | None]:
    match writes[0].document:
        case Party():
            return await parties.find_parties(client, _paired(writes, Party))
        case Invoice():
            return await trade.find_invoices(client, _paired(writes, Invoice))
        case Bill():
            return await trade.find_bills(client, _paired(writes, Bill))
        case Item():
            return await catalogue.find_items(client, _paired(writes, Item))
        case Account():
            return await catalogue.find_accounts(client, _paired(writes, Account))
        case Payment():
            return await payments.find_payments(client, _paired(writes, Payment))
    raise TypeError(f"no look-up for {type(writes[0].document).__name__}")


def _paired(writes: Sequence[Write], kind: type[D]) -> list[tuple[Write, D]]:
    return [(write, write.document) for write in writes if isinstance(write.document, kind)]
