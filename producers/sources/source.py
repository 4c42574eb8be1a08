"""What the relay needs from the place it reads from: the protocols and their values."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from ledgerlane_outbox.store import OutboxRow

Key = tuple[str, str]
"""A topic and a partition key: the unit within which Kafka keeps the order."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One of the parts in which a source is relayed, each by one relay at a time.

    All rows of a key are in the same shard.

    Attributes:
        number: The shard's number, from 0 to ``count - 1``.
        count: The number of shards of the source, at least 1. All relays of a source have to
            be configured with the same number.
    """

    number: int = 0
    count: int = 1

    def name(self, source: str) -> str:
        """Return the name for metrics and logs: the source's own where there is one shard."""
        return source if self.count == 1 else f"{source}/{self.number}"


WHOLE: Final = Shard()
"""The only shard of a source that is not divided."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A row that is set aside instead of published.

    Attributes:
        seq: The row's number in the outbox; negative for an event that has no row.
        reason: The reason why it is not published, for operators.
        holds_key: Whether later rows of the same key have to wait behind this one.
    """

    seq: int
    reason: str
    holds_key: bool


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is committed and not acknowledged yet.

    Attributes:
        rows: The number of rows.
        oldest_at: The time at which the oldest of them was appended; None when there are none.
    """

    rows: int
    oldest_at: datetime | None


class Batch(Protocol):
    """Rows in the order in which to publish them."""

    @property
    def rows(self) -> Sequence[OutboxRow]:
        """Return the rows; empty when none are new.

        Those of a key come in commit order, if its writers lock it before they append.
        """

    @property
    def more(self) -> bool:
        """Return whether a poll right now is likely to return further rows."""

    async def acknowledge(self, parked: Sequence[Parked] = ()) -> None:
        """Record that every row is stored by the broker, except for the rows to be parked.

        None of them is returned again. Batches have to be acknowledged in the order of their
        polls. A crash before this returns repeats the batch; a source may delay the write by
        some milliseconds, and a crash repeats those batches too.

        Raises:
            SourceUnavailable: the batch may or may not be repeated.
        """


class UnparkedBatch(Batch, Protocol):
    """Parked rows that an operator decided to retry, with all rows that wait behind them."""

    @property
    def keys(self) -> frozenset[Key]:
        """Return the keys that are no longer held, whether or not they have rows here."""


class SourceSession(Protocol):
    """The time during which one relay has the lease of a source."""

    async def poll(self, limit: int) -> Batch:
        """Return at most ``limit`` rows that no poll of this session has returned.

        Every committed row comes in exactly one batch of a session, and again in the next
        session if it was not acknowledged. No open transaction is waited for. One poll may
        return only a part of what is committed, or nothing yet: rows that are left out come
        with a later poll.

        Raises:
            SourceUnavailable: the session has ended; another relay may have the lease.
        """

    async def wait(self) -> None:
        """Return when rows may be there: soon after a commit, after a second at the latest."""

    async def keep_lease(self) -> None:
        """Show the source that this relay lives; needed every few seconds without a poll.

        Raises:
            SourceUnavailable: the session has ended; another relay may have the lease.
        """

    async def held_keys(self) -> set[Key]:
        """Return the keys whose rows have to wait behind a parked row."""

    async def unparked(self, limit: int) -> UnparkedBatch:
        """Return at most ``limit`` of the parked rows that an operator decided to retry.

        Call it when no batch is being published, and again until it returns no keys: all other
        rows of these keys come after these. A row that is parked again holds its key again.

        Raises:
            SourceUnavailable: the session has ended; another relay may have the lease.
        """

    async def backlog(self) -> Backlog:
        """Return what is not acknowledged yet; takes time in proportion to it."""


class Source(Protocol):
    """An outbox, or one shard of it, that a relay may read."""

    @property
    def name(self) -> str:
        """Return the name of this source in metrics and logs."""

    def session(self) -> AbstractAsyncContextManager[SourceSession]:
        """Take the lease and resume where the last session's acknowledgements ended.

        Raises:
            LeaseTaken: another relay has the lease; it becomes free within ten seconds of that
                relay's death.
            SourceUnavailable: the database is away, or is a standby.
        """


@dataclass(frozen=True, slots=True)
class MembershipView:
    """The processes that relay from a source at one moment.

    Attributes:
        members: The number of processes that relay or stand by, this one included.
        rank: This process's position among them, from 0.
        taken: The numbers of the shards whose lease is taken.
    """

    members: int
    rank: int
    taken: frozenset[int]


class RelayMembership(Protocol):
    """This process's membership among all that relay from a source; ends with the process."""

    async def look(self) -> MembershipView:
        """Return the current members and leases; needed every few seconds to stay a member.

        Raises:
            SourceUnavailable: this process is no longer a member; its leases are unaffected.
        """

    async def wait(self) -> None:
        """Return when the view may have changed, after a second at the latest."""


class SharedSource(Protocol):
    """A source that several processes relay, each some of its shards."""

    @property
    def name(self) -> str:
        """Return the name of this source in logs."""

    def membership(self) -> AbstractAsyncContextManager[RelayMembership]:
        """Become a member until the context ends.

        Raises:
            SourceUnavailable: the database is away.
        """
