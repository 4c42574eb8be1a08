"""The protocol of a publisher, and what its implementations in `publishers/` share.

All implementations are idempotent, wait for all in-sync replicas, and place a key on the same
partition as the Java client.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from ledgerlane_outbox.store import OutboxRow
from producers.sources.source import Key

UNKNOWN_TOPIC_S: Final = 5.0
"""The seconds for which a topic may be missing from the metadata before it is unknown."""

LARGEST_RECORD: Final = 1_000_000
"""The largest record in bytes: below the brokers' default limit, so that the client finds a
record that is too large before any broker refuses it together with its batch."""

MALFORMED: Final = (TypeError, ValueError)
"""The errors of a row of which no headers can be made."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was not published, and never will be as it is.

    Attributes:
        index: The position of the row among those passed to the publisher, from 0.
        reason: The reason for operators.
        behind: Whether the row itself is valid and was only left out because an earlier row
            of its key was rejected.
    """

    index: int
    reason: str
    behind: bool = False


class Publisher(Protocol):
    """Stores rows as records on Kafka."""

    async def publish(self, rows: Sequence[OutboxRow]) -> Sequence[Rejection]:
        """Store the rows durably, in order for each key; return those that were rejected.

        Rows of a key behind a rejected one are left out and returned as ``behind`` it, whoever
        found the fault. Rejections are in the order of the rows. Only one call may be active at
        a time.

        Raises:
            BrokerUnavailable: any number of the rows may be stored; publish all of them again.
        """


class Rejections:
    """The rejected rows of one publication.

    Attributes:
        keys: The keys whose later rows are left out, each with the position of its first
            rejected row.
    """

    def __init__(self) -> None:
        self.keys: dict[Key, int] = {}
        self._found: list[Rejection] = []

    def add(self, index: int, key: Key, reason: str) -> None:
        """Record that a row is rejected for its own fault."""
        self.keys.setdefault(key, index)
        self._found.append(Rejection(index, reason))

    def blocks(self, index: int, key: Key) -> bool:
        """Return whether an earlier row of the key was rejected; if so, reject this one too."""
        first = self.keys.get(key)
        if first is None or index < first:
            return False
        self._found.append(Rejection(index, "behind a rejected row of its key", behind=True))
        return True

    def in_order(self) -> list[Rejection]:
        """Return all rejections in the order of the rows."""
        return sorted(self._found, key=lambda rejection: rejection.index)
