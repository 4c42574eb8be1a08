"""Looking documents up in QuickBooks: by link where there is one, else by natural key.

A transaction is ours only by its marker; a name, item or account by its name or code.
"""

from collections.abc import Mapping
from typing import Any, Final

from providers.base import Write, Written
from providers.errors import Gone
from providers.qbo.client import QboClient
from providers.qbo.mapping.account import TYPES, account_number
from providers.qbo.mapping.books import Books
from providers.qbo.mapping.catalogue import ENTITIES
from providers.qbo.mapping.item import item_name, item_sku
from providers.qbo.mapping.party import display_name
from providers.qbo.mapping.text import spaced
from providers.qbo.markers import is_marked
from providers.qbo.names import DELETED, clash_name
from providers.qbo.preflight_errors import inactive, name_taken, number_taken
from providers.qbo.query import ACTIVE_OR_NOT, equals, one_of, where
from providers.qbo.results import TRANSACTIONS, to_written, voided
from schemas.documents.account import Account
from schemas.documents.bill import Bill
from schemas.documents.document import Document, DocumentType
from schemas.documents.invoice import Invoice
from schemas.documents.item import Item
from schemas.documents.party import Party
from schemas.documents.payment import Payment

Record = Mapping[str, Any]
SOLD_OR_BOUGHT: Final = frozenset({"Service", "NonInventory", "Inventory"})


class Finder:
    """Finds the records of one company."""

    def __init__(self, client: QboClient) -> None:
        self._client = client

    async def find(self, write: Write, books: Books) -> Written | None:
        """Find the ledger's record of a document, or nothing.

        Raises:
            NeedsPerson: something else has its number or name, or it is out of use.
        """
        if write.external:
            return await self._by_id(write, write.external.id)
        record = await self._by_key(write.document, books)
        return to_written(write.document, record) if record else None

    async def _by_id(self, write: Write, external_id: str) -> Written | None:
        """Read a record; a transaction that is no longer there counts as void."""
        try:
            record = await self._client.read(ENTITIES[write.document_type], external_id)
        except Gone:
            is_transaction = write.document_type in TRANSACTIONS
            return voided(write.document, external_id) if is_transaction else None
        return to_written(write.document, record)

    async def _by_key(self, document: Document, books: Books) -> Record | None:
        match document:
            case Invoice():
                return await self._invoice(document)
            case Bill():
                return await self._bill(document, books)
            case Payment():
                return await self._payment(document, books)
            case Party():
                return await self._party(document)
            case Item():
                return await self._item(document)
            case Account():
                return await self._account(document, books)
        raise TypeError(type(document).__name__)

    async def _invoice(self, invoice: Invoice) -> Record | None:
        found = await self._client.query("Invoice", where(equals("DocNumber", invoice.number)))
        return _ours(found, invoice.id, invoice.number, "invoice")

    async def _bill(self, bill: Bill, books: Books) -> Record | None:
        vendor = books.linked(DocumentType.VENDOR, bill.vendor_id)["value"]
        condition = where(equals("DocNumber", bill.number), equals("VendorRef", vendor))
        found = await self._client.query("Bill", condition)
        return _ours(found, bill.id, bill.number, "bill of this vendor")

    async def _payment(self, payment: Payment, books: Books) -> Record | None:
        """Go through the customer's payments, since a payment has no number of its own."""
        customer = books.linked(DocumentType.CUSTOMER, payment.customer_id)["value"]
        condition = where(equals("CustomerRef", customer))
        async for page in self._client.pages("Payment", condition):
            if mine := _marked(page, payment.id):
                return mine
        return None

    async def _party(self, party: Party) -> Record | None:
        """Look for the name, and for what it becomes where the other kind has it already."""
        name = display_name(party)
        entity = type(party).__name__
        names = [name, clash_name(name, entity), name + DELETED]
        found = await self._client.query(
            entity, where(one_of("DisplayName", names), ACTIVE_OR_NOT)
        )
        return _in_use(found, name, entity)

    async def _item(self, item: Item) -> Record | None:
        by_code = await self._items("Sku", item_sku(item))
        if by_code:
            return _in_use(by_code, item.code, "item")
        by_name = await self._items("FullyQualifiedName", item_name(item))
        if not by_name:
            return None
        return _same_item(by_name[0], item)

    async def _items(self, field: str, value: str) -> list[Any]:
        """Ask for items; QuickBooks leaves the code out unless it is named."""
        condition = where(equals(field, value), ACTIVE_OR_NOT)
        found = await self._client.query("Item", condition, columns="*, Sku")
        return [record for record in found if record.get("Type") in SOLD_OR_BOUGHT]

    async def _account(self, account: Account, books: Books) -> Record | None:
        if books.company.uses_account_numbers:
            number = account_number(account, books.company)
            found = await self._accounts("AcctNum", number)
            if found:
                return _same_account(_in_use(found, number, "account"), account)
        by_name = await self._accounts("FullyQualifiedName", spaced(account.name))
        found_by_name = _in_use(by_name, account.name, "account")
        return _same_account(found_by_name, account)

    async def _accounts(self, field: str, value: str) -> list[Any]:
        return await self._client.query("Account", where(equals(field, value), ACTIVE_OR_NOT))


def _marked(found: list[Any], document_id: str) -> Record | None:
    return next((r for r in found if is_marked(r.get("PrivateNote", ""), document_id)), None)


def _ours(found: list[Any], document_id: str, number: str, kind: str) -> Record | None:
    """Give the record with our marker; others of that number stand in its way."""
    mine = _marked(found, document_id)
    if found and not mine:
        raise number_taken(number, kind, found[0]["Id"])
    return mine


def _in_use(found: list[Any], name: str, kind: str) -> Record | None:
    """Give the first record in use, if there is any record at all."""
    active = next((record for record in found if record.get("Active", True)), None)
    if found and not active:
        raise inactive(name, kind.lower(), found[0]["Id"])
    return active


def _same_item(record: Record, item: Item) -> Record | None:
    """Adopt the item of that name, unless it has another code."""
    code = record.get("Sku", "")
    if code and code != item_sku(item):
        raise name_taken(item.name, f"the item with code {code!r}")
    return _in_use([record], item.name, "item")


def _same_account(record: Record | None, account: Account) -> Record | None:
    """Adopt the account, unless it is of another type or has another number."""
    if record is None:
        return None
    ledger_type, number = record["AccountType"], record.get("AcctNum", "")
    if ledger_type != TYPES[account.kind].type:
        raise name_taken(account.name, f"an account of type {ledger_type}")
    if number and number != account.code:
        raise name_taken(account.name, f"the account with number {number!r}")
    return record
