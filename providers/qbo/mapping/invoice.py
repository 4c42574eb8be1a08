"""An invoice as QuickBooks takes it.

Source: Intuit Accounting API, Invoice entity, minor version 75, read 2026-11.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from providers.base import Side
from providers.parts import Body, Part, part
from providers.qbo.company import TaxCode
from providers.qbo.mapping.books import QboBooks
from providers.qbo.mapping.classes import on_invoice, on_sales_line
from providers.qbo.mapping.lines import Charge
from providers.qbo.mapping.rounding import Rounded, rounded
from providers.qbo.mapping.tax import (
    detail_by_rate,
    is_untaxed,
    line_code,
    us_detail,
    us_line_code,
)
from providers.qbo.mapping.text import ref
from providers.qbo.markers import note
from providers.qbo.preflight_errors import item_needed
from schemas.documents.document import DocumentType
from schemas.documents.invoice import Invoice
from schemas.documents.lines import Line, TaxMode
from schemas.documents.totals import LineTotals
from schemas.documents.trade import AMOUNT_FIELDS
from schemas.money import ZERO

AUTO_NUMBER: Final = "AUTO_GENERATE"
"""What makes QuickBooks number a form of a company that numbers by hand; seen in use only."""


def invoice_parts(invoice: Invoice, books: QboBooks) -> Sequence[Part]:
    """Return what an invoice becomes in QuickBooks."""
    return (
        *_number(invoice, books),
        part(lambda: {"TxnDate": invoice.issued_on.isoformat()}, "issued_on"),
        part(lambda: {"DueDate": invoice.due_on.isoformat()}, "due_on"),
        part(lambda: _customer(invoice, books), "customer_id"),
        part(lambda: books.currency(invoice.currency), "currency"),
        part(lambda: {"CustomerMemo": {"value": invoice.reference}}, "reference"),
        part(lambda: on_invoice(invoice, books), "lines"),
        part(lambda: _amounts(invoice, books), *AMOUNT_FIELDS),
    )


def _number(invoice: Invoice, books: QboBooks) -> Sequence[Part]:
    """Return the number and our marker; the platform's number is noted where it is no other.

    A company that numbers its forms by hand gives one by itself only when it is told to.
    """
    if not books.ledger_numbers:
        return (
            part(lambda: {"PrivateNote": note(invoice.id)}),
            part(lambda: {"DocNumber": invoice.number}, "number"),
        )
    given = {"DocNumber": AUTO_NUMBER} if books.company.custom_numbers else {}
    return (
        part(lambda: given),
        part(lambda: {"PrivateNote": note(invoice.id, invoice.number)}, "number"),
    )


def _customer(invoice: Invoice, books: QboBooks) -> Body:
    return {"CustomerRef": books.linked(DocumentType.CUSTOMER, invoice.customer_id)}


def _amounts(invoice: Invoice, books: QboBooks) -> Body:
    if books.company.is_us:
        return _us_amounts(invoice, books)
    if is_untaxed(invoice, books):
        lines = _lines(invoice, books, rounded(invoice, [], books))
        return {"Line": lines, "GlobalTaxCalculation": "NotApplicable"}
    codes = [line_code(line, Side.SALES, books) for line in invoice.lines]
    apart = rounded(invoice, codes, books)
    return {
        "Line": _lines(invoice, books, apart),
        "GlobalTaxCalculation": "TaxExcluded",
        "TxnTaxDetail": detail_by_rate(
            apart.all_codes, apart.all_figures, invoice.currency, Side.SALES, books.company
        ),
    }


def _us_amounts(invoice: Invoice, books: QboBooks) -> Body:
    return {
        "Line": _lines(invoice, books, rounded(invoice, [], books)),
        "ApplyTaxAfterDiscount": True,
        "TxnTaxDetail": us_detail(invoice, invoice.totals().tax, books),
    }


def _lines(invoice: Invoice, books: QboBooks, rounding: Rounded) -> list[Body]:
    """Return the lines, and one for the document's discount where it can stand alone.

    Lines of several classes carry their shares, so that each class has its own.
    """
    totals, codes = invoice.totals(), rounding.codes
    classes = [on_sales_line(line, books) for line in invoice.lines]
    same_class = all(one == classes[0] for one in classes)
    apart = same_class and _discount_apart(invoice, totals.discount > 0, books)
    lines = []
    for i, (line, figures) in enumerate(zip(invoice.lines, rounding.figures, strict=True)):
        amount = _amount(figures, apart=apart)
        charge = Charge(line, figures, invoice.tax_mode, invoice.currency, amount)
        code = _code_of_line(line, invoice.tax_mode, codes[i] if codes else None, books)
        lines.append(_line(charge, {**code, **classes[i]}, books))
    discount = [_discount_line(totals.discount, classes[0])] if apart else []
    return [*lines, *rounding.line, *discount]


def _discount_apart(invoice: Invoice, discounted: bool, books: QboBooks) -> bool:
    """Return whether the document's discount gets its own line; else the lines carry it.

    A discount line is what a person expects to see, but how QuickBooks spreads it over taxed
    lines is not documented. So it is used where that has no effect: where the tax is given
    as one amount (US), or where there is none. Prices with tax in them have no discount
    without tax that is exact, so there it is shared out too.
    """
    tax_stands_alone = books.company.is_us or is_untaxed(invoice, books)
    return (
        discounted
        and books.company.allows_discounts
        and tax_stands_alone
        and invoice.tax_mode is not TaxMode.INCLUSIVE
    )


def _amount(figures: LineTotals, *, apart: bool) -> Decimal:
    return figures.net + (figures.shared_discount if apart else ZERO)


def _code_of_line(line: Line, mode: TaxMode, code: TaxCode | None, books: QboBooks) -> Body:
    if books.company.is_us:
        return {"TaxCodeRef": us_line_code(line, mode)}
    return {"TaxCodeRef": ref(code.id)} if code else {}


def _line(charge: Charge, codes: Body, books: QboBooks) -> Body:
    return {
        **charge.description(told=not charge.keeps_price),
        "Amount": charge.amount,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {
            **_item(charge.line, books),
            **charge.quantity_and_price(),
            **codes,
        },
    }


def _item(line: Line, books: QboBooks) -> Body:
    """Return the item; QuickBooks puts its default one where a line names nothing.

    Raises:
        Rejected: the line names an account, which a sales line can't have.
    """
    if line.item_id:
        return {"ItemRef": books.linked(DocumentType.ITEM, line.item_id)}
    if line.account_id:
        raise item_needed(line.id)
    return {}


def _discount_line(amount: Decimal, its_class: Body) -> Body:
    return {
        "Amount": amount,
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": False, **its_class},
    }
