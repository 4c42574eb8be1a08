"""What was written to one ledger: how often, and what was created under which natural key.

A *natural key* is what a person would call a document by. Two creates under one key are what
an integration must never cause, so tests ask for `WriteLog.duplicates`.
"""

from collections import Counter, defaultdict
from typing import Any


class WriteLog:
    """The committed writes of one company or organisation.

    Attributes:
        operations: Number of writes by ``Entity.operation``, such as ``Invoice.created``.
    """

    def __init__(self) -> None:
        self.operations: Counter[str] = Counter()
        self._created: defaultdict[tuple[str, str], list[str]] = defaultdict(list)

    def record(self, entity: str, operation: str, *, record_id: str, key: str) -> None:
        """Record a committed write; ``key`` is the record's natural key."""
        self.operations[f"{entity}.{operation}"] += 1
        if operation == "created":
            self._created[entity, key].append(record_id)

    def creates(self) -> list[dict[str, Any]]:
        """Return every natural key with the ids that were created under it."""
        return [
            {"entity": entity, "key": key, "ids": ids}
            for (entity, key), ids in self._created.items()
        ]

    def duplicates(self) -> list[dict[str, Any]]:
        """Return the natural keys under which more than one record was created."""
        return [entry for entry in self.creates() if len(entry["ids"]) > 1]

    def describe(self) -> dict[str, Any]:
        """Return what the statistics of the control API show."""
        return {"operations": dict(self.operations), "duplicates": self.duplicates()}
