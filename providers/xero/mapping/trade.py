"""What invoices and bills share: one collection, one header, one answer.

Source: Xero developer page "Invoices", read 2026-09.
"""

from decimal import Decimal
from typing import Any, Final

from providers.base import Figures, Write, Written
from providers.xero.mapping.parts import external, named
from providers.xero.wire import Body, Element, amount
from schemas.documents.trade import TradeDocument

VOID_STATUSES: Final = frozenset({"VOIDED", "DELETED"})
DRAFT_STATUSES: Final = frozenset({"DRAFT", "SUBMITTED"})


def header(document: TradeDocument) -> dict[str, dict[str, Any]]:
    """Give, by field, the members that carry the dates and the currency."""
    return {
        "issued_on": {"Date": document.issued_on.isoformat()},
        "due_on": {"DueDate": document.due_on.isoformat()},
        "currency": {"CurrencyCode": document.currency},
    }


def void(write: Write, status: str = "VOIDED") -> Body:
    """Take an invoice or bill back; one that isn't approved yet becomes ``DELETED``."""
    return {**named(write, "InvoiceID"), "Status": status}


def to_written(element: Element) -> Written:
    """Read an invoice or bill, with the figures that Xero worked out; zero when it is void."""
    voided = element.get("Status") in VOID_STATUSES
    return Written(
        external=external(element, "InvoiceID"),
        figures=Figures(Decimal(0), Decimal(0), Decimal(0)) if voided else _figures(element),
        voided=voided,
    )


def _figures(element: Element) -> Figures:
    return Figures(
        total=amount(element["Total"]),
        tax=amount(element["TotalTax"]),
        balance=amount(element["AmountDue"]),
    )
