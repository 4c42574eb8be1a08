"""Records as QuickBooks shows them: whole, short, deleted, and in the envelope of an answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.books.table import Record
from providers.simulators.qbo.wire.dates import to_pacific, to_pacific_milliseconds

LINKED = ("Invoice", "CreditMemo", "Bill")
QUERIED_BY_NAME = "Sku"


def envelope(company: CompanyBooks, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content with the server's time, in milliseconds, beside it."""
    return {**content, "time": to_pacific_milliseconds(company.clock.now())}


def full(company: CompanyBooks, record: Record) -> dict[str, Any]:
    """Return an object as create, read and update answer it."""
    shown: dict[str, Any] = {
        **record.body,
        "Id": record.id,
        "SyncToken": str(record.sync_token),
        "domain": "QBO",
        "sparse": False,
        "MetaData": {
            "CreateTime": to_pacific(record.created_at),
            "LastUpdatedTime": to_pacific(record.updated_at),
        },
    }
    if record.entity.name in LINKED:
        shown["LinkedTxn"] = _links(record)
    if company.switches.add_unknown_field:
        shown["SimulatorExtra"] = {"since": "tomorrow"}
    return shown


def _links(record: Record) -> list[dict[str, Any]]:
    applied = (
        {"TxnId": txn_id, "TxnType": part.txn_type} for txn_id, part in record.applied.items()
    )
    return [*record.body.get("LinkedTxn", ()), *applied]


def deleted(record_id: str) -> dict[str, Any]:
    """Return what a delete answers."""
    return {"status": "Deleted", "domain": "QBO", "Id": record_id}


def tombstone(record_id: str, at: datetime) -> dict[str, Any]:
    """Return a deleted object as change data shows it."""
    return {**deleted(record_id), "MetaData": {"LastUpdatedTime": to_pacific(at)}}


def short(record: Record) -> dict[str, Any]:
    """Return the short answer that voids have been seen to give."""
    return {
        "Id": record.id,
        "SyncToken": str(record.sync_token),
        "status": "Voided",
        "domain": "QBO",
    }
