"""What the engine needs from outside, and what it says and hears there."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from consumers.lanes.lane import Lane, Work
from consumers.store.sync_records import OpenWork
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, ProviderName, RecordId
from schemas.signal import Signal


class Disposition(StrEnum):
    """What the engine does with work when a try is over."""

    FINISH = "finish"  # nothing is left to do about these signals
    AGAIN = "again"  # at once, in the same lane
    LATER = "later"  # through a retry topic
    PAUSE = "pause"  # the table keeps it; the lane waits
    SUSPEND = "suspend"  # the table keeps it; the lane stops until it is authorised again


@dataclass(frozen=True, slots=True)
class TryResult:
    """How a try of one record ended.

    Attributes:
        retry: The signal of the next try, for ``LATER``.
        pause_s: For ``PAUSE``.
        woke: Whether records that waited for this one are pending in the table now.
        wrote: Whether the ledger took the record.
        died: The code of what the record died of; empty when it did not.
    """

    after: Disposition
    retry: Signal | None = None
    pause_s: float = 0.0
    woke: bool = False
    wrote: bool = False
    died: str = ""


class LaneKey(NamedTuple):
    """A connection, and the Kafka key that its signals carry."""

    connection: ConnectionId
    key: str


class LaneWork(Protocol):
    """The engine's only way to the database and the provider."""

    def batch_limit(self, document_type: DocumentType) -> int:
        """Say how many documents of a type one dispatch may carry."""

    async def handle(self, lane: Lane, works: Sequence[Work]) -> Sequence[TryResult]:
        """Bring records of one lane and one type into agreement; one answer each, in order.

        Raises:
            Fenced: the partition has another owner by now; nothing more is to be done here.
        """

    async def open_work(
        self, connection: ConnectionId, *, without: Sequence[RecordId], limit: int
    ) -> Sequence[OpenWork]:
        """Read work of one connection back from the table, most urgent first."""

    async def lanes_with_work(self) -> Sequence[LaneKey]:
        """Name the connections for which the table has work."""

    async def authorised(self, connections: Sequence[ConnectionId]) -> set[ConnectionId]:
        """Say which of these connections may call their provider again."""


class CallHistory(Protocol):
    """What is known of calls that other processes made."""

    async def ages_s(self, connection: ConnectionId, *, within_s: float) -> Sequence[float]:
        """Say how many seconds ago each call of a realm ended, the oldest first.

        Calls of the last second may be missing: a killed worker took the note with it.
        """

    async def app_ages_s(
        self, provider: ProviderName, *, within_s: float
    ) -> Sequence[tuple[str, float]]:
        """Say the same of all calls of a provider: the Kafka key of the realm, and the age."""

    async def share(self) -> None:
        """Return when other processes can know of every call that was made here."""


@dataclass(frozen=True, slots=True)
class TrippedValve:
    """A lane that rests because too many of its records died of the same.

    Attributes:
        code: What they died of.
    """

    connection: ConnectionId
    code: str
    deaths: int


class Valves(Protocol):
    """Where it is kept which valves are shut, so that people see it and release them."""

    async def shut(self, provider: ProviderName, valve: TrippedValve) -> None:
        """Note that a valve was shut."""

    async def release(self, connection: ConnectionId) -> None:
        """Note that a valve is open again."""

    async def all_shut(self, provider: ProviderName) -> Sequence[TrippedValve]:
        """Give the valves that are shut, whoever noted it."""


class Retries(Protocol):
    """Where signals wait for their next try."""

    async def publish(self, signals: Sequence[Signal]) -> None:
        """Return once every signal is stored on the topic of its delay."""
