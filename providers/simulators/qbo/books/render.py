"""How QuickBooks answers: JSON with exact numbers, envelopes, times in US Pacific."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.books.table import Record
from providers.simulators.qbo.rules.drafts import PACIFIC

LINKED = ("Invoice", "CreditMemo", "Bill")
QUERIED_BY_NAME = "Sku"


def _exact(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError(type(value).__name__)


def to_json(body: Any, *, indented: bool = False) -> bytes:
    """Return ``body`` as JSON; a Decimal becomes the number with exactly its digits."""
    return orjson.dumps(body, default=_exact, option=orjson.OPT_INDENT_2 if indented else None)


def pacific(moment: datetime) -> str:
    """Return a time as MetaData shows it: seconds, with the offset of the US Pacific coast."""
    return moment.astimezone(PACIFIC).isoformat(timespec="seconds")


def envelope(company: CompanyBooks, content: Mapping[str, Any]) -> dict[str, Any]:
    """Put the server's time, in milliseconds, beside the content."""
    now = company.clock.now().astimezone(PACIFIC)
    return {**content, "time": now.isoformat(timespec="milliseconds")}


def full(company: CompanyBooks, record: Record) -> dict[str, Any]:
    """Return an object as create, read and update answer it."""
    shown: dict[str, Any] = {
        **record.body,
        "Id": record.id,
        "SyncToken": str(record.sync_token),
        "domain": "QBO",
        "sparse": False,
        "MetaData": {
            "CreateTime": pacific(record.created_at),
            "LastUpdatedTime": pacific(record.updated_at),
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
    return {**deleted(record_id), "MetaData": {"LastUpdatedTime": pacific(at)}}


def short(record: Record) -> dict[str, Any]:
    """Return the short answer that voids have been seen to give."""
    return {
        "Id": record.id,
        "SyncToken": str(record.sync_token),
        "status": "Voided",
        "domain": "QBO",
    }
