"""The class of lines, where the company tracks classes.

On sales forms QuickBooks heeds either the lines' class or the whole form's, as the company
has chosen, and passes the other over without a word. A bill has a class for each line only,
whatever the company has chosen.

Source: Intuit Accounting API, ClassRef and Preferences' AccountingInfoPrefs, minor version 75;
what is passed over: Rutter, "How does class tracking affect class_id", both read 2026-11.
"""

from providers.parts import Body
from providers.qbo.company import ClassTracking
from providers.qbo.mapping.books import QboBooks
from providers.qbo.mapping.text import ref
from providers.qbo.preflight_errors import class_unmapped, classes_differ, classes_off
from schemas.documents.invoice import Invoice
from schemas.documents.lines import Line


def on_sales_line(line: Line, books: QboBooks) -> Body:
    """Return the class of a sales line, where each line has its own.

    Raises:
        NeedsPerson: the company tracks no classes, or the line's is not mapped.
    """
    class_id = _class_id(line, books)
    return _class(class_id) if books.company.class_tracking is ClassTracking.LINE else {}


def on_bill_line(line: Line, books: QboBooks) -> Body:
    """Return the class of a bill's line; see :func:`on_sales_line` for what is raised."""
    return _class(_class_id(line, books))


def on_invoice(invoice: Invoice, books: QboBooks) -> Body:
    """Return the class of a whole invoice, where the company gives it one.

    A blank clears it. Where the tenant maps no classes it is left as people set it.

    Raises:
        NeedsPerson: the lines differ in class, or theirs is not mapped.
    """
    whole = books.company.class_tracking is ClassTracking.TRANSACTION
    if not whole or not books.maps_classes:
        return {}
    first, *others = {_class_id(line, books) for line in invoice.lines}
    if others:
        raise classes_differ(invoice.number)
    return {"ClassRef": ref(first)}


def _class_id(line: Line, books: QboBooks) -> str:
    """Return the ledger's id of a line's class; empty where it has none or it is left out."""
    mapped = books.mapped_class(line.class_code) if line.class_code else ""
    if mapped == "":
        return ""
    if books.company.class_tracking is ClassTracking.OFF:
        raise classes_off(line.class_code, line.id)
    if mapped is None:
        raise class_unmapped(line.class_code, line.id)
    return mapped


def _class(class_id: str) -> Body:
    return {"ClassRef": ref(class_id)} if class_id else {}
