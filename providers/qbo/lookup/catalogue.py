"""Finding items and accounts: by code or number, then by name.

Source: Intuit Accounting API, Item and Account entities, "Data queries", read 2026-11.
"""

from collections.abc import Sequence
from typing import Any, Final

from providers.base import LookUpKeys
from providers.keys import same_key
from providers.qbo.client import QboClient
from providers.qbo.lookup.candidates import in_use, named
from providers.qbo.mapping.account import TYPES
from providers.qbo.mapping.books import QboBooks
from providers.qbo.mapping.item import item_sku
from providers.qbo.mapping.text import spaced
from providers.qbo.preflight_errors import name_taken
from providers.qbo.query import ACTIVE_OR_NOT
from providers.wire import Record
from schemas.documents.account import Account
from schemas.documents.item import Item

SOLD_OR_BOUGHT: Final = frozenset({"Service", "NonInventory", "Inventory"})


async def find_item(client: QboClient, item: Item, keys: LookUpKeys) -> Record | None:
    """Return the item with this code, else the one with this name and no other code.

    One that has the item's own name is the item's, whatever its code.

    Raises:
        NeedsPerson: ``name_taken`` by an item of another code, or ``record_inactive``.
    """
    by_code = await _items(client, "Sku", [item_sku(item)])
    if by_code:
        return in_use(by_code, item.code, "item")
    by_name = await _items(client, "FullyQualifiedName", keys.all)
    if by_name and same_key(by_name[0].get("Name", ""), keys.own):
        return in_use(by_name, keys.own, "item")
    return _of_same_name(by_name[0], item) if by_name else None


async def find_account(client: QboClient, account: Account, books: QboBooks) -> Record | None:
    """Return the account with this number, where the company numbers accounts, or this name.

    Raises:
        NeedsPerson: ``name_taken`` by an account of another type or number, or
            ``record_inactive``.
    """
    if books.company.uses_account_numbers and account.code:
        found = await _accounts(client, "AcctNum", account.code)
        if found:
            return _same_account(in_use(found, account.code, "account"), account)
    by_name = await _accounts(client, "FullyQualifiedName", spaced(account.name))
    return _same_account(in_use(by_name, account.name, "account"), account)


async def _items(client: QboClient, field: str, values: Sequence[str]) -> list[Any]:
    """Query items; QuickBooks leaves the code out unless it is named."""
    same = await named(client, "Item", field, values, ACTIVE_OR_NOT, columns="*, Sku")
    return [record for record in same if record.get("Type") in SOLD_OR_BOUGHT]


async def _accounts(client: QboClient, field: str, value: str) -> list[Any]:
    return await named(client, "Account", field, [value], ACTIVE_OR_NOT)


def _of_same_name(record: Record, item: Item) -> Record | None:
    """Adopt the item of that name, unless it has another code."""
    code = record.get("Sku", "")
    if code and not same_key(code, item_sku(item)):
        raise name_taken(item.name, f"the item with code {code!r}", record["Id"])
    return in_use([record], item.name, "item")


def _same_account(record: Record | None, account: Account) -> Record | None:
    """Adopt the account, unless it is of another type or has another number."""
    if record is None:
        return None
    ledger_type, number = record["AccountType"], record.get("AcctNum", "")
    if ledger_type != TYPES[account.kind].type:
        raise name_taken(account.name, f"an account of type {ledger_type}", record["Id"])
    if number and account.code and not same_key(number, account.code):
        raise name_taken(account.name, f"the account with number {number!r}", record["Id"])
    return record
