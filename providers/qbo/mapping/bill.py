"""A bill as QuickBooks takes it.

Source: Intuit Accounting API, Bill entity, minor version 75, read 2026-11.
"""

from collections.abc import Sequence

from providers.base import Side
from providers.parts import ALWAYS, Body, Part, part
from providers.qbo.mapping.books import QboBooks
from providers.qbo.mapping.classes import on_bill_line
from providers.qbo.mapping.lines import Charge
from providers.qbo.mapping.rounding import Rounded, rounded
from providers.qbo.mapping.tax import detail_by_rate, is_untaxed, line_code
from providers.qbo.mapping.text import ref
from providers.qbo.markers import note
from schemas.documents.bill import Bill
from schemas.documents.document import DocumentType
from schemas.documents.trade import AMOUNT_FIELDS


def bill_parts(bill: Bill, books: QboBooks) -> Sequence[Part]:
    """Return what a bill becomes in QuickBooks; the vendor goes with every write."""
    return (
        part(lambda: {"VendorRef": books.linked(DocumentType.VENDOR, bill.vendor_id)}, ALWAYS),
        part(lambda: {"PrivateNote": note(bill.id, bill.reference)}, "reference"),
        part(lambda: {"DocNumber": bill.number}, "number"),
        part(lambda: {"TxnDate": bill.issued_on.isoformat()}, "issued_on"),
        part(lambda: {"DueDate": bill.due_on.isoformat()}, "due_on"),
        part(lambda: books.currency(bill.currency), "currency"),
        part(lambda: _amounts(bill, books), *AMOUNT_FIELDS),
    )


def _amounts(bill: Bill, books: QboBooks) -> Body:
    """Return the lines with every discount taken off, since a bill has no discount line.

    QuickBooks keeps no tax on a bill of a US company: there it is part of what the thing
    cost, so it is in the line's amount.
    """
    if books.company.is_us:
        return {"Line": _lines(bill, rounded(bill, [], books), books)}
    if is_untaxed(bill, books):
        lines = _lines(bill, rounded(bill, [], books), books)
        return {"Line": lines, "GlobalTaxCalculation": "NotApplicable"}
    codes = [line_code(line, Side.PURCHASES, books) for line in bill.lines]
    apart = rounded(bill, codes, books)
    return {
        "Line": _lines(bill, apart, books),
        "GlobalTaxCalculation": "TaxExcluded",
        "TxnTaxDetail": detail_by_rate(
            apart.all_codes, apart.all_figures, bill.currency, Side.PURCHASES, books.company
        ),
    }


def _lines(bill: Bill, rounding: Rounded, books: QboBooks) -> list[Body]:
    lines, codes = [], rounding.codes
    for i, (line, figures) in enumerate(zip(bill.lines, rounding.figures, strict=True)):
        amount = figures.gross if books.company.is_us else figures.net
        charge = Charge(line, figures, bill.tax_mode, bill.currency, amount)
        code = {"TaxCodeRef": ref(codes[i].id)} if codes else {}
        lines.append(_line(charge, {**code, **on_bill_line(line, books)}, books))
    return [*lines, *rounding.line]


def _line(charge: Charge, codes: Body, books: QboBooks) -> Body:
    if charge.line.item_id:
        return _item_line(charge, charge.line.item_id, codes, books)
    return _account_line(charge, codes, books)


def _item_line(charge: Charge, item_id: str, codes: Body, books: QboBooks) -> Body:
    return {
        **charge.description(told=not charge.keeps_price),
        "Amount": charge.amount,
        "DetailType": "ItemBasedExpenseLineDetail",
        "ItemBasedExpenseLineDetail": {
            "ItemRef": books.linked(DocumentType.ITEM, item_id),
            **charge.quantity_and_price(),
            **codes,
        },
    }


def _account_line(charge: Charge, codes: Body, books: QboBooks) -> Body:
    """Return a line that has no quantity: it is told in words where it is not simply one."""
    told = charge.line.quantity != 1 or not charge.keeps_price
    return {
        **charge.description(told=told),
        "Amount": charge.amount,
        "DetailType": "AccountBasedExpenseLineDetail",
        "AccountBasedExpenseLineDetail": {
            "AccountRef": books.account(charge.line.account_id, use="purchases"),
            **codes,
        },
    }
