"""How a write to a company is recorded: natural keys, and events for webhooks."""

from dataclasses import dataclass
from datetime import datetime

from providers.simulators.qbo.books.table import Record, plain_value


@dataclass(frozen=True, slots=True)
class QboChangeEvent:
    """A change that webhooks announce.

    Attributes:
        realm: Company that was changed.
        entity: Name of the entity, such as ``Invoice``.
        record_id: Id of the changed record.
        operation: What was done: created, updated, deleted, voided or emailed.
        at: Simulated moment of the change, UTC.
    """

    realm: str
    entity: str
    record_id: str
    operation: str
    at: datetime


def natural_key(record: Record) -> str:
    """Return the natural key of a record: what a person would call it by.

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
