"""What was written to a company: creates by natural key, and events for webhooks."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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


class WriteLog:
    """Counts a company's writes and remembers which documents were created as what."""

    def __init__(self) -> None:
        self.operations: Counter[str] = Counter()
        self._created: defaultdict[tuple[str, str], list[str]] = defaultdict(list)

    def note(self, record: Record, operation: str) -> None:
        """Note a write that was committed."""
        self.operations[f"{record.entity.name}.{operation}"] += 1
        if operation == "created":
            self._created[record.entity.name, natural_key(record)].append(record.id)

    def creates(self) -> list[dict[str, Any]]:
        """Return every natural key with the ids that were created under it."""
        return [
            {"entity": entity, "key": key, "ids": ids}
            for (entity, key), ids in self._created.items()
        ]

    def duplicates(self) -> list[dict[str, Any]]:
        """Return the natural keys that were created more than once."""
        return [entry for entry in self.creates() if len(entry["ids"]) > 1]
