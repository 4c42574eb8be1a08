"""The platform's books, read from its own rows in SQL alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.demo.verification.entry import BookStatus, Entry
from schemas.documents.document import DocumentType
from schemas.ids import TenantId

# The balance of an invoice is its total less what approved payments have settled of it.
BOOKS: Final = text("""
    WITH settled AS (
        SELECT a.tenant_id, a.invoice_id, sum(a.amount) AS amount
          FROM payment_allocations a
          JOIN payments p ON p.tenant_id = a.tenant_id AND p.id = a.payment_id
         WHERE p.status = 'approved'
         GROUP BY 1, 2)
    SELECT tenant_id, 'account' AS type, id, code AS label, name, NULL AS status,
           '' AS currency, 0 AS total, 0 AS tax, 0 AS balance FROM accounts
     UNION ALL
    SELECT tenant_id, 'customer', id, '', name, NULL, '', 0, 0, 0 FROM customers
     UNION ALL
    SELECT tenant_id, 'vendor', id, '', name, NULL, '', 0, 0, 0 FROM vendors
     UNION ALL
    SELECT tenant_id, 'item', id, code, name, NULL, '', 0, 0, 0 FROM items
     UNION ALL
    SELECT i.tenant_id, 'invoice', id, number, '', status, currency, total, tax,
           total - COALESCE(s.amount, 0)
      FROM invoices i
      LEFT JOIN settled s ON s.tenant_id = i.tenant_id AND s.invoice_id = i.id
     UNION ALL
    SELECT tenant_id, 'bill', id, number, '', status, currency, total, tax, total FROM bills
     UNION ALL
    SELECT tenant_id, 'payment', id, reference, '', status, currency, amount, 0, 0 FROM payments
     ORDER BY 1, 2, 3
""")

# By tenant, what has to arrive in each of its connections.
ANNOUNCED: Final = text("""
    SELECT tenant_id, count(*) AS documents, sum(version) AS versions
      FROM (SELECT tenant_id, version FROM accounts UNION ALL
            SELECT tenant_id, version FROM customers UNION ALL
            SELECT tenant_id, version FROM vendors UNION ALL
            SELECT tenant_id, version FROM items UNION ALL
            SELECT tenant_id, version FROM invoices UNION ALL
            SELECT tenant_id, version FROM bills UNION ALL
            SELECT tenant_id, version FROM payments) AS everything
     GROUP BY 1
""")

_STATUSES: Final = {
    "draft": BookStatus.DRAFT,
    "voided": BookStatus.VOID,
    "approved": BookStatus.COUNTS,
    None: BookStatus.COUNTS,
}


@dataclass(frozen=True, slots=True)
class Announced:
    """The number of a tenant's documents, and the sum of their versions, which only rises."""

    documents: int
    versions: int


async def read_books(connection: AsyncConnection) -> dict[TenantId, list[Entry]]:
    """Return every tenant's books."""
    books: dict[TenantId, list[Entry]] = {}
    for row in (await connection.execute(BOOKS)).mappings():
        books.setdefault(TenantId(row["tenant_id"]), []).append(_entry(row))
    return books


async def read_announced(connection: AsyncConnection) -> Mapping[TenantId, Announced]:
    """Return what the platform has announced, by tenant."""
    found: Any = (await connection.execute(ANNOUNCED)).mappings()
    return {
        TenantId(row["tenant_id"]): Announced(int(row["documents"]), int(row["versions"]))
        for row in found
    }


def _entry(row: RowMapping) -> Entry:
    return Entry(
        type=DocumentType(row["type"]),
        id=row["id"],
        code=row["label"],
        name=row["name"],
        status=_STATUSES[row["status"]],
        currency=row["currency"],
        total=row["total"],
        tax=row["tax"],
        balance=row["balance"],
    )
