"""What the relay needs from the place it reads from."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from ledgerlane_outbox.store import OutboxRow

Key = tuple[str, str]
"""A topic and a partition key: what Kafka keeps in order."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One of the parts in which a source is relayed, each by one relay at a time.

    All rows of a key are in one shard.

    Attributes:
        number: From 0.
        count: How many parts there are; all relays of a source are to be told the same.
    """

    number: int = 0
    count: int = 1

    def name(self, source: str) -> str:
        """What metrics and logs call this part of a source: the source, where it is whole."""
        return source if self.count == 1 else f"{source}/{self.number}"


WHOLE: Final = Shard()
"""All of a source."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A row that is set aside instead of published.

    Attributes:
        holds_key: Later rows of the same key are to wait behind this one.
    """

    seq: int
    reason: str
    holds_key: bool


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much is yet to be published; ``oldest_at`` is None when nothing is."""

    rows: int
    oldest_at: datetime | None


class Batch(Protocol):
    """Rows in the order in which to publish them."""

    @property
    def rows(self) -> Sequence[OutboxRow]:
        """The rows, each key's in commit order; empty when nothing is new."""

    @property
    def more(self) -> bool:
        """Whether further rows are known to wait."""

    async def acknowledge(self, parked: Sequence[Parked] = ()) -> None:
        """Never return these rows again: all are stored by the broker or, now, parked.

        Batches are acknowledged in the order of their polls. A crash before this returns
        repeats the batch; a source may keep acknowledgements for some milliseconds before it
        writes them down, and a crash repeats those too.

        Raises:
            SourceUnavailable: the batch may or may not come again.
        """


class ReleasedBatch(Batch, Protocol):
    """Parked rows that are to be published after all, whole keys of them."""

    @property
    def keys(self) -> frozenset[Key]:
        """Keys that are held no more, whether or not they have rows in the batch."""


class SourceSession(Protocol):
    """One relay's time at a source, as the only one: it has the lease until it ends."""

    async def poll(self, limit: int) -> Batch:
        """Return at most ``limit`` rows that no poll of this session has returned.

        Every committed row comes in exactly one batch of a session, and again in the next
        session when it was not acknowledged. It waits for no open transaction.

        Raises:
            SourceUnavailable: the session is over; the lease may be another's.
        """

    async def wait(self) -> None:
        """Return when rows may be there: soon after a commit, at the latest after a second."""

    async def keep_lease(self) -> None:
        """Show the source that this relay lives; needed every few seconds without a poll.

        Raises:
            SourceUnavailable: the session is over; the lease may be another's.
        """

    async def held_keys(self) -> set[Key]:
        """Return the keys whose rows wait behind a parked row."""

    async def released(self, limit: int) -> ReleasedBatch:
        """Return at most ``limit`` of the parked rows that an operator let go.

        For when no batch is being published, and again until it comes without keys: whatever
        else a key has waiting comes after these rows. What is parked anew holds its key again.

        Raises:
            SourceUnavailable: the session is over; the lease may be another's.
        """

    async def backlog(self) -> Backlog:
        """Count what is not acknowledged yet; takes time in proportion to it."""


class Source(Protocol):
    """An outbox, or one shard of it, that a relay may read."""

    @property
    def name(self) -> str:
        """What metrics and logs call this source."""

    def session(self) -> AbstractAsyncContextManager[SourceSession]:
        """Take the lease and resume where the last session's acknowledgements ended.

        Raises:
            LeaseTaken: another relay has it; it is free ten seconds after that one died.
            SourceUnavailable: the source is away, or is a standby.
        """


@dataclass(frozen=True, slots=True)
class Standing:
    """Who relays from a source just now.

    Attributes:
        members: The processes that do or would, this one included.
        rank: This one's place among them, from 0.
        taken: The shards whose lease somebody has.
    """

    members: int
    rank: int
    taken: frozenset[int]


class Roster(Protocol):
    """This process's place among all that relay from a source; it ends with the process."""

    async def look(self) -> Standing:
        """Say how things stand now; needed every few seconds to stay on the roster.

        Raises:
            SourceUnavailable: we are on the roster no more; leases are not touched by that.
        """

    async def wait(self) -> None:
        """Return when things may stand otherwise, at the latest after a second."""


class SharedSource(Protocol):
    """A source that several processes relay, each some of its shards."""

    @property
    def name(self) -> str:
        """What logs call this source."""

    def roster(self) -> AbstractAsyncContextManager[Roster]:
        """Join the others.

        Raises:
            SourceUnavailable: the source is away.
        """
