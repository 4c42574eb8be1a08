"""Records and the tables that keep them findable: by id, by value, by time of change.

Nothing here costs more when there are more records: inserting, changing and removing are
dictionary operations.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import chain
from typing import Any
from zlib import crc32

from providers.simulators.qbo.entities.kinds import Entity

BUCKETS = 7  # spread by a hash of the id, so that the order of a walk is not that of creation


class RecordStatus(StrEnum):
    """Whether a record is in use."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True)
class AppliedBy:
    """An amount that another transaction has applied to this one.

    Attributes:
        txn_type: What ``LinkedTxn`` calls the other transaction, such as ``Payment``.
        amount: Amount in the currency of the document, above zero.
    """

    txn_type: str
    amount: Decimal


@dataclass(slots=True)
class Record:
    """One object of a company.

    Attributes:
        entity: Entity that the record is of.
        id: Id, unique within the entity's sequence.
        body: All properties but those of the envelope (``Id``, ``SyncToken``,
            ``MetaData``).
        created_at: Moment of creation, UTC, in whole seconds.
        updated_at: Moment of the last change, UTC, in whole seconds.
        sync_token: Number of changes so far; a write must name the current one.
        voided: Whether the transaction was voided and not given an amount since.
        applied: What other transactions have applied to this one, by their ids.
        keys: The index key under which the record is filed, by property; kept by
            `EntityTable`.
    """

    entity: Entity
    id: str
    body: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    sync_token: int = 0
    voided: bool = False
    applied: dict[str, AppliedBy] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> RecordStatus:
        """Whether the record is voided, inactive, or in use."""
        if self.voided:
            return RecordStatus.VOIDED
        return RecordStatus.ACTIVE if self.body.get("Active", True) else RecordStatus.INACTIVE

    @property
    def label(self) -> str:
        """The name or number that people know the record by; empty when it has none."""
        for name in ("DisplayName", "Name", "CompanyName", "DocNumber", "PaymentRefNum"):
            if name in self.body:
                return str(self.body[name])
        return ""


def plain_value(value: Any) -> Any:
    """Return what stands for a property in comparisons: the id, address or value itself."""
    if isinstance(value, Mapping):
        return value.get("value", value.get("Address"))
    return value


def index_key(value: Any) -> str | None:
    """Return the form by which equal values are found: trimmed, without regard to case."""
    held = plain_value(value)
    return None if held is None else str(held).strip().casefold()


class EntityTable:
    """All records of one entity of one company."""

    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        self.deleted: dict[str, datetime] = {}
        self._by_id: dict[str, Record] = {}
        self._by_change: dict[str, Record] = {}
        self._buckets: tuple[dict[str, Record], ...] = tuple({} for _ in range(BUCKETS))
        self._by_value: dict[str, dict[str, dict[str, Record]]] = {
            name: {} for name in entity.indexed
        }

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Record]:
        """Return all records, in an order that is stable but not that of their ids.

        QuickBooks promises no order, so that a client that counts on one is to fail here.
        """
        return chain.from_iterable(bucket.values() for bucket in self._buckets)

    def get(self, record_id: str) -> Record | None:
        """Return the record with this id."""
        return self._by_id.get(record_id)

    def find(self, name: str, value: Any) -> list[Record]:
        """Return the records whose indexed property ``name`` equals ``value``."""
        key = index_key(value)
        return list(self._by_value[name].get(key, {}).values()) if key is not None else []

    def indexes(self, name: str) -> bool:
        """Return whether `find` knows the property."""
        return name in self._by_value

    def by_change(self) -> list[Record]:
        """Return all records, the one changed longest ago first."""
        return list(self._by_change.values())

    def changed_since(self, since: datetime) -> list[Record]:
        """Return the records changed at or after ``since``, oldest change first.

        Costs as much as there are such records. A clock that was set back in between can
        hide some.
        """
        found: list[Record] = []
        # Newest first, to stop at the first record that is too old.
        for record in reversed(self._by_change.values()):
            if record.updated_at < since:
                break
            found.append(record)
        return found[::-1]

    def put(self, record: Record) -> None:
        """Insert the record, or file it anew after a change."""
        self._unindex(record)
        self._by_id[record.id] = record
        self._buckets[crc32(record.id.encode()) % BUCKETS][record.id] = record
        self._by_change.pop(record.id, None)
        self._by_change[record.id] = record
        self._index(record)

    def remove(self, record: Record, at: datetime) -> None:
        """Delete the record, leaving a tombstone."""
        self._unindex(record)
        del self._by_id[record.id]
        del self._buckets[crc32(record.id.encode()) % BUCKETS][record.id]
        self._by_change.pop(record.id, None)
        self.deleted[record.id] = at

    def _index(self, record: Record) -> None:
        for name, by_key in self._by_value.items():
            key = index_key(record.body.get(name))
            if key is not None:
                by_key.setdefault(key, {})[record.id] = record
                record.keys[name] = key

    def _unindex(self, record: Record) -> None:
        for name, key in record.keys.items():
            held = self._by_value[name][key]
            held.pop(record.id, None)
            if not held:
                del self._by_value[name][key]
        record.keys.clear()
