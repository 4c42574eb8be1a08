"""A source whose cursor is committed to Kafka in one transaction with the events.

Consumers that read only committed records see each event once. The position in Kafka decides;
the cursor in the database follows it. Start at :class:`StrictSource`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

import structlog

from ledgerlane_outbox.store import OutboxRow
from producers.lease import keeping_lease
from producers.sources.source import (
    Backlog,
    Batch,
    Key,
    Parked,
    SourceSession,
    UnparkedBatch,
)

T = TypeVar("T")

log: Final = structlog.get_logger("relay")


class Transactions(Protocol):
    """The publisher's transactions, each with what it published and a position."""

    async def take_over(self) -> bytes | None:
        """Fence off every earlier relay of this shard; return the last committed position.

        Raises:
            BrokerUnavailable: the earlier relays may be fenced off or not.
        """

    async def commit(self, position: bytes) -> None:
        """Commit what was published since the last commit, with the position behind it.

        Raises:
            BrokerUnavailable: it is committed or not; the next takeover returns which.
            Fenced: another relay has taken over.
        """


class PositionedBatch(Batch, Protocol):
    """A batch that knows the position behind it."""

    def position(self, parked: Sequence[Parked]) -> bytes:
        """Return what is needed to acknowledge this batch later, or from another process."""


class PositionedSession(SourceSession, Protocol):
    """A session whose cursor can be moved to a position that was kept elsewhere."""

    async def poll(self, limit: int) -> PositionedBatch:
        """Return at most ``limit`` rows that no poll of this session has returned."""

    async def follow(self, position: bytes) -> bool:
        """Acknowledge everything before a position of this or an earlier session.

        Return whether the position was past the database's cursor; one of another layout never
        is. It has to be called before the first poll.

        Raises:
            SourceUnavailable: the cursor may have moved or not.
        """

    async def make_durable(self) -> None:
        """Return when no crash of the database can undo what was polled.

        Raises:
            SourceUnavailable: the session has ended.
        """


class PositionedSource(Protocol):
    """A source whose sessions know their positions."""

    @property
    def name(self) -> str:
        """Return the name of this source in metrics and logs."""

    def session(self) -> AbstractAsyncContextManager[PositionedSession]:
        """Take the lease and resume where the last session's acknowledgements ended."""


class StrictSource:
    """A source whose batches are acknowledged in Kafka first, and then in the database.

    Args:
        crash_point: Called with ``after_commit_before_cursor``; chaos tests pass a function
            that dies there.
    """

    def __init__(
        self,
        source: PositionedSource,
        transactions: Transactions,
        *,
        crash_point: Callable[[str], None],
    ) -> None:
        self._source = source
        self._transactions = transactions
        self._crash_point = crash_point

    @property
    def name(self) -> str:
        """Return the name of this source in metrics and logs."""
        return self._source.name

    def session(self) -> AbstractAsyncContextManager[SourceSession]:
        """Take the lease, fence off earlier relays, and resume at the further cursor."""
        return self._session()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[SourceSession]:
        async with self._source.session() as session:
            # A relay that died between the two commits left the position in Kafka further than
            # the cursor in the database; the cursor has to follow before the first poll, or the
            # batch would be published twice. A position of another layout, so of another
            # number of shards or another life of the database, is ignored: repeats may come.
            position = await _keeping_lease(session, self._transactions.take_over())
            if position is not None and await session.follow(position):
                log.warning("relay.resumed_at_position_in_kafka", source=self.name)
            yield StrictSession(session, self._transactions, self._crash_point, position)


@dataclass(slots=True)
class StrictSession:
    """A session that commits each batch's position to Kafka before the database's cursor.

    Attributes:
        session: The session at the database.
        transactions: The publisher's transactions.
        crash_point: Called between the two commits.
        committed: The position that Kafka has; None before the first commit of a shard.
    """

    session: PositionedSession
    transactions: Transactions
    crash_point: Callable[[str], None]
    committed: bytes | None

    async def poll(self, limit: int) -> "StrictBatch":
        """Return rows that no crash of the database can undo."""
        batch = await self.session.poll(limit)
        if batch.rows:
            # A transaction that a crash undoes leaves its id to another one, and a position
            # that was kept in Kafka would skip that.
            await self.session.make_durable()
        return StrictBatch(self, batch)

    async def wait(self) -> None:
        """Return when rows may be there."""
        await self.session.wait()

    async def keep_lease(self) -> None:
        """Show the database that this relay lives."""
        await self.session.keep_lease()

    async def held_keys(self) -> set[Key]:
        """Return the keys whose rows have to wait behind a parked row."""
        return await self.session.held_keys()

    async def unparked(self, limit: int) -> UnparkedBatch:
        """Return parked rows to retry; a crash between the two commits publishes them again."""
        # Without a position there is nothing to commit them with. The first poll, even an empty
        # one, is acknowledged and gives one.
        if self.committed is None:
            return NothingUnparked()
        return StrictUnparked(self, self.committed, await self.session.unparked(limit))

    async def backlog(self) -> Backlog:
        """Return what is not acknowledged yet."""
        return await self.session.backlog()

    async def commit(self, position: bytes) -> None:
        """Commit what was published together with a position; keep the lease meanwhile."""
        await _keeping_lease(self.session, self.transactions.commit(position))
        self.committed = position
        self.crash_point("after_commit_before_cursor")


@dataclass(frozen=True, slots=True)
class StrictBatch:
    """A batch that is acknowledged in Kafka first.

    Attributes:
        session: The session that polled it.
        batch: The batch of the session at the database.
    """

    session: StrictSession
    batch: PositionedBatch

    @property
    def rows(self) -> Sequence[OutboxRow]:
        """Return the rows in the order in which to publish them."""
        return self.batch.rows

    @property
    def more(self) -> bool:
        """Return whether further rows are likely to follow."""
        return self.batch.more

    async def acknowledge(self, parked: Sequence[Parked] = ()) -> None:
        """Commit the position behind the batch in Kafka, then in the database."""
        await self.session.commit(self.batch.position(parked))
        await self.batch.acknowledge(parked)


@dataclass(frozen=True, slots=True)
class StrictUnparked:
    """Parked rows to retry; committing them does not move the position.

    Attributes:
        session: The session that found them.
        position: The position that Kafka has already.
        batch: The batch of the session at the database.
    """

    session: StrictSession
    position: bytes
    batch: UnparkedBatch

    @property
    def rows(self) -> Sequence[OutboxRow]:
        """Return the rows in the order in which to publish them."""
        return self.batch.rows

    @property
    def more(self) -> bool:
        """Return whether further rows are likely to follow."""
        return self.batch.more

    @property
    def keys(self) -> frozenset[Key]:
        """Return the keys that are no longer held."""
        return self.batch.keys

    async def acknowledge(self, parked: Sequence[Parked] = ()) -> None:
        """Commit the rows in Kafka, then remove them from the table of parked rows."""
        await self.session.commit(self.position)
        await self.batch.acknowledge(parked)


@dataclass(frozen=True, slots=True)
class NothingUnparked:
    """An empty batch.

    Attributes:
        rows: Always empty.
        keys: Always empty.
        more: Always False.
    """

    rows: Sequence[OutboxRow] = ()
    keys: frozenset[Key] = frozenset()
    more: bool = False

    async def acknowledge(self, parked: Sequence[Parked] = ()) -> None:
        """Do nothing."""


async def _keeping_lease(session: SourceSession, work: Coroutine[Any, Any, T]) -> T:
    """Await ``work`` and keep the lease meanwhile."""
    async with asyncio.TaskGroup() as tasks:
        return await keeping_lease(tasks.create_task(work), session.keep_lease)
