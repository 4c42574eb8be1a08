"""Line items: what may stand on one, and what Xero fills in.

Source: Xero Invoices page, "Types", and the guide "Rounding in Xero", read 2026-09; messages as
integrators have recorded them.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from providers.simulators.minor_units import to_unit
from providers.simulators.xero.books import totals
from providers.simulators.xero.books.organisation import OrganisationBooks
from providers.simulators.xero.books.table import Record
from providers.simulators.xero.rules.amounts import sent_amount
from providers.simulators.xero.wire import fields
from providers.simulators.xero.wire.errors import ElementRejected
from providers.simulators.xero.wire.fields import Payload

_AMOUNT_FIELDS = ("Quantity", "UnitAmount", "LineAmount", "DiscountRate", "DiscountAmount")
_CONTROL_ACCOUNTS = frozenset({"DEBTORS", "CREDITORS", "RETAINEDEARNINGS"})
_APPLIES = {
    "ASSET": "CanApplyToAssets",
    "EQUITY": "CanApplyToEquity",
    "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities",
    "REVENUE": "CanApplyToRevenue",
}
LARGEST_AMOUNT = Decimal("9999999999.99")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRules:
    """What the document that a line stands on asks of it.

    Attributes:
        side: Whether the document sells or buys, which chooses default account and tax.
        line_amount_types: Whether amounts contain tax: ``Exclusive``, ``Inclusive`` or
            ``NoTax``.
        complete: Whether every priced line needs an account; drafts may lack it.
        discounts: Whether lines may be discounted.
        tax_override: Whether a sent TaxAmount is taken; otherwise it must be the computed
            one.
        unit_places: Decimals of unit prices: 2, or 4 with ``unitdp=4``.
        unit: Smallest amount of the document's currency.
    """

    side: Literal["sales", "purchases"]
    line_amount_types: str
    complete: bool
    discounts: bool
    tax_override: bool
    unit_places: int
    unit: Decimal


def build_lines(
    org: OrganisationBooks,
    sent: Sequence[Payload],
    kept: Sequence[Record],
    rules: LineRules,
) -> list[Record]:
    """Return the document's new lines: the sent ones, each over the kept one with its id.

    A sent line without a known id is new; a kept line that isn't sent is gone.
    """
    by_id = {line["LineItemID"]: line for line in kept}
    return [
        build_line(org, line, by_id.get(str(line.get("LineItemID", "")).lower()), rules)
        for line in sent
    ]


def build_line(
    org: OrganisationBooks, sent: Payload, kept: Record | None, rules: LineRules
) -> Record:
    """Return one line; fields that weren't sent come from ``kept`` or from the item."""
    item = _item(org, sent, kept)
    source = _defaults(item, rules.side) | (kept or {}) | _present(sent)
    line: Record = {
        "LineItemID": kept["LineItemID"] if kept else str(uuid.uuid4()),
        "Description": fields.text(source, "Description", at_most=4000) or "",
        "ItemCode": item["Code"] if item else None,
        "Item": _item_stub(item),
        "Tracking": _tracking(org, fields.parts(source, "Tracking") or ()),
    }
    line |= _priced(org, sent, source, rules)
    line |= _coded(org, source, rules, priced=bool(line["LineAmount"]))
    line["TaxAmount"] = _tax_amount(org, line, sent, kept, rules=rules)
    return line


def _present(sent: Payload) -> dict[str, Any]:
    return {name: value for name, value in sent.items() if value is not None}


def _item(org: OrganisationBooks, sent: Payload, kept: Record | None) -> Record | None:
    code = fields.text(sent, "ItemCode", at_most=30)
    if code is None:
        code = kept["ItemCode"] if kept else None
    if not code:
        return None
    item = org.items.first("code", code.casefold())
    if item is None:
        raise ElementRejected(f"Item code '{code}' is not valid")
    return item


def _item_stub(item: Record | None) -> Record | None:
    return {name: item[name] for name in ("ItemID", "Code", "Name")} if item else None


def _defaults(item: Record | None, side: str) -> dict[str, Any]:
    """Return what an item gives a line that leaves it out."""
    if item is None:
        return {}
    sold = side == "sales"
    details = item["SalesDetails" if sold else "PurchaseDetails"]
    values = {
        "Description": item["Description" if sold else "PurchaseDescription"],
        "UnitAmount": details.get("UnitPrice"),
        "AccountCode": details.get("AccountCode") or details.get("COGSAccountCode"),
        "TaxType": details.get("TaxType"),
    }
    return {name: value for name, value in values.items() if value}


def _priced(
    org: OrganisationBooks, sent: Payload, source: Payload, rules: LineRules
) -> dict[str, Any]:
    """Work out quantity, price, discount and line amount from those that are known."""
    if (
        not any(sent.get(name) is not None for name in _AMOUNT_FIELDS)
        and "LineAmount" in source
    ):
        return {name: source.get(name) for name in _AMOUNT_FIELDS}
    rate, discount = (
        fields.number(source, "DiscountRate"),
        fields.number(source, "DiscountAmount"),
    )
    if (rate or discount) and not rules.discounts:
        raise ElementRejected("Discounts can only be entered on sales invoices and quotes")
    quantity, unit = fields.number(source, "Quantity"), fields.number(source, "UnitAmount")
    unit = None if unit is None else totals.to_places(unit, rules.unit_places)
    stated = sent_amount(org, sent, "LineAmount", unit=rules.unit)
    # A sent line amount leads when the others can't: what is missing follows from it.
    if stated is not None and (quantity is None or unit is None):
        quantity, unit = _derived(quantity, unit, stated, rules.unit_places)
        amount = to_unit(stated, rules.unit)
    else:
        quantity = Decimal(1) if quantity is None else quantity
        unit = totals.ZERO if unit is None else unit
        amount = totals.line_amount(
            quantity,
            unit,
            discount_rate=rate or totals.ZERO,
            discount_amount=discount or totals.ZERO,
            mode=org.switches.line_rounding,
            unit=rules.unit,
        )
        _check_line_total(stated, amount)
    return dict(zip(_AMOUNT_FIELDS, (quantity, unit, amount, rate, discount), strict=True))


def _derived(
    quantity: Decimal | None, unit: Decimal | None, amount: Decimal, places: int
) -> tuple[Decimal, Decimal]:
    """Return quantity and price, of which one at most was sent, from the line amount."""
    if unit:
        return totals.to_places(amount / unit, 4), unit
    quantity = quantity or Decimal(1)
    return quantity, totals.to_places(amount / quantity, places)


def _check_line_total(stated: Decimal | None, expected: Decimal) -> None:
    if stated is not None and stated != expected:
        raise ElementRejected(
            f"The line total {stated} does not match the expected line total {expected}"
        )
    if abs(expected) > LARGEST_AMOUNT:
        raise ElementRejected(f"The line total {expected} is larger than {LARGEST_AMOUNT}")


def _coded(
    org: OrganisationBooks, source: Payload, rules: LineRules, *, priced: bool
) -> dict[str, Any]:
    """Resolve the account and the tax code of a line."""
    account = _account(org, source)
    if account is None and rules.complete and priced:
        raise ElementRejected("Account code must be specified")
    tax_type = fields.text(source, "TaxType") or (account["TaxType"] if account else None)
    if rules.line_amount_types == "NoTax":
        tax_type = "NONE"
    if tax_type:
        _check_tax_type(org, tax_type, account)
    return {
        "AccountCode": account["Code"] if account else None,
        "AccountID": account["AccountID"] if account else None,
        "TaxType": tax_type,
    }


def _account(org: OrganisationBooks, source: Payload) -> Record | None:
    code = fields.text(source, "AccountCode", at_most=10)
    if code:
        account = org.accounts.first("code", code.casefold())
    elif account_id := fields.text(source, "AccountID"):
        account, code = org.accounts.get(account_id), account_id
    else:
        return None
    # Control accounts are written by the system only; a line on one would break its sum.
    if account is None or account["Status"] != "ACTIVE" or _is_control(account):
        raise ElementRejected(f"Account code '{code}' is not a valid code for this document")
    return account


def _is_control(account: Record) -> bool:
    return account["Type"] == "BANK" or account["SystemAccount"] in _CONTROL_ACCOUNTS


def _check_tax_type(org: OrganisationBooks, tax_type: str, account: Record | None) -> None:
    rate = org.tax_rates.get(tax_type)
    if rate is None or rate["TaxType"] != tax_type or rate["Status"] != "ACTIVE":
        raise ElementRejected(
            f"The TaxType code {tax_type} does not exist or cannot be used for this type of "
            "transaction"
        )
    if account is not None and not rate[_APPLIES[account["Class"]]]:
        raise ElementRejected(
            f"The TaxType code '{tax_type}' cannot be used with account code "
            f"'{account['Code']}'"
        )


def _tax_amount(
    org: OrganisationBooks,
    line: Record,
    sent: Payload,
    kept: Record | None,
    *,
    rules: LineRules,
) -> Decimal:
    """Return the line's tax: computed, or the override where one counts."""
    rate = org.tax_rates.get(line["TaxType"])
    percent = rate["EffectiveRate"] if rate else Decimal(0)
    computed = totals.tax_on(line["LineAmount"], percent, rules.line_amount_types, rules.unit)
    stated = sent_amount(org, sent, "TaxAmount", unit=rules.unit)
    # An override survives an edit that leaves amount and tax code alone.
    if stated is None and kept is not None and _same_basis(line, kept):
        stated = kept["TaxAmount"]
    if stated is None or rules.line_amount_types == "NoTax":
        return computed
    stated = to_unit(stated, rules.unit)
    if stated != computed and not rules.tax_override:
        raise ElementRejected(f"The tax amount {stated} does not match the expected {computed}")
    return stated


def _same_basis(line: Record, kept: Record) -> bool:
    return all(line[name] == kept[name] for name in ("LineAmount", "TaxType"))


def _tracking(org: OrganisationBooks, sent: Sequence[Payload]) -> list[Record]:
    """Resolve a line's tracking, at most one option of each of two categories."""
    if len(sent) > 2:
        raise ElementRejected("A line can have no more than 2 tracking categories")
    return [_tracking_option(org, choice) for choice in sent]


def _tracking_option(org: OrganisationBooks, choice: Payload) -> Record:
    category = org.tracking.get(fields.text(choice, "TrackingCategoryID"))
    if category is None:
        category = org.tracking.first("name", (fields.text(choice, "Name") or "").casefold())
    option = _find_option(category, choice) if category else None
    if category is None or option is None:
        raise ElementRejected("The tracking category or option could not be found")
    return {
        "TrackingCategoryID": category["TrackingCategoryID"],
        "TrackingOptionID": option["TrackingOptionID"],
        "Name": category["Name"],
        "Option": option["Name"],
    }


def _find_option(category: Mapping[str, Any], choice: Payload) -> Mapping[str, Any] | None:
    wanted_id, wanted = choice.get("TrackingOptionID"), choice.get("Option")
    for option in category["Options"]:
        if option["TrackingOptionID"] == wanted_id or option["Name"] == wanted:
            found: Mapping[str, Any] = option
            return found
    return None
