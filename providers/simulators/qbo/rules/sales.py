"""Invoices, sales receipts and credit memos.

Source: Intuit Accounting API, Invoice, SalesReceipt, CreditMemo.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from providers.simulators.minor_units import to_unit
from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.books.table import Record
from providers.simulators.qbo.rules.document_tax import show_taxation, tax_sales
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
from providers.simulators.qbo.rules.numbering import number_sales_form, reserve_number
from providers.simulators.qbo.rules.properties import (
    SHIPPING,
    account_reference,
    reference_name,
)
from providers.simulators.qbo.wire import errors

ITEM_LINE = "SalesItemLineDetail"
DISCOUNT_LINE = "DiscountLineDetail"
SUBTOTAL_LINE = "SubTotalLineDetail"
DEFAULT_ITEM = "1"
TOTALLING = frozenset(
    {"Line", "TxnTaxDetail", "GlobalTaxCalculation", "ApplyTaxAfterDiscount", "CustomerRef"}
)


def complete_invoice(draft: Draft) -> None:
    """Complete an invoice: defaults, number, lines, tax, totals."""
    customer = _complete_form(draft)
    if customer is not None:
        complete_due_date(draft, customer, term_property="SalesTermRef")
    if draft.body.get("EmailStatus") == "NeedToSend" and "BillEmail" not in draft.body:
        raise errors.email_needed()
    _settle(draft, less=draft.body.get("Deposit", ZERO))
    # Last, as nothing can be refused from here on: a refused form must use up no number.
    reserve_number(draft)


def complete_sales_receipt(draft: Draft) -> None:
    """Complete a sales receipt, which is paid at once."""
    _complete_form(draft)
    company = draft.company
    if draft.reference("DepositToAccountRef") is None:
        draft.body["DepositToAccountRef"] = account_reference(company, "UndepositedFunds")
    draft.body["Balance"] = ZERO
    reserve_number(draft)


def complete_credit_memo(draft: Draft) -> None:
    """Complete a credit memo: an invoice the other way round."""
    _complete_form(draft)
    _settle(draft, less=ZERO)
    draft.body["RemainingCredit"] = draft.body["Balance"]
    reserve_number(draft)


def _settle(draft: Draft, *, less: Decimal) -> None:
    """Compute what is open, and refuse to go below what is already applied."""
    applied = draft.old.applied.values() if draft.old else ()
    used = sum((part.amount for part in applied), ZERO)
    draft.body["Balance"] = draft.body["TotalAmt"] - less - used
    # Undocumented; the simulator refuses, so that a client can't come to rely on a credit.
    if used and draft.body["Balance"] < 0:
        raise errors.business("The total is less than the payments already applied.")
    complete_home_amounts(draft, "TotalAmt", "Balance")


def _complete_form(draft: Draft) -> Record | None:
    company = draft.company
    customer_id = draft.reference("CustomerRef")
    customer = company.record("Customer", customer_id) if customer_id else None
    complete_date(draft)
    complete_currency(draft, customer)
    if customer is not None and draft.creating:
        for name, source in (("BillEmail", "PrimaryEmailAddr"), ("BillAddr", "BillAddr")):
            if name not in draft.sent:
                draft.default(name, customer.body.get(source))
        draft.default("ShipAddr", customer.body.get("ShipAddr"))
    if "LinkedTxn" in draft.body:
        draft.body["LinkedTxn"] = writable_links(draft.body["LinkedTxn"])
    number_sales_form(draft)
    # A class where none is tracked is dropped silently (seen: Rutter, on ClassRef).
    if draft.company.spec.class_tracking != "transaction":
        draft.body.pop("ClassRef", None)
    if draft.creating or TOTALLING & draft.sent.keys():
        _complete_lines(draft, taxable=_is_taxable(customer))
    return customer


def _is_taxable(customer: Record | None) -> bool:
    return customer is None or bool(customer.body.get("Taxable", True))


def _complete_lines(draft: Draft, *, taxable: bool) -> None:
    # The subtotal line is the server's own: what clients send back of it is computed anew.
    lines = [line for line in draft.body["Line"] if line.get("DetailType") != SUBTOTAL_LINE]
    check_lines(lines)
    if draft.company.spec.class_tracking != "line":
        drop_line_classes(lines)
    items = [line for line in lines if line["DetailType"] == ITEM_LINE]
    discounts = [line for line in lines if line["DetailType"] == DISCOUNT_LINE]
    if len(discounts) > 1:
        raise errors.business("A transaction takes at most one discount line.", "Line")
    for line in items:
        _complete_item_line(draft, line)
    discount = _complete_discount(draft, items, discounts)
    gross = sum((_sent_amount(draft, line) for line in items), ZERO)
    taxation = tax_sales(draft, items, discount, taxable=taxable)
    show_taxation(draft, taxation)
    plain = [line for line in lines if line["DetailType"] != DISCOUNT_LINE]
    identify_lines(plain, draft.old)
    subtotal = {"Amount": sum(taxation.nets, ZERO), "DetailType": SUBTOTAL_LINE}
    draft.body["Line"] = [*plain, subtotal | {SUBTOTAL_LINE: {}}, *discounts]
    inclusive = draft.body.get("GlobalTaxCalculation") == "TaxInclusive"
    draft.body["TotalAmt"] = gross - discount + (ZERO if inclusive else taxation.total)


def _sent_amount(draft: Draft, line: dict[str, Any]) -> Decimal:
    """Return what a line amounts to as it was sent: with tax, where tax is inclusive."""
    amount: Decimal = line["Amount"]
    if draft.body.get("GlobalTaxCalculation") == "TaxInclusive" and not draft.company.is_us:
        return line[ITEM_LINE].get("TaxInclusiveAmt") or amount
    return amount


def _complete_item_line(draft: Draft, line: dict[str, Any]) -> None:
    detail = line.setdefault(ITEM_LINE, {})
    if not detail.get("TaxInclusiveAmt"):
        detail.pop("TaxInclusiveAmt", None)
        check_product(line, detail, unit=draft.unit)
    if detail.get("ItemRef", {}).get("value") == SHIPPING:
        raise errors.feature_off("Shipping is turned off for this company.")
    # A line without an item posts through the company's default item (seen).
    item_id = detail.setdefault("ItemRef", {"value": DEFAULT_ITEM})["value"]
    item = draft.company.record("Item", item_id)
    detail["ItemRef"]["name"] = reference_name(draft.company, item)
    if "IncomeAccountRef" in item.body:
        detail["ItemAccountRef"] = item.body["IncomeAccountRef"]
    if draft.company.is_us:
        pseudo = "TAX" if item.body.get("Taxable") else "NON"
        detail.setdefault("TaxCodeRef", {"value": pseudo})


def _complete_discount(
    draft: Draft, items: Iterable[dict[str, Any]], discounts: Iterable[dict[str, Any]]
) -> Decimal:
    """Compute the discount line, and return what it takes off."""
    for line in discounts:
        detail = line.setdefault(DISCOUNT_LINE, {})
        if detail.get("PercentBased"):
            base = sum((_sent_amount(draft, item) for item in items), ZERO)
            line["Amount"] = to_unit(
                base * detail.get("DiscountPercent", ZERO) / 100, draft.unit
            )
        if "DiscountAccountRef" not in detail:
            account = account_reference(draft.company, "DiscountsRefundsGiven")
            detail["DiscountAccountRef"] = account
        line.pop("Id", None)
        line.pop("LineNum", None)
        amount: Decimal = line["Amount"]
        return amount
    return ZERO


def invoice_effects(company: CompanyBooks, record: Record) -> Effects:
    """Return what an invoice does: it is owed by its customer."""
    return _effects(company, record, company.account_id("AccountsReceivable"), sign=1)


def sales_receipt_effects(company: CompanyBooks, record: Record) -> Effects:
    """Return what a sales receipt does: money comes in at once."""
    account = record.body["DepositToAccountRef"]["value"]
    effects = _effects(company, record, account, sign=1)
    return Effects(effects.postings, (), effects.quantities)


def credit_memo_effects(company: CompanyBooks, record: Record) -> Effects:
    """Return what a credit memo does: it is owed to its customer."""
    return _effects(company, record, company.account_id("AccountsReceivable"), sign=-1)


def _effects(company: CompanyBooks, record: Record, account: str, *, sign: int) -> Effects:
    body = record.body
    total: Decimal = body["TotalAmt"]
    postings = [Posting(account, company.at_home(total * sign, body))]
    # What lines and tax leave of the total is the discount, so that the sides always agree.
    left = total
    for account_id, amount in _income(company, body):
        postings.append(Posting(account_id, company.at_home(-amount * sign, body)))
        left -= amount
    if left:
        discount = company.account_id("DiscountsRefundsGiven")
        postings.append(Posting(discount, company.at_home(-left * sign, body)))
    customer = body.get("CustomerRef")
    return Effects(
        postings=tuple(postings),
        owed=((customer["value"], total * sign),) if customer else (),
        quantities=tuple(_quantities(company, body, -sign)),
    )


def _income(company: CompanyBooks, body: dict[str, Any]) -> Iterable[tuple[str, Decimal]]:
    """Return what goes to income and tax accounts; the discount is what remains."""
    for line in body["Line"]:
        if line["DetailType"] == ITEM_LINE and line["Amount"]:
            held = line[ITEM_LINE].get("ItemAccountRef")
            yield (
                held["value"] if held else company.account_id("ServiceFeeIncome"),
                line["Amount"],
            )
    tax = body.get("TxnTaxDetail", {}).get("TotalTax", ZERO)
    if tax:
        yield company.account_id("GlobalTaxPayable"), tax


def _quantities(
    company: CompanyBooks, body: dict[str, Any], sign: int
) -> Iterable[tuple[str, Decimal]]:
    for line in body["Line"]:
        detail = line.get(ITEM_LINE, {})
        if not detail.get("Qty"):
            continue
        item = company.table("Item").get(detail["ItemRef"]["value"])
        if item is not None and item.body.get("TrackQtyOnHand"):
            yield item.id, detail["Qty"] * sign
