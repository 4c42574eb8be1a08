"""An item as QuickBooks takes it; stock is never counted.

Source: Intuit Accounting API, Item entity, minor version 75, read 2026-11.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from providers.parts import Body, Part, part
from providers.qbo.mapping.books import QboBooks
from providers.qbo.mapping.text import spaced
from schemas.documents.document import DocumentType
from schemas.documents.item import Item, ItemKind

TYPES: Final = {ItemKind.SERVICE: "Service", ItemKind.GOODS: "NonInventory"}


def item_parts(item: Item, books: QboBooks) -> Sequence[Part]:
    """Return what an item becomes; its type is fixed by the first write.

    An item that was found may be one whose stock QuickBooks counts, and stays so.
    """
    return (
        part(lambda: {"Name": item_name(item)}, "name"),
        part(lambda: {"Sku": item_sku(item)}, "code"),
        part(lambda: {"Description": item.description}, "description"),
        part(lambda: {"Type": TYPES[item.kind]}),
        part(lambda: {"UnitPrice": item.sales_price or Decimal(0)}, "sales_price"),
        part(lambda: {"PurchaseCost": item.purchase_price or Decimal(0)}, "purchase_price"),
        part(lambda: _income(item, books), "income_account_id"),
        part(lambda: _expense(item, books), "expense_account_id", "purchase_price"),
        part(lambda: _active(item), "active"),
    )


def item_name(item: Item) -> str:
    """Return the name under which QuickBooks lists the item."""
    return spaced(item.name)


def item_sku(item: Item) -> str:
    """Return the code under which QuickBooks lists the item."""
    return spaced(item.code)


def _income(item: Item, books: QboBooks) -> Body:
    return {"IncomeAccountRef": books.account(item.income_account_id, use="sales")}


def _expense(item: Item, books: QboBooks) -> Body:
    """Return the expense account, without which QuickBooks does not let the item be bought."""
    if item.expense_account_id:
        linked = books.linked(DocumentType.ACCOUNT, item.expense_account_id)
        return {"ExpenseAccountRef": linked}
    if item.purchase_price is None and not books.default_account("purchases"):
        return {}
    return {"ExpenseAccountRef": books.account(None, use="purchases")}


def _active(item: Item) -> Body:
    """Return the state; coming back takes the name along, which was marked deleted."""
    return {"Active": True, "Name": item_name(item)} if item.active else {"Active": False}
