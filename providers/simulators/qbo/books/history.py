"""What was written to a company: creates by natural key, and events for webhooks."""

from dataclasses import dataclass
from datetime import datetime

from providers.simulators.qbo.books.table import Record, plain_value


@dataclass(frozen=True, slots=True)
class QboChangeEvent:
    """A change that webhooks tell of. ``operation`` is created, updated, deleted, voided."""

    realm: str
    entity: str
    record_id: str
    operation: str
    at: datetime


def natural_key(record: Record) -> str:
    """Return by what a person would call two documents the same.

    A private note is an integration's own mark and wins over the number, which the server
    may have given; without either it is party, date and total.
    """
    body = record.body
    if not record.entity.is_transaction:
        return record.label
    marked = body.get("PrivateNote") or body.get("PaymentRefNum") or body.get("DocNumber")
    if marked:
        return str(marked)
    party = plain_value(body.get("CustomerRef") or body.get("VendorRef"))
    return f"{party}|{body.get('TxnDate')}|{body.get('TotalAmt')}"
