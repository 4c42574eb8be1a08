"""What lanes are made of: the signal that asks for work, and the work itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from consumers.position import Position
from schemas.signal import Priority

# Each family has ids of its own (a connection and its records, a subscription and its
# deliveries). The engine only compares them, so all that it knows of an id is what it is at
# run time: families turn them into their own types where work is done.
LaneId = UUID
ItemId = UUID

BatchLimit = Callable[[str], int]


class LaneSignal(Protocol):
    """The message that asks for work on one item; it carries no state of the item."""

    @property
    def lane_id(self) -> LaneId:
        """The lane that the item belongs to."""

    @property
    def item_id(self) -> ItemId:
        """The item that is to be worked on."""

    @property
    def kind(self) -> str:
        """The kind of the item; only items of one kind share a call."""

    @property
    def priority(self) -> Priority:
        """How urgent the item is within its lane."""

    @property
    def attempt(self) -> int:
        """The number of the try that the signal asks for, from 1."""

    @property
    def due_at(self) -> datetime | None:
        """The time before which the try must not be made, UTC; ``None`` is at once."""

    @property
    def key(self) -> str:
        """The Kafka key, the same for all signals of one lane."""

    def to_bytes(self) -> bytes:
        """Return the signal as it travels on Kafka."""


@dataclass(slots=True)
class Work:
    """One item that is to be worked on, and the signals that asked for it.

    Attributes:
        item_id: The item that is to be worked on.
        kind: The kind of the item; only items of one kind share a call.
        priority: How urgent the item is within its lane; smaller values go first.
        positions: The Kafka positions of the signals that this work will finish; empty for work
            that was read from the table.
        repeat: Whether a try of the item's present state failed before.
        in_flight: Whether a try of the item is being made.
        again: Whether the item was asked for once more while its try was being made.
    """

    item_id: ItemId
    kind: str
    priority: Priority
    positions: list[Position] = field(default_factory=list)
    repeat: bool = False
    in_flight: bool = False
    again: bool = False

    def take_positions(self) -> list[Position]:
        """Return the positions and forget them, so that none is finished twice."""
        found, self.positions = self.positions, []
        return found


@dataclass(slots=True)
class Tally:
    """A count that several lanes share.

    Attributes:
        items: The items in memory over these lanes, ready or in flight.
    """

    items: int = 0
