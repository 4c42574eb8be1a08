"""The document ``item.v1`` as Xero's item.

Source: Xero developer page "Items", read 2026-09. Items have no archived state: one that is
out of use is marked as neither sold nor purchased, which clears its prices and accounts, so
that a return to use sends everything again.
"""

from decimal import Decimal

from providers.base import Write, Written
from providers.xero.company import Company, Side
from providers.xero.mapping.books import linked
from providers.xero.mapping.parts import chosen, external, named, wants
from providers.xero.preflight_errors import not_in_use
from providers.xero.wire import Body, Element
from schemas.documents.item import Item


def from_item(item: Item, write: Write, company: Company) -> Body:
    """Give the element that creates or changes the item.

    One that names no account gets the connection's default, without which a line of it could
    not be posted.

    Raises:
        Rejected: ``not_in_use``, it is to be created out of use.
    """
    if not item.active and write.external is None:
        raise not_in_use("item")
    body = {**named(write, "ItemID"), "Code": item.code}
    if not item.active:
        return body | {"IsSold": False, "IsPurchased": False}
    body |= chosen(write, {"name": {"Name": item.name}})
    if wants(write, "description", "active"):
        body |= _texts(item, write)
    if wants(write, "sales_price", "income_account_id", "active"):
        account = _account(item.income_account_id, Side.SALES, write, company)
        body |= _details("SalesDetails", item.sales_price, account)
    if wants(write, "purchase_price", "expense_account_id", "active"):
        account = _account(item.expense_account_id, Side.PURCHASES, write, company)
        body |= _details("PurchaseDetails", item.purchase_price, account)
    if write.external and wants(write, "active"):
        body |= {"IsSold": True, "IsPurchased": True}
    return body


def to_written(element: Element) -> Written:
    """Read an item; it is out of use when it is neither sold nor purchased."""
    return Written(
        external=external(element, "ItemID", code=element["Code"]),
        voided=element.get("IsSold") is False and element.get("IsPurchased") is False,
    )


def _texts(item: Item, write: Write) -> Body:
    if write.external is None and not item.description:
        return {}
    return {"Description": item.description, "PurchaseDescription": item.description}


def _details(name: str, price: Decimal | None, account: str) -> Body:
    """Give price and account of one side; nothing where there is neither."""
    details: Body = {"UnitPrice": price} if price is not None else {}
    if account:
        details["AccountCode"] = account
    return {name: details} if details else {}


def _account(account_id: str | None, side: Side, write: Write, company: Company) -> str:
    """Give the code of the item's account; the default only where Xero can't have one yet."""
    if account_id:
        return linked(write, account_id).code
    return company.account_code(side.value) if wants(write, "active") else ""
