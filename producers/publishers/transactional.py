"""Publishes in Kafka transactions, each with the position behind its rows.

The positions are records of a compacted topic, keyed by source and shard. Each shard has a
transactional id of its own: a relay that takes it over aborts what the one before left open and
fences it off. Start at :class:`TransactionalPublisher`.
"""

from collections.abc import Sequence
from typing import Final, Self

from ledgerlane_outbox.store import OutboxRow
from producers.errors import BrokerUnavailable
from producers.publisher import Rejection
from producers.publishers.committed import last_committed
from producers.publishers.sending import BatchProducer, Publication

_TRANSACTION_TIMEOUT_S: Final = 30.0
"""The time after which the brokers abort an open transaction, and readers wait no longer."""


class TransactionalPublisher:
    """Publishes in transactions.

    Rows are stored at once; consumers of committed records see them when :meth:`commit` has
    returned.

    Args:
        name: The name of the source and shard, unique on one Kafka cluster.
        cursors_topic: The topic for the positions, compacted and with one partition.
        ack_timeout_s: The time in seconds for which Kafka may leave a request unanswered before
            it counts as away.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        *,
        name: str,
        cursors_topic: str,
        ack_timeout_s: float = 15.0,
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._name = name
        self._cursors_topic = cursors_topic
        self._ack_timeout_s = ack_timeout_s
        self._producer = BatchProducer(
            bootstrap_servers,
            ack_timeout_s=ack_timeout_s,
            transactional_id=f"ledgerlane-relay.{name}",
            transaction_timeout_s=_TRANSACTION_TIMEOUT_S,
        )
        self._is_owner = False
        self._is_open = False
        self._stored: list[Publication] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._drop()

    async def take_over(self) -> bytes | None:
        """Fence off earlier owners of the name; return the position last committed.

        Raises:
            BrokerUnavailable: they may be fenced off or not.
        """
        await self._drop()
        try:
            await self._producer.started()
            position = await last_committed(
                *(self._bootstrap_servers, self._cursors_topic, self._name),
                timeout_s=self._ack_timeout_s,
            )
        except BaseException:
            await self._drop()
            raise
        self._is_owner = True
        return position

    async def publish(self, rows: Sequence[OutboxRow]) -> Sequence[Rejection]:
        """Store the rows in the open transaction; return those that were rejected.

        Raises:
            BrokerUnavailable: any number of the rows may be stored; publish all of them again.
            Fenced: another relay has taken the name over.
        """
        try:
            return await self._publish(rows)
        except BaseException:
            await self._drop()
            raise

    async def commit(self, position: bytes) -> None:
        """Commit what was published since the last commit together with a position.

        Raises:
            BrokerUnavailable: both are committed or neither; :meth:`take_over` returns which.
            Fenced: another relay has taken the name over; nothing is committed.
        """
        try:
            await self._commit(position)
        except BaseException:
            await self._drop()
            raise

    async def _commit(self, position: bytes) -> None:
        if await self._publish([self._record_of(position)]):
            raise BrokerUnavailable(f"no position can be stored in {self._cursors_topic}")
        producer = await self._producer.started()
        async with self._producer.answering():
            await producer.commit_transaction()
        self._is_open = False
        self._stored.clear()

    def _record_of(self, position: bytes) -> OutboxRow:
        attributes = (None, None, None, None, None, None, None)
        return (0, self._cursors_topic, self._name, "{}", position, *attributes)

    async def _publish(self, rows: Sequence[OutboxRow]) -> Sequence[Rejection]:
        if not self._is_owner:
            await self.take_over()
        publication = await self._producer.placed(rows)
        await self._begin()
        while not await self._producer.send(publication):
            await self._start_over()
            publication.begin_again()
        self._stored.append(publication)
        return publication.rejections.in_order()

    async def _begin(self) -> None:
        if not self._is_open:
            producer = await self._producer.started()
            async with self._producer.answering():
                await producer.begin_transaction()
            self._is_open = True

    async def _start_over(self) -> None:
        """Abort, and store again what was stored before the refused rows."""
        # By a new producer: it aborts what the one before left open, and its numbers are those
        # that the brokers expect.
        await self._producer.drop()
        self._is_open = False
        await self._begin()
        for publication in self._stored:
            publication.begin_again()
            if not await self._producer.send(publication):
                raise BrokerUnavailable("Kafka refused rows that it stored before")

    async def _drop(self) -> None:
        # What is under way is left to the next owner of the name, which aborts it.
        self._is_owner = self._is_open = False
        self._stored.clear()
        await self._producer.drop()
