"""One kind of record of one organisation, with its indexes and its order.

Records are dicts that keep their identity: an update changes the dict in place, so that a
payment can hold its invoice and always see its newest state. A write costs the same however
many records there are; the sorted list that reads walk is rebuilt after writes, on demand.
"""

import unicodedata
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

Record: TypeAlias = dict[str, Any]
IndexKey: TypeAlias = Callable[[Record], Hashable | None]
"""Returns the value that a record is found by; None leaves it out of the index."""
OnChange: TypeAlias = Callable[[Record, bool], None]
"""Takes a saved record, and whether it is new."""


def plain(text: str) -> str:
    """Return a text without regard to case and accents, as contacts are filtered.

    Source: Xero page "Efficient data retrieval", optimised filters of contacts.
    """
    if text.isascii():
        return text.casefold()
    letters = unicodedata.normalize("NFKD", text)
    return "".join(c for c in letters if not unicodedata.combining(c)).casefold()


class RecordTable:
    """Records by id, by any number of indexes, and in order of their last change."""

    def __init__(
        self,
        id_field: str,
        *,
        indexes: Mapping[str, IndexKey] | None = None,
        on_change: OnChange | None = None,
    ) -> None:
        self.id_field = id_field
        self._on_change = on_change
        self._keys_of = dict(indexes or {})
        self._records: dict[str, Record] = {}
        self._filed: dict[str, dict[str, Hashable | None]] = {}
        self._indexes: dict[str, dict[Hashable, dict[str, Record]]] = {
            name: {} for name in self._keys_of
        }
        self._ordered: list[Record] | None = None

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records.values())

    def get(self, record_id: str | None) -> Record | None:
        """Return the record with this id, whatever the case of its letters."""
        return self._records.get(record_id.lower()) if record_id else None

    def put(self, record: Record, *, quietly: bool = False) -> Record:
        """File ``record`` under its id, in place of what is there; return the filed dict.

        Args:
            quietly: Whether the change is announced nowhere.
        """
        record_id = record[self.id_field].lower()
        kept = self._records.setdefault(record_id, record)
        # Changed in place: payments hold their invoice as an object.
        if kept is not record:
            kept.clear()
            kept.update(record)
        self._unfile(record_id)
        self._filed[record_id] = keys = {n: key(kept) for n, key in self._keys_of.items()}
        for name, value in keys.items():
            if value is not None:
                self._indexes[name].setdefault(value, {})[record_id] = kept
        # Sorted again when a list is read: writes between two reads cost one sort in all.
        self._ordered = None
        if self._on_change is not None and not quietly:
            self._on_change(kept, kept is record)
        return kept

    def remove(self, record_id: str) -> None:
        """Forget a record for good."""
        self._unfile(record_id.lower())
        del self._records[record_id.lower()]
        self._ordered = None

    def _unfile(self, record_id: str) -> None:
        for name, value in self._filed.pop(record_id, {}).items():
            if value is None:
                continue
            filed = self._indexes[name][value]
            del filed[record_id]
            if not filed:
                del self._indexes[name][value]

    def has_index(self, name: str) -> bool:
        """Return whether there is an index called ``name``."""
        return name in self._indexes

    def found(self, index: str, value: Hashable) -> Iterable[Record]:
        """Return the records filed under ``value``, oldest filing first."""
        return self._indexes[index].get(value, {}).values()

    def first(self, index: str, value: Hashable) -> Record | None:
        """Return one record filed under ``value``."""
        return next(iter(self.found(index, value)), None)

    def ordered(self) -> Sequence[Record]:
        """Return all records, by UpdatedDateUTC and then id, the default order of lists."""
        if self._ordered is None:
            self._ordered = sorted(self._records.values(), key=self.by_update)
        return self._ordered

    def by_update(self, record: Record) -> tuple[Any, str]:
        """Return the sort key of the default order."""
        return record["UpdatedDateUTC"], record[self.id_field]
