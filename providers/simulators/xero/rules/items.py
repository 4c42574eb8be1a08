"""The price list. Stock levels aren't simulated.

Source: Xero Items page, read 2026-09.
"""

import uuid

from providers.simulators.xero.books import totals
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.table import Record
from providers.simulators.xero.rules.documents import WriteOptions
from providers.simulators.xero.wire import fields
from providers.simulators.xero.wire.errors import ElementRejected
from providers.simulators.xero.wire.fields import Payload

_TEXTS = {
    "Code": 30,
    "Name": 50,
    "Description": 4000,
    "PurchaseDescription": 4000,
    "InventoryAssetAccountCode": 10,
}
_DETAIL_TEXTS = ("AccountCode", "COGSAccountCode", "TaxType")


def create_item(org: OrganisationBooks, payload: Payload, options: WriteOptions) -> Record:
    """Add an item.

    Raises:
        ElementRejected: no code, a known one, or an unknown account or tax code.
    """
    blank: Record = {
        "ItemID": str(uuid.uuid4()),
        "Code": "",
        "Name": "",
        "Description": "",
        "PurchaseDescription": "",
        "IsSold": True,
        "IsPurchased": True,
        "SalesDetails": {},
        "PurchaseDetails": {},
    }
    return update_item(org, blank, payload, options)


def update_item(
    org: OrganisationBooks, item: Record, payload: Payload, options: WriteOptions
) -> Record:
    """Change what was sent of an item.

    Raises:
        ElementRejected: as for a new item.
    """
    texts = {name: fields.text(payload, name, at_most=n) for name, n in _TEXTS.items()}
    changed = {**item, **{name: value for name, value in texts.items() if value is not None}}
    _check_code(org, changed)
    changed["Name"] = changed["Name"] or changed["Code"]
    for side, switch, words in (
        ("SalesDetails", "IsSold", "Description"),
        ("PurchaseDetails", "IsPurchased", "PurchaseDescription"),
    ):
        details = _details(org, payload, side, options)
        changed[side] = {**changed[side], **details}
        sent = fields.flag(payload, switch)
        changed[switch] = changed[switch] if sent is None else sent
        if not changed[switch]:
            changed |= {side: {}, words: ""}
    changed["IsTrackedAsInventory"] = bool(changed.get("InventoryAssetAccountCode"))
    changed["UpdatedDateUTC"] = org.now()
    return org.items.put(changed)


def _check_code(org: OrganisationBooks, item: Record) -> None:
    code = item["Code"]
    if not code:
        raise ElementRejected("Price List Item Code must be supplied")
    other = org.items.first("code", code.casefold())
    if other is not None and other["ItemID"] != item["ItemID"]:
        raise ElementRejected(f"Price List Item with Code '{code}' already exists")


def _details(
    org: OrganisationBooks, payload: Payload, side: str, options: WriteOptions
) -> Record:
    """Read what is sent of the sales or purchase side, and check its codes."""
    sent = fields.part(payload, side)
    details: Record = {
        name: value for name in _DETAIL_TEXTS if (value := fields.text(sent, name))
    }
    price = fields.number(sent, "UnitPrice")
    if price is not None:
        details["UnitPrice"] = totals.to_places(price, options.unit_places)
    for name in ("AccountCode", "COGSAccountCode"):
        code = details.get(name)
        if code and org.accounts.first("code", code.casefold()) is None:
            raise ElementRejected(
                f"Account code '{code}' is not a valid code for this document"
            )
    if "TaxType" in details and org.tax_rates.get(details["TaxType"]) is None:
        raise ElementRejected(f"The TaxType code {details['TaxType']} does not exist")
    return details


def match_item(org: OrganisationBooks, payload: Payload) -> Record | None:
    """Return the item that an element without an id means, by its code."""
    code = fields.text(payload, "Code")
    return org.items.first("code", code.casefold()) if code else None


def find_item(org: OrganisationBooks, key: str) -> Record | None:
    """Return an item by id or code."""
    return org.items.get(key) or org.items.first("code", key.casefold())
