"""Publishes in Kafka transactions, each with the position behind its rows.

The positions are records of a compacted topic, keyed by source and shard. Each shard has a
transactional id of its own: a relay that takes it over aborts what the one before left open and
fences it off. Start at :class:`TransactionalPublisher`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Self, TypeVar

from confluent_kafka import KafkaException

from ledgerlane_outbox.store import OutboxRow
from producers.errors import BrokerUnavailable
from producers.publisher import Rejection, Rejections
from producers.publishers.committed import last_committed
from producers.publishers.sender import Refusal, Sender, is_of_topic, lasting, passing
from producers.sources.source import Key

T = TypeVar("T")

_TRANSACTION_TIMEOUT_MS: Final = 30_000
"""The time after which the brokers abort an open transaction, and readers wait no longer."""


@dataclass(slots=True)
class _Publication:
    """Rows of one transaction, and what is known about refused ones.

    Attributes:
        rows: The rows to publish.
        faults: The reasons of the rows that Kafka refuses, by their positions.
        suspects: The positions of rows that were refused together; each has to be sent alone.
    """

    rows: Sequence[OutboxRow]
    faults: dict[int, str] = field(default_factory=dict)
    suspects: set[int] = field(default_factory=set)

    def runs(self, rejections: Rejections) -> Iterator[Sequence[int]]:
        """Yield the positions of valid rows in order, in groups that may be sent together."""
        # A fault is rejected only after the rows before it were yielded, so that it holds back
        # the rows of its key behind it and no others.
        begin = 0
        for index in sorted(self.faults.keys() | self.suspects):
            yield range(begin, index)
            key = (self.rows[index][1], self.rows[index][2])
            if index not in self.faults:
                yield [index]
            elif not rejections.blocks(index, key):
                rejections.add(index, key, self.faults[index])
            begin = index + 1
        yield range(begin, len(self.rows))

    def learn(self, refusals: Sequence[Refusal], run: Sequence[int]) -> None:
        """Record that a run was refused: a row sent alone is at fault, others are suspects.

        Raises:
            BrokerUnavailable: none of the rows was refused.
        """
        errors = {(one.key, one.payload): one.error for one in refusals}
        found = {n: errors[of] for n in run if (of := self._refusal_key(n)) in errors}
        if not found:
            raise BrokerUnavailable("Kafka refused a record that was not sent")
        for index, error in found.items():
            if len(run) == 1 or is_of_topic(error):
                self.faults[index] = lasting(error)
            else:
                self.suspects.add(index)

    def _refusal_key(self, index: int) -> tuple[Key, bytes]:
        """Return the values by which a refusal identifies a row."""
        _, topic, key, _, payload = self.rows[index][:5]
        return (topic, key), payload


class _Transaction:
    """The transactions of one producer, one after the other.

    Args:
        new_sender: Makes a transactional producer.
        thread: The thread for blocking calls. The next producer with the same id has to use it
            as well: then it begins after this one has ended, and no late call of this one can
            fence it off.
        timeout_s: The longest time for a blocking call, in seconds.
    """

    def __init__(
        self, new_sender: Callable[[], Sender], thread: ThreadPoolExecutor, *, timeout_s: float
    ) -> None:
        self._new_sender = new_sender
        self._sender = new_sender()
        self._timeout_s = timeout_s
        self._thread = thread
        self._is_open = False
        self._published: list[_Publication] = []

    async def fence(self) -> None:
        """Fence off earlier owners of the id, and abort what they left open."""
        await self.in_thread(partial(self._sender.producer.init_transactions, self._timeout_s))

    async def add(self, rows: Sequence[OutboxRow]) -> Sequence[Rejection]:
        """Store rows in the open transaction, or in a new one if none is open."""
        publication = _Publication(rows)
        while (rejections := await self._store(publication)) is None:
            await self._start_over()
        self._published.append(publication)
        return rejections.in_order()

    async def end(self, record: OutboxRow) -> None:
        """Store the last record of the transaction and commit it."""
        rejections = await self._store(_Publication([record]))
        if rejections is None or rejections.keys:
            raise BrokerUnavailable(f"no position can be stored in {record[1]}")
        await self.in_thread(partial(self._sender.producer.commit_transaction, self._timeout_s))
        self._is_open = False
        self._published.clear()

    def abandon(self) -> None:
        """Discard everything without waiting for what is under way."""
        self._thread.submit(self._sender.drop)

    async def in_thread(self, call: Callable[[], T]) -> T:
        """Return the result of a blocking call.

        Raises:
            BrokerUnavailable: the call may have had its effect or not.
            Fenced: the call had no effect.
        """
        with _our_errors():
            return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    async def _store(self, publication: _Publication) -> Rejections | None:
        """Send the valid rows; return None if a refusal has made the transaction fail."""
        rejections = Rejections()
        for run in publication.runs(rejections):
            if run and not await self._send(publication.rows, run, rejections):
                publication.learn(self._sender.refusals, run)
                return None
        return rejections

    async def _send(
        self, rows: Sequence[OutboxRow], run: Sequence[int], rejections: Rejections
    ) -> bool:
        """Send rows and wait for them; return whether none was refused."""
        with _our_errors():
            if not self._is_open:
                self._sender.producer.begin_transaction()
                self._is_open = True
            try:
                await self._sender.send(rows, rejections, run)
            except BrokerUnavailable:
                # The reason may be a refusal: a transaction that has failed takes no more rows.
                await self._sender.acknowledged()
                if not self._sender.refusals:
                    raise
        return not self._sender.refusals

    async def _start_over(self) -> None:
        """Abort, and store again what was published before the refused rows."""
        # By a new producer that fences off the old one: librdkafka's producer may purge what it
        # is given after an abort.
        await self.in_thread(self._sender.drop)
        self._sender, self._is_open = self._new_sender(), False
        await self.fence()
        for publication in self._published:
            if await self._store(publication) is None:
                raise BrokerUnavailable("Kafka refused rows that it stored before")


@contextmanager
def _our_errors() -> Iterator[None]:
    """Translate the client's errors into ours, with their cause."""
    try:
        yield
    except KafkaException as exc:
        raise passing(exc.args[0]) from exc


class TransactionalPublisher:
    """Publishes in transactions.

    Rows are stored at once; consumers of committed records see them when :meth:`commit` has
    returned.

    Args:
        name: The name of the source and shard, unique on one Kafka cluster.
        cursors_topic: The topic for the positions, compacted and with one partition.
        ack_timeout_s: The time in seconds for which Kafka may acknowledge nothing before it
            counts as away.
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
        self._thread = ThreadPoolExecutor(1, "transaction")
        self._transaction: _Transaction | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._drop()
        self._thread.shutdown(wait=False)

    async def take_over(self) -> bytes | None:
        """Fence off earlier owners of the name; return the position last committed.

        Raises:
            BrokerUnavailable: they may be fenced off or not.
        """
        self._drop()
        self._transaction = _Transaction(
            self._new_sender, self._thread, timeout_s=self._ack_timeout_s
        )
        return await self._in_transaction(self._begin)

    def _new_sender(self) -> Sender:
        return Sender(
            self._bootstrap_servers,
            ack_timeout_s=self._ack_timeout_s,
            transaction={
                "transactional.id": f"ledgerlane-relay.{self._name}",
                "transaction.timeout.ms": _TRANSACTION_TIMEOUT_MS,
                "message.timeout.ms": _TRANSACTION_TIMEOUT_MS,
            },
        )

    async def _begin(self, transaction: _Transaction) -> bytes | None:
        await transaction.fence()
        place = self._bootstrap_servers, self._cursors_topic, self._name
        return await transaction.in_thread(
            partial(last_committed, *place, timeout_s=self._ack_timeout_s)
        )

    async def publish(self, rows: Sequence[OutboxRow]) -> Sequence[Rejection]:
        """Store the rows in the open transaction; return those that were rejected.

        Raises:
            BrokerUnavailable: any number of the rows may be stored; publish all of them again.
            Fenced: another relay has taken the name over.
        """
        return await self._in_transaction(lambda transaction: transaction.add(rows))

    async def commit(self, position: bytes) -> None:
        """Commit what was published since the last commit together with a position.

        Raises:
            BrokerUnavailable: both are committed or neither; :meth:`take_over` returns which.
            Fenced: another relay has taken the name over; nothing is committed.
        """
        place = (0, self._cursors_topic, self._name, "{}", position, None)
        record: OutboxRow = (*place, None, None, None, None, None, None)
        await self._in_transaction(lambda transaction: transaction.end(record))

    async def _in_transaction(self, step: Callable[[_Transaction], Awaitable[T]]) -> T:
        if self._transaction is None:
            await self.take_over()
        assert self._transaction is not None  # noqa: S101 - taken over
        try:
            return await step(self._transaction)
        except BaseException:
            self._drop()
            raise

    def _drop(self) -> None:
        # What is under way is left to the next owner of the name, which aborts it.
        transaction, self._transaction = self._transaction, None
        if transaction:
            transaction.abandon()
