"""A company's books at a glance: per entity the counts, the sums, and every document.

Tests and the demo compare this with their own books.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.books.table import EntityTable, Record, RecordStatus

ZERO = Decimal(0)
SUMMED = ("total", "tax", "balance")


def document_line(record: Record, home: str) -> dict[str, Any]:
    """Return one document: number or name, sync token, status, amounts, private note.

    Args:
        home: The company's own currency, in which a document is that names none.
    """
    body = record.body
    return {
        "id": record.id,
        "label": record.label,
        "sync_token": str(record.sync_token),
        "status": record.status,
        "currency": body.get("CurrencyRef", {}).get("value", home),
        "total": body.get("TotalAmt", ZERO),
        "tax": body.get("TxnTaxDetail", {}).get("TotalTax", ZERO),
        "balance": body.get("Balance", body.get("CurrentBalance", ZERO)),
        "private_note": body.get("PrivateNote"),
    }


def entity_summary(table: EntityTable, home: str, *, documents: bool) -> dict[str, Any]:
    """Return counts and sums of one entity, and its documents when asked for.

    The sums add up amounts of every currency.
    """
    lines = [document_line(record, home) for record in table.by_change()]
    counts = {status.value: 0 for status in RecordStatus}
    for line in lines:
        counts[line["status"]] += 1
    summary: dict[str, Any] = {"count": len(lines), **counts, "deleted": len(table.deleted)}
    for name in SUMMED:
        summary[name] = _sum(line[name] for line in lines)
    return summary | ({"documents": lines} if documents else {})


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def company_ledger(company: CompanyBooks, *, documents: bool = True) -> dict[str, Any]:
    """Return the whole ledger, by entity."""
    return {
        "realm": company.realm,
        "name": company.spec.name,
        "currency": company.home_currency,
        "entities": {
            table.entity.name: entity_summary(table, company.home_currency, documents=documents)
            for table in company.tables()
        },
    }


def trial_balance(company: CompanyBooks) -> list[dict[str, Any]]:
    """Return the balance sheet accounts with what is in them."""
    return [
        {"id": record.id, "name": record.label, "balance": record.body["CurrentBalance"]}
        for record in company.table("Account").by_change()
        if record.body.get("CurrentBalance")
    ]
