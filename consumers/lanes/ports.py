"""What the engine needs from outside, and what it says and hears there."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from consumers.lanes.lane import Lane
from consumers.lanes.pacing.quota import LaneQuota
from consumers.lanes.work import ItemId, LaneId, LaneSignal, Work


class Disposition(StrEnum):
    """What the engine does with work when a try is over."""

    FINISH = "finish"  # nothing is left to do about these signals
    AGAIN = "again"  # at once, in the same lane
    LATER = "later"  # through a retry topic
    PAUSE = "pause"  # the table keeps it; the lane waits
    SUSPEND = "suspend"  # the table keeps it; the lane stops until it is authorised again


@dataclass(frozen=True, slots=True)
class TryResult:
    """How a try of one item ended.

    Attributes:
        after: What the engine does with the item's work.
        retry: The signal of the next try; set for ``LATER`` only.
        pause_s: Seconds that the lane pauses; read for ``PAUSE`` and ``SUSPEND``, 0 or more.
        woke: Whether items that waited for this one need work in the table now.
        wrote: Whether the other side took the item.
        dead_lettered: The code of why the item became a dead letter; empty when it did not.
    """

    after: Disposition
    retry: LaneSignal | None = None
    pause_s: float = 0.0
    woke: bool = False
    wrote: bool = False
    dead_lettered: str = ""


class LaneKey(NamedTuple):
    """A lane, and where its signals are on Kafka.

    Attributes:
        lane: The id of the lane.
        key: The Kafka key that all signals of the lane carry.
    """

    lane: LaneId
    key: str


class LaneWork(Protocol):
    """The engine's only way to the database and to whoever is called."""

    async def handle(self, lane: Lane, works: Sequence[Work]) -> Sequence[TryResult]:
        """Work on items of one lane and one kind; return one result each, in order.

        Raises:
            Fenced: the partition has another owner by now; nothing more is to be done here.
        """

    async def load_page(
        self, lane: LaneId, *, without: Sequence[ItemId], limit: int
    ) -> Sequence[Work]:
        """Return work of one lane that the table holds, the most urgent first.

        Args:
            without: Items that are in memory already.
            limit: The most items to return; fewer means that the table has no more.
        """

    async def lanes_with_work(self) -> Sequence[LaneKey]:
        """Return the lanes for which the table has work."""

    async def authorised(self, lanes: Sequence[LaneId]) -> set[LaneId]:
        """Return which of these lanes may make calls again."""


class LaneQuotas(Protocol):
    """How many calls lanes may make."""

    def quota_of(self, lane: LaneId) -> LaneQuota:
        """Return the quota of one lane. Asked once for each lane that is made; never waits."""


class CallHistory(Protocol):
    """What is known of calls that other processes made."""

    async def ages_s(self, lane: LaneId, *, within_s: float) -> Sequence[float]:
        """Return how many seconds ago each call of a lane ended, the oldest first.

        Calls of the last second may be missing: a killed worker took its record of them along.
        """

    async def family_ages_s(
        self, family: str, *, within_s: float
    ) -> Sequence[tuple[str, float]]:
        """Return the Kafka key and the age in seconds of each call of a whole family."""

    async def share(self) -> None:
        """Return when other processes can know of every call that was made here."""


@dataclass(frozen=True, slots=True)
class TrippedValve:
    """A lane that rests because too many of its items became dead letters for one reason.

    Attributes:
        lane: The lane that rests.
        code: The code that these dead letters share.
        dead_letters: How many there were until now.
    """

    lane: LaneId
    code: str
    dead_letters: int


class ValveStore(Protocol):
    """Where tripped valves are kept, so that people see them and release them."""

    async def trip(self, family: str, valve: TrippedValve) -> None:
        """Store that a valve is tripped; where it is stored already, its newest count."""

    async def update(self, valve: TrippedValve) -> None:
        """Store the newest count of a stored valve; one that was released stays released."""

    async def release(self, lane: LaneId) -> None:
        """Store that a valve is open again."""

    async def all_tripped(self, family: str) -> Sequence[TrippedValve]:
        """Return the tripped valves of a family, whoever stored them."""


class RetryPublisher(Protocol):
    """Where signals wait for their next try."""

    async def publish(self, signals: Sequence[LaneSignal]) -> None:
        """Return once every signal is stored on the topic of its delay."""
