"""A source whose cursor is committed with the events: read by those who see no repeats.

Kafka's transaction is what counts; the database's cursor follows it. A relay that died between
the two left Kafka's further, and its successor makes the database's follow before it reads.
Only where Kafka's belongs to another layout, so to another number of shards or another life of
the database, does it count for nothing, and repeats may come.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from ledgerlane_outbox.store import OutboxRow
from producers.sources.source import (
    Backlog,
    Batch,
    Key,
    Parked,
    SourceSession,
    UnparkedBatch,
)

T = TypeVar("T")

_log = logging.getLogger(__name__)

_LEASE_HEARTBEAT_S: Final = 2.0


class Transactions(Protocol):
    """The publisher's side: transactions that hold what it published, and a position."""

    async def take_over(self) -> bytes | None:
        """Shut every earlier relay of this shard out; give the position last committed.

        Raises:
            BrokerUnavailable: nothing is promised.
        """

    async def commit(self, position: bytes) -> None:
        """Commit what was published since the last commit, with the position behind it.

        Raises:
            BrokerUnavailable: it is committed or not; the next to take over is told.
            Fenced: another relay has taken over.
        """


class PositionedBatch(Batch, Protocol):
    """A batch that can say where a reader is who has it behind him."""

    def position(self, parked: Sequence[Parked]) -> bytes:
        """Say all that it takes to acknowledge this batch later, and elsewhere."""


class PositionedSession(SourceSession, Protocol):
    """A session that can be told where its reader is."""

    async def poll(self, limit: int) -> PositionedBatch:
        """See :class:`producers.sources.source.SourceSession`."""

    async def follow(self, position: bytes) -> bool:
        """Acknowledge what is behind a position that was told in this or an earlier session.

        Returns whether it was further than the database's cursor; one of another layout never
        is. To be called before the first poll.

        Raises:
            SourceUnavailable: the cursor has moved or not.
        """

    async def make_durable(self) -> None:
        """Return when no crash of the database can undo what was polled.

        A transaction that is undone gives its id to another, which a position that was kept
        elsewhere would skip.

        Raises:
            SourceUnavailable: the session is over.
        """


class PositionedSource(Protocol):
    """A source with such sessions; see :class:`producers.sources.source.Source`."""

    @property
    def name(self) -> str:
        """What metrics and logs call this source."""

    def session(self) -> AbstractAsyncContextManager[PositionedSession]:
        """See :class:`producers.sources.source.Source`."""


class StrictSource:
    """See :class:`producers.sources.source.Source`; its batches are acknowledged in Kafka first.

    Args:
        crash_point: Chaos tests give a function that dies at ``after_commit_before_cursor``.
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
        """See :class:`producers.sources.source.Source`."""
        return self._source.name

    def session(self) -> AbstractAsyncContextManager[SourceSession]:
        """See :class:`producers.sources.source.Source`."""
        return self._session()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[SourceSession]:
        async with self._source.session() as session:
            position = await _keeping_lease(session, self._transactions.take_over())
            if position is not None and await session.follow(position):
                _log.warning("%s: resuming at the cursor of Kafka", self.name)
            yield StrictSession(session, self._transactions, self._crash_point, position)


@dataclass(slots=True)
class StrictSession:
    """See :class:`producers.sources.source.SourceSession`.

    Attributes:
        committed: The position that Kafka has; None before the first commit of a shard.
    """

    session: PositionedSession
    transactions: Transactions
    crash_point: Callable[[str], None]
    committed: bytes | None

    async def poll(self, limit: int) -> "StrictBatch":
        """See :class:`producers.sources.source.SourceSession`."""
        batch = await self.session.poll(limit)
        if batch.rows:
            await self.session.make_durable()
        return StrictBatch(self, batch)

    async def wait(self) -> None:
        """See :class:`producers.sources.source.SourceSession`."""
        await self.session.wait()

    async def keep_lease(self) -> None:
        """See :class:`producers.sources.source.SourceSession`."""
        await self.session.keep_lease()

    async def held_keys(self) -> set[Key]:
        """See :class:`producers.sources.source.SourceSession`."""
        return await self.session.held_keys()

    async def unparked(self, limit: int) -> UnparkedBatch:
        """See :class:`producers.sources.source.SourceSession`.

        A crash between Kafka's commit and the database's publishes these again.
        """
        if self.committed is None:  # soon: an empty poll is acknowledged too
            return NothingUnparked()
        return StrictUnparked(self, self.committed, await self.session.unparked(limit))

    async def backlog(self) -> Backlog:
        """See :class:`producers.sources.source.SourceSession`."""
        return await self.session.backlog()

    async def commit(self, position: bytes) -> None:
        """Commit what was published with a position, keeping the lease meanwhile."""
        await _keeping_lease(self.session, self.transactions.commit(position))
        self.committed = position
        self.crash_point("after_commit_before_cursor")


@dataclass(frozen=True, slots=True)
class StrictBatch:
    """See :class:`producers.sources.source.Batch`."""

    session: StrictSession
    batch: PositionedBatch

    @property
    def rows(self) -> Sequence[OutboxRow]:
        """See :class:`producers.sources.source.Batch`."""
        return self.batch.rows

    @property
    def more(self) -> bool:
        """See :class:`producers.sources.source.Batch`."""
        return self.batch.more

    async def acknowledge(self, parked: Sequence[Parked] = ()) -> None:
        """See :class:`producers.sources.source.Batch`."""
        await self.session.commit(self.batch.position(parked))
        await self.batch.acknowledge(parked)


@dataclass(frozen=True, slots=True)
class StrictUnparked:
    """See :class:`producers.sources.source.UnparkedBatch`; it leaves the position as it is."""

    session: StrictSession
    position: bytes
    batch: UnparkedBatch

    @property
    def rows(self) -> Sequence[OutboxRow]:
        """See :class:`producers.sources.source.Batch`."""
        return self.batch.rows

    @property
    def more(self) -> bool:
        """See :class:`producers.sources.source.Batch`."""
        return self.batch.more

    @property
    def keys(self) -> frozenset[Key]:
        """See :class:`producers.sources.source.UnparkedBatch`."""
        return self.batch.keys

    async def acknowledge(self, parked: Sequence[Parked] = ()) -> None:
        """See :class:`producers.sources.source.Batch`."""
        await self.session.commit(self.position)
        await self.batch.acknowledge(parked)


@dataclass(frozen=True, slots=True)
class NothingUnparked:
    """See :class:`producers.sources.source.UnparkedBatch`; it is empty."""

    rows: Sequence[OutboxRow] = ()
    keys: frozenset[Key] = frozenset()
    more: bool = False

    async def acknowledge(self, parked: Sequence[Parked] = ()) -> None:
        """See :class:`producers.sources.source.Batch`."""


async def _keeping_lease(session: SourceSession, work: Coroutine[Any, Any, T]) -> T:
    """Keep the lease while Kafka works."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(work)
        while not (await asyncio.wait({task}, timeout=_LEASE_HEARTBEAT_S))[0]:
            await session.keep_lease()
    return task.result()
