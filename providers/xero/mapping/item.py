"""An item as Xero takes it.

Source: Xero developer page "Items", read 2026-09. Items have no archived state: one that is
out of use is marked as neither sold nor purchased, which clears its prices and accounts, so
that a return to use sends everything again.
"""

from collections.abc import Sequence
from decimal import Decimal

from providers.base import Side
from providers.parts import ALWAYS, Body, Part, part
from providers.xero.mapping.books import XeroBooks
from schemas.documents.document import DocumentType
from schemas.documents.item import Item


def item_parts(item: Item, books: XeroBooks) -> Sequence[Part]:
    """Return what an item becomes in Xero; its code goes with every write."""
    code = part(lambda: {"Code": item.code}, ALWAYS)
    if not item.active:
        return code, part(lambda: {"IsSold": False, "IsPurchased": False}, ALWAYS)
    return (
        code,
        part(lambda: {"Name": item.name}, "name"),
        part(lambda: _texts(item), "description", "active"),
        *_sales(item, books),
        *_purchases(item, books),
        part(lambda: {"IsSold": True, "IsPurchased": True}, "active", on_create=False),
    )


def _texts(item: Item) -> Body:
    return {"Description": item.description, "PurchaseDescription": item.description}


def _sales(item: Item, books: XeroBooks) -> Sequence[Part]:
    """Return price and account of the sales side.

    An item that names no account gets the connection's default, without which a line of it
    could not be posted: but only where Xero can't have one yet, which is why the second part
    exists and wins over the first.
    """
    named = _named_code(item.income_account_id, books)
    code = named or books.default_account_code(Side.SALES)
    price = item.sales_price
    return (
        part(
            lambda: _details("SalesDetails", price, named), "sales_price", "income_account_id"
        ),
        part(lambda: _details("SalesDetails", price, code), "active"),
    )


def _purchases(item: Item, books: XeroBooks) -> Sequence[Part]:
    """Return price and account of the purchases side; see :func:`_sales`."""
    named = _named_code(item.expense_account_id, books)
    code = named or books.default_account_code(Side.PURCHASES)
    price = item.purchase_price
    return (
        part(
            lambda: _details("PurchaseDetails", price, named),
            "purchase_price",
            "expense_account_id",
        ),
        part(lambda: _details("PurchaseDetails", price, code), "active"),
    )


def _named_code(account_id: str | None, books: XeroBooks) -> str:
    return books.linked(DocumentType.ACCOUNT, account_id).code if account_id else ""


def _details(name: str, price: Decimal | None, account_code: str) -> Body:
    """Return price and account of one side; nothing where there is neither."""
    details: Body = {"UnitPrice": price} if price is not None else {}
    if account_code:
        details["AccountCode"] = account_code
    return {name: details} if details else {}
