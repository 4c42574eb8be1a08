"""Records as QuickBooks shows them: whole, short, deleted, and in the envelope of an answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from providers.simulators.qbo.books.company import CompanyBooks
from providers.simulators.qbo.books.table import Record
from providers.simulators.qbo.wire.dates import to_pacific, to_pacific_milliseconds

LINKED = ("Invoice", "CreditMemo", "Bill")
SCHEMA = "http://schema.intuit.com/finance/v3"
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
    if record.entity.name == "Payment":
        shown["Line"] = [_explained(company, line) for line in record.body.get("Line", ())]
    if company.switches.add_unknown_field:
        shown["SimulatorExtra"] = {"since": "tomorrow"}
    return shown


def _links(record: Record) -> list[dict[str, Any]]:
    applied = (
        {"TxnId": txn_id, "TxnType": part.txn_type} for txn_id, part in record.applied.items()
    )
    return [*record.body.get("LinkedTxn", ()), *applied]


def _explained(company: CompanyBooks, line: Mapping[str, Any]) -> dict[str, Any]:
    """Return the line of a payment with what QuickBooks adds about the document it pays."""
    values: list[dict[str, Any]] = []
    for link in line.get("LinkedTxn", ())[:1]:
        paid = company.table(link["TxnType"]).get(link["TxnId"])
        if paid is None:
            continue
        # What was open to this line: what is open now, and what the line itself took.
        known = {
            "txnId": paid.id,
            "txnOpenBalance": f"{paid.body['Balance'] + line['Amount']:f}",
            "txnReferenceNumber": paid.body.get("DocNumber"),
        }
        values = [_name_value(name, value) for name, value in known.items() if value]
    return {**line, "LineEx": {"any": values}}


def _name_value(name: str, value: str) -> dict[str, Any]:
    return {
        "name": f"{{{SCHEMA}}}NameValue",
        "declaredType": "com.intuit.schema.finance.v3.NameValue",
        "scope": "javax.xml.bind.JAXBElement$GlobalScope",
        "value": {"Name": name, "Value": value},
        "nil": False,
        "globalScope": True,
        "typeSubstituted": False,
    }


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
