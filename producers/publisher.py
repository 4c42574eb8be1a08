"""Where the relay sends messages: the protocol, and what its implementations share.

`publishers/` has them: `ConfluentPublisher` costs half the processor time an event,
`AiokafkaPublisher` needs no thread and no C library, and `TransactionalPublisher` publishes
with the cursor in one transaction. All are idempotent, wait for all in-sync replicas, and place
a key on the partition on which the Java client would.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from ledgerlane_outbox.store import OutboxRow
from producers.sources.source import Key

UNKNOWN_TOPIC_S: Final = 5.0
"""How long a topic may be missing from the metadata before it counts as unknown."""

LARGEST_RECORD: Final = 1_000_000
"""Bytes; below the brokers' own default, so that they refuse nothing that got this far."""

MALFORMED: Final = (TypeError, ValueError, AttributeError)
"""What the clients raise over headers that are none."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was not published, and never will be as it is.

    Attributes:
        index: Its place among the rows given.
        behind: The row itself is sound; it was left out because an earlier one of its key
            was rejected.
    """

    index: int
    reason: str
    behind: bool = False


class Publisher(Protocol):
    """Where the relay sends messages."""

    async def publish(self, rows: Sequence[OutboxRow]) -> Sequence[Rejection]:
        """Return once every row but the rejected is durably stored, in order for each key.

        Rows of a key that follow a rejected one in ``rows`` are left out and returned as
        ``behind`` it, if the client saw the fault itself; a fault that only the broker can see
        (a topic with a smaller size limit than ours) comes too late for that. Rejections come
        in the order of the rows. One call at a time.

        Raises:
            BrokerUnavailable: nothing is promised; some rows may be stored.
        """


class Rejections:
    """The rejected rows of one publication, and the keys that they block."""

    def __init__(self) -> None:
        self.keys: set[Key] = set()
        self._found: list[Rejection] = []

    def add(self, index: int, key: Key, reason: str) -> None:
        """Reject a row for its own fault."""
        self.keys.add(key)
        self._found.append(Rejection(index, reason))

    def blocks(self, index: int, key: Key) -> bool:
        """Whether a row has to be left out because an earlier one of its key was rejected."""
        if key not in self.keys:
            return False
        self._found.append(Rejection(index, "behind a rejected row of its key", behind=True))
        return True

    def in_order(self) -> list[Rejection]:
        """All of them, in the order of the rows."""
        return sorted(self._found, key=lambda rejection: rejection.index)
