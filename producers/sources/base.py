"""What the relay needs from the place it reads from."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ledgerlane_outbox.store import OutboxRow

Key = tuple[str, str]
"""A topic and a partition key: what Kafka keeps in order."""


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
        repeats the batch.

        Raises:
            SourceUnavailable: the batch may or may not come again.
        """


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

    async def backlog(self) -> Backlog:
        """Count what is not acknowledged yet; takes time in proportion to it."""


class Source(Protocol):
    """An outbox that a relay may read."""

    @property
    def name(self) -> str:
        """What metrics and logs call this source."""

    def session(self) -> AbstractAsyncContextManager[SourceSession]:
        """Take the lease and resume where the last session's acknowledgements ended.

        Raises:
            LeaseTaken: another relay has it; it is free ten seconds after that one died.
            SourceUnavailable: the source is away, or is a standby.
        """
