"""Publishes in Kafka transactions, each with the cursor behind its rows: nothing twice.

The cursors are records of a compacted topic, keyed by source and shard. Each shard has a
transactional id of its own, so a relay that takes it over ends what the one before left open,
and from then on that one's transactions come to nothing, whenever it thaws.
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
"""After so long the brokers abort what nobody ends; so long may readers have to wait."""


@dataclass(slots=True)
class _Publication:
    """Rows of one transaction, and what was found out about them.

    Attributes:
        faults: The rows that Kafka refuses, each with the reason.
        suspects: Those that were refused with others; each has to be sent alone.
    """

    rows: Sequence[OutboxRow]
    faults: dict[int, str] = field(default_factory=dict)
    suspects: set[int] = field(default_factory=set)

    def runs(self, rejections: Rejections) -> Iterator[Sequence[int]]:
        """Give the indexes of the sound rows, in order, those together that may be sent so.

        Each fault is rejected when what comes before it has been taken, so that what comes
        behind it is held back, and nothing else.
        """
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
        """Take in that a run was refused: who was alone is at fault, the others are suspects.

        Raises:
            BrokerUnavailable: no row is to blame.
        """
        told = {(one.key, one.payload): one.error for one in refusals}
        found = {index: told[of] for index in run if (of := self._told_of(index)) in told}
        if not found:
            raise BrokerUnavailable("a record was refused that is none of ours")
        for index, error in found.items():
            if len(run) == 1 or is_of_topic(error):
                self.faults[index] = lasting(error)
            else:
                self.suspects.add(index)

    def _told_of(self, index: int) -> tuple[Key, bytes]:
        """Give what a refusal tells of a record."""
        _, topic, key, _, payload = self.rows[index]
        return (topic, key), payload


class _Transaction:
    """A producer's transactions, one after the other, from its fencing of all before it.

    Args:
        thread: For calls that block. The next producer of the same id has to use it too: so it
            begins when this one has ended, and is not fenced by a fencing that came late.
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
        """Shut earlier owners of the id out, and end what they left open."""
        await self.in_thread(partial(self._sender.producer.init_transactions, self._timeout_s))

    async def add(self, rows: Sequence[OutboxRow]) -> Sequence[Rejection]:
        """Store rows as part of the open transaction; begin one where none is."""
        publication = _Publication(rows)
        while (rejections := await self._store(publication)) is None:
            await self._start_over()
        self._published.append(publication)
        return rejections.in_order()

    async def end(self, record: OutboxRow) -> None:
        """Store the last record of the transaction, and commit it."""
        rejections = await self._store(_Publication([record]))
        if rejections is None or rejections.keys:
            raise BrokerUnavailable(f"no cursor can be stored in {record[1]}")
        await self.in_thread(partial(self._sender.producer.commit_transaction, self._timeout_s))
        self._is_open = False
        self._published.clear()

    def abandon(self) -> None:
        """Give everything up, without waiting for what is under way."""
        self._thread.submit(self._sender.drop)

    async def in_thread(self, call: Callable[[], T]) -> T:
        """Make a call that blocks.

        Raises:
            BrokerUnavailable: it may have had its effect or not.
            Fenced: it had none.
        """
        with _our_errors():
            return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    async def _store(self, publication: _Publication) -> Rejections | None:
        """Send what is sound; None where a refusal has doomed the transaction."""
        rejections = Rejections()
        for run in publication.runs(rejections):
            if run and not await self._send(publication.rows, run, rejections):
                publication.learn(self._sender.refusals, run)
                return None
        return rejections

    async def _send(
        self, rows: Sequence[OutboxRow], run: Sequence[int], rejections: Rejections
    ) -> bool:
        """Send rows and wait for them; False where one was refused."""
        with _our_errors():
            if not self._is_open:
                self._sender.producer.begin_transaction()
                self._is_open = True
            try:
                await self._sender.send(rows, rejections, run)
            except BrokerUnavailable:  # or was it that a doomed transaction takes nothing more?
                await self._sender.acknowledged()
                if not self._sender.refusals:
                    raise
        return not self._sender.refusals

    async def _start_over(self) -> None:
        """Abort, and store again what was published before the refused.

        By fencing ourselves: librdkafka's producer may purge what it is given after an abort.
        """
        await self.in_thread(self._sender.drop)
        self._sender, self._is_open = self._new_sender(), False
        await self.fence()
        for publication in self._published:
            if await self._store(publication) is None:
                raise BrokerUnavailable("rows are refused that were stored a moment ago")


@contextmanager
def _our_errors() -> Iterator[None]:
    """Turn the client's errors into ours, keeping the cause."""
    try:
        yield
    except KafkaException as exc:
        raise passing(exc.args[0]) from exc


class TransactionalPublisher:
    """Publishes in transactions; see :class:`producers.publisher.Publisher`.

    What is published is stored at once, and readers of committed records see it when
    :meth:`commit` has returned.

    Args:
        name: Of the source and shard; on one Kafka, no two may have the same.
        cursors_topic: Compacted, and with one partition.
        ack_timeout_s: How long Kafka may acknowledge nothing before it counts as away.
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
        """Shut earlier owners of the name out, end what they left open; give the last cursor.

        Raises:
            BrokerUnavailable: nothing is promised; they may be shut out or not.
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
        """See :class:`producers.publisher.Publisher`; only a commit makes it seen.

        Raises:
            Fenced: another has taken the name over.
        """
        return await self._in_transaction(lambda transaction: transaction.add(rows))

    async def commit(self, position: bytes) -> None:
        """Let readers see what was published since the last commit, and move the cursor.

        Both happen or neither, also where an error leaves open which: then the next owner of
        the name finds out.

        Raises:
            BrokerUnavailable: the transaction may be committed or not.
            Fenced: another has taken the name over; it is not committed.
        """
        record: OutboxRow = (0, self._cursors_topic, self._name, "{}", position)
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
        """Leave what is under way to the next owner of the name, which ends it."""
        transaction, self._transaction = self._transaction, None
        if transaction:
            transaction.abandon()
