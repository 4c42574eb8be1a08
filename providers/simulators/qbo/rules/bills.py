"""Bills.

Source: Intuit Accounting API, Bill.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.books.table import Record
from providers.simulators.qbo.rules.document_tax import show_taxation, tax_by_code
from providers.simulators.qbo.rules.documents import (
    ZERO,
    check_lines,
    check_product,
    complete_currency,
    complete_date,
    complete_due_date,
    complete_home_amounts,
    drop_line_classes,
    identify_lines,
    writable_links,
)
from providers.simulators.qbo.rules.drafts import Draft
from providers.simulators.qbo.rules.effects import Effects, Posting
from providers.simulators.qbo.rules.numbering import check_number
from providers.simulators.qbo.rules.properties import account_reference
from providers.simulators.qbo.rules.tax_calculation import Taxation
from providers.simulators.qbo.wire import errors

ACCOUNT_LINE = "AccountBasedExpenseLineDetail"
ITEM_LINE = "ItemBasedExpenseLineDetail"
TOTALLING = frozenset({"Line", "TxnTaxDetail", "GlobalTaxCalculation"})


def complete_bill(draft: Draft) -> None:
    """Complete a bill: defaults, number (unique per vendor), lines, tax, totals."""
    vendor = draft.company.record("Vendor", draft.reference("VendorRef") or "")
    complete_date(draft)
    complete_currency(draft, vendor)
    complete_due_date(draft, vendor, term_property="TermRef")
    draft.default("APAccountRef", account_reference(draft.company, "AccountsPayable"))
    if "LinkedTxn" in draft.body:
        draft.body["LinkedTxn"] = writable_links(draft.body["LinkedTxn"])
    # Two vendors may use the same number for their bills.
    check_number(draft, lambda other: other.body["VendorRef"]["value"] == vendor.id)
    if draft.creating or TOTALLING & draft.sent.keys():
        _complete_lines(draft)
    _settle(draft)


def _settle(draft: Draft) -> None:
    applied = draft.old.applied.values() if draft.old else ()
    used = sum((part.amount for part in applied), ZERO)
    draft.body["Balance"] = draft.body["TotalAmt"] - used
    if used and draft.body["Balance"] < 0:
        raise errors.business("The total is less than the payments already applied.")
    complete_home_amounts(draft, "Balance")


def _complete_lines(draft: Draft) -> None:
    lines = draft.body["Line"]
    check_lines(lines)
    if draft.company.spec.class_tracking == "off":
        drop_line_classes(lines)
    costs = [line for line in lines if line["DetailType"] in (ACCOUNT_LINE, ITEM_LINE)]
    for line in costs:
        _complete_line(draft, line)
    identify_lines(lines, draft.old)
    gross = sum((_sent_amount(draft, line) for line in costs), ZERO)
    if draft.company.is_us:
        # QuickBooks keeps no tax on bills of US companies (documented: Bill).
        draft.body.pop("GlobalTaxCalculation", None)
        draft.body.pop("TxnTaxDetail", None)
        taxation = Taxation((), tuple(line["Amount"] for line in costs))
    else:
        taxation = tax_by_code(draft, costs, ACCOUNT_LINE, ITEM_LINE, side="Purchase")
        show_taxation(draft, taxation)
    inclusive = draft.body.get("GlobalTaxCalculation") == "TaxInclusive"
    draft.body["TotalAmt"] = gross + (ZERO if inclusive else taxation.total)


def _sent_amount(draft: Draft, line: dict[str, Any]) -> Decimal:
    amount: Decimal = line["Amount"]
    if draft.body.get("GlobalTaxCalculation") == "TaxInclusive" and not draft.company.is_us:
        return line[line["DetailType"]].get("TaxInclusiveAmt") or amount
    return amount


def _complete_line(draft: Draft, line: dict[str, Any]) -> None:
    detail = line.get(line["DetailType"])
    if detail is None:
        raise errors.missing(line["DetailType"])
    if line["DetailType"] == ACCOUNT_LINE and "AccountRef" not in detail:
        raise errors.missing("AccountRef")
    if not detail.get("TaxInclusiveAmt"):
        detail.pop("TaxInclusiveAmt", None)
        check_product(line, detail, unit=draft.unit)
    # An item line without an item costs nothing, whatever its amount.
    if line["DetailType"] == ITEM_LINE and "ItemRef" not in detail:
        line["Amount"] = ZERO
    if detail.setdefault("BillableStatus", "NotBillable") == "Billable":
        _require_customer(detail)
    if draft.company.is_us:
        detail.setdefault("TaxCodeRef", {"value": "NON"})


def _require_customer(detail: dict[str, Any]) -> None:
    if "CustomerRef" not in detail:
        raise errors.business("A billable line needs a customer.", "CustomerRef")


def bill_effects(company: CompanyBooks, record: Record) -> Effects:
    """Return what a bill does: it is owed to its vendor."""
    body = record.body
    total: Decimal = body["TotalAmt"]
    postings = [Posting(body["APAccountRef"]["value"], company.at_home(-total, body))]
    postings += [
        Posting(acct, company.at_home(part, body)) for acct, part in _costs(company, body)
    ]
    return Effects(
        postings=tuple(postings),
        owed=((body["VendorRef"]["value"], total),),
        quantities=tuple(_quantities(company, body)),
    )


def _costs(company: CompanyBooks, body: dict[str, Any]) -> Iterable[tuple[str, Decimal]]:
    for line in body["Line"]:
        if line["DetailType"] == ACCOUNT_LINE:
            yield line[ACCOUNT_LINE]["AccountRef"]["value"], line["Amount"]
        elif line["DetailType"] == ITEM_LINE and line["Amount"]:
            yield _item_account(company, line[ITEM_LINE]["ItemRef"]["value"]), line["Amount"]
    tax = body.get("TxnTaxDetail", {}).get("TotalTax", ZERO)
    if tax:
        yield company.account_id("GlobalTaxPayable"), tax


def _item_account(company: CompanyBooks, item_id: str) -> str:
    item = company.record("Item", item_id).body
    held = item.get("AssetAccountRef") or item.get("ExpenseAccountRef")
    return str(held["value"]) if held else company.account_id("SuppliesMaterialsCogs")


def _quantities(company: CompanyBooks, body: dict[str, Any]) -> Iterable[tuple[str, Decimal]]:
    for line in body["Line"]:
        detail = line.get(ITEM_LINE, {})
        if detail.get("Qty") and "ItemRef" in detail:
            item = company.record("Item", detail["ItemRef"]["value"])
            if item.body.get("TrackQtyOnHand"):
                yield item.id, detail["Qty"]
