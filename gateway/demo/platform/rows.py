"""A document as the platform's rows: the object's own, and those of its parts. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Table

from gateway.demo.business.actions import Change
from gateway.demo.platform import tables
from schemas.documents.document import Document, DocumentType
from schemas.documents.payment import Payment
from schemas.documents.trade import TradeDocument


@dataclass(frozen=True, slots=True)
class DocumentTables:
    """The tables of one document type.

    Attributes:
        table: The table of the documents.
        parts: The table of their lines or allocations, if they have any.
        key: The column of ``parts`` that has the document's id.
    """

    table: Table
    parts: Table | None = None
    key: str = ""


TABLES: Final = {
    DocumentType.ACCOUNT: DocumentTables(tables.accounts),
    DocumentType.CUSTOMER: DocumentTables(tables.customers),
    DocumentType.VENDOR: DocumentTables(tables.vendors),
    DocumentType.ITEM: DocumentTables(tables.items),
    DocumentType.INVOICE: DocumentTables(tables.invoices, tables.invoice_lines, "invoice_id"),
    DocumentType.BILL: DocumentTables(tables.bills, tables.bill_lines, "bill_id"),
    DocumentType.PAYMENT: DocumentTables(
        tables.payments, tables.payment_allocations, "payment_id"
    ),
}


def own_row(change: Change, table: Table) -> dict[str, Any]:
    """Return the object's own row as the service writes it, without tenant and version."""
    document = change.document
    said = document.model_dump(mode="python") | _figures(document) | dict(change.written)
    row = {name: value for name, value in said.items() if name in table.c}
    if isinstance(document, TradeDocument) and document.discount:
        row["discount"] = document.discount.model_dump(mode="json")
    return row


def part_rows(document: Document) -> Sequence[dict[str, Any]]:
    """Return the rows of the object's parts, without tenant, owner and position."""
    if isinstance(document, TradeDocument):
        return _line_rows(document)
    if isinstance(document, Payment):
        return [one.model_dump() for one in document.allocations]
    return ()


def _figures(document: Document) -> dict[str, Any]:
    """Return the figures, calculated once: the platform's books are its rows."""
    if not isinstance(document, TradeDocument):
        return {}
    figures = document.totals()
    return {"net": figures.net, "tax": figures.tax, "total": figures.total}


def _line_rows(document: TradeDocument) -> list[dict[str, Any]]:
    figures = document.totals().lines
    return [
        line.model_dump(exclude={"id", "discount"})
        | {
            "discount": line.discount.model_dump(mode="json") if line.discount else None,
            "net": figure.net,
            "tax": figure.tax,
        }
        for line, figure in zip(document.lines, figures, strict=True)
    ]
