"""Where the relay sends messages: the protocol, and Kafka through either of two clients.

Both clients are idempotent, wait for all in-sync replicas, and place a key on the partition on
which the Java client would. `ConfluentPublisher` costs half the processor time an event;
`AiokafkaPublisher` needs no thread and no C library.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError as AiokafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from ledgerlane_outbox.store import OutboxRow
from producers.errors import BrokerUnavailable
from producers.sources.base import Key

_log = logging.getLogger(__name__)

_UNKNOWN_TOPIC_S: Final = 5.0
"""How long a topic may be missing from the metadata before it counts as unknown."""

_LARGEST_RECORD: Final = 1_000_000
"""Bytes; below the brokers' own default, so that they refuse nothing that got this far."""

_SLICE_ROWS: Final = 500
_SHORTEST_PAUSE_S: Final = 0.001
_LONGEST_PAUSE_S: Final = 0.05
_DROP_TIMEOUT_S: Final = 5.0

_CRITICAL: Final = 2
_MALFORMED: Final = (TypeError, ValueError, AttributeError)
_LASTING: Final = frozenset(
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.INVALID_RECORD,
        KafkaError.TOPIC_EXCEPTION,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_TOPIC,
        KafkaError._UNKNOWN_PARTITION,
    }
)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was not published, and never will be as it is.

    Attributes:
        index: Its place among the rows given.
        behind: The row itself is sound; it was left out because an earlier one of its key
            was rejected.
    """

    index: int
    reason: str
    behind: bool = False


class Publisher(Protocol):
    """Where the relay sends messages."""

    async def publish(self, rows: Sequence[OutboxRow]) -> Sequence[Rejection]:
        """Return once every row but the rejected is durably stored, in order for each key.

        Rows of a key that follow a rejected one in ``rows`` are left out and returned as
        ``behind`` it, if the client saw the fault itself; a fault that only the broker can see
        (a topic with a smaller size limit than ours) comes too late for that. Rejections come
        in the order of the rows. One call at a time.

        Raises:
            BrokerUnavailable: nothing is promised; some rows may be stored.
        """


class ConfluentPublisher:
    """Publishes through librdkafka; see :class:`Publisher`.

    Our side of it runs on the event loop alone, a few milliseconds at a time: on a thread of
    its own it would fight the loop for the interpreter's lock at every acknowledgement.

    Args:
        ack_timeout_s: How long Kafka may acknowledge nothing before it counts as away.
    """

    def __init__(self, bootstrap_servers: str, *, ack_timeout_s: float = 15.0) -> None:
        self._ack_timeout_s = ack_timeout_s
        self._configuration = {
            "bootstrap.servers": bootstrap_servers,
            "enable.idempotence": True,
            "acks": "all",
            "partitioner": "murmur2_random",
            "compression.type": "lz4",
            "linger.ms": 1,
            "message.max.bytes": _LARGEST_RECORD,
            "message.timeout.ms": 0,
            "topic.metadata.propagation.max.ms": int(_UNKNOWN_TOPIC_S * 1000),
            "queue.buffering.max.messages": 0,
            "delivery.report.only.error": True,
            "on_delivery": self._refused,
            "error_cb": self._note_trouble,
            "reconnect.backoff.max.ms": 1_000,
            "log_level": _CRITICAL,  # it would log every attempt to connect; we tell once
        }
        self._producer: Producer | None = None
        self._trouble = ""
        self._refusals: list[tuple[KafkaError, Key]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._drop()

    async def publish(self, rows: Sequence[OutboxRow]) -> Sequence[Rejection]:
        """See :class:`Publisher`."""
        if self._producer is None:
            self._producer = Producer(self._configuration, logger=_log)
        rejections = _Rejections()
        try:
            await self._send(self._producer, rows, rejections)
            await self._examine(self._producer, rows, rejections)
        except BaseException as exc:
            await self._drop()
            if isinstance(exc, KafkaException):
                raise BrokerUnavailable(str(exc)) from exc
            raise
        return rejections.in_order()

    async def _send(
        self, producer: Producer, rows: Sequence[OutboxRow], rejections: "_Rejections"
    ) -> None:
        """Send the rows and wait for Kafka's word on each."""
        self._refusals.clear()
        sent = 0
        while sent < len(rows):
            upto = min(sent + _SLICE_ROWS, len(rows))
            sent = _produce(producer, rows, range(sent, upto), rejections)
            if sent < upto:
                await self._acknowledged(producer)
            producer.poll(0)
            await asyncio.sleep(0)
        await self._acknowledged(producer)

    async def _examine(
        self, producer: Producer, rows: Sequence[OutboxRow], rejections: "_Rejections"
    ) -> None:
        """Find out one by one which rows the broker refused; it only told their keys."""
        suspects = {key for _, key in self._refusals}
        for index, row in enumerate(rows):
            key = (row[1], row[2])
            if key not in suspects or rejections.blocks(index, key):
                continue
            alone = _Rejections()
            await self._send(producer, [row], alone)
            for error, _ in self._refusals:
                alone.add(0, key, _lasting(error))
            for rejection in alone.in_order():
                rejections.add(index, key, rejection.reason)

    async def _acknowledged(self, producer: Producer) -> None:
        """Wait until nothing is under way."""
        waiting, since = len(producer), time.monotonic()
        pause_s = _SHORTEST_PAUSE_S
        while left := len(producer):
            await asyncio.sleep(pause_s)
            producer.poll(0)
            if left < waiting:
                waiting, since = left, time.monotonic()
            elif time.monotonic() - since > self._ack_timeout_s:
                raise BrokerUnavailable(
                    f"no acknowledgement in {self._ack_timeout_s:g} s; {self._trouble}"
                )
            else:
                pause_s = min(_LONGEST_PAUSE_S, pause_s * 1.2)
        for error, _ in self._refusals:
            _lasting(error)

    def _refused(self, error: KafkaError, message: Message) -> None:
        self._refusals.append((error, (message.topic() or "", (message.key() or b"").decode())))

    def _note_trouble(self, error: KafkaError) -> None:
        self._trouble = error.str()

    async def _drop(self) -> None:
        """Forget what is under way: whoever sends it again uses a new producer."""
        producer, self._producer = self._producer, None
        if producer:
            producer.purge()
            await asyncio.to_thread(producer.flush, _DROP_TIMEOUT_S)


def _produce(
    producer: Producer,
    rows: Sequence[OutboxRow],
    indexes: range,
    rejections: "_Rejections",
) -> int:
    """Hand rows to the client; return the index of the first that it has no room for."""
    produce: Callable[..., None] = producer.produce
    blocked = rejections.keys
    for index in indexes:
        _, topic, key, headers, payload = rows[index]
        if blocked and rejections.blocks(index, (topic, key)):
            continue
        try:
            produce(topic, payload, key, headers=headers)
        except BufferError:
            return index
        except _MALFORMED as exc:
            rejections.add(index, (topic, key), f"headers can't be sent: {exc}")
        except KafkaException as exc:
            rejections.add(index, (topic, key), _lasting(exc.args[0]))
    return indexes.stop


class AiokafkaPublisher:
    """Publishes through aiokafka; see :class:`Publisher`.

    Args:
        ack_timeout_s: How long Kafka may leave a request unanswered before it counts as away.
    """

    def __init__(self, bootstrap_servers: str, *, ack_timeout_s: float = 15.0) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._ack_timeout_s = ack_timeout_s
        self._topics: set[str] = set()
        self._producer: AIOKafkaProducer | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._drop()

    async def publish(self, rows: Sequence[OutboxRow]) -> Sequence[Rejection]:
        """See :class:`Publisher`."""
        try:
            return await self._publish(await self._started(), rows)
        except BaseException as exc:
            await self._drop()
            if isinstance(exc, AiokafkaError):
                raise BrokerUnavailable(f"{type(exc).__name__}: {exc}") from exc
            raise

    async def _publish(
        self, producer: AIOKafkaProducer, rows: Sequence[OutboxRow]
    ) -> Sequence[Rejection]:
        rejections = _Rejections()
        sent: list[tuple[int, Key, asyncio.Future[object]]] = []
        for index, row in enumerate(rows):
            key = (row[1], row[2])
            if rejections.blocks(index, key):
                continue
            fault, acknowledged = await self._send(producer, row)
            if acknowledged:
                sent.append((index, key, acknowledged))
            else:
                rejections.add(index, key, fault)
        for index, key, acknowledged in sent:
            try:
                await acknowledged
            except (MessageSizeTooLargeError, RecordListTooLargeError) as exc:
                rejections.add(index, key, str(exc))
        return rejections.in_order()

    async def _send(
        self, producer: AIOKafkaProducer, row: OutboxRow
    ) -> tuple[str, asyncio.Future[object] | None]:
        """Hand one row to the client: its fault, or the promise of its acknowledgement."""
        _, topic, key, headers, payload = row
        if topic not in self._topics and not await self._find_topic(producer, topic):
            return f"Kafka has no topic {topic}", None
        try:
            encoded = [(name, value.encode()) for name, value in headers.items()]
            return "", await producer.send(topic, payload, key.encode(), headers=encoded)
        except _MALFORMED as exc:
            return f"headers can't be sent: {exc}", None
        except (MessageSizeTooLargeError, InvalidTopicError) as exc:
            return str(exc), None

    async def _find_topic(self, producer: AIOKafkaProducer, topic: str) -> bool:
        try:
            async with asyncio.timeout(_UNKNOWN_TOPIC_S):
                await producer.partitions_for(topic)
        except TimeoutError:
            if not await producer.client.force_metadata_update():
                raise BrokerUnavailable("no broker answers") from None
            return False
        self._topics.add(topic)
        return True

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap_servers,
                enable_idempotence=True,
                acks="all",
                linger_ms=5,
                max_batch_size=256 * 1024,
                max_request_size=_LARGEST_RECORD,
                request_timeout_ms=int(self._ack_timeout_s * 1000),
            )
            self._producer = producer
            await producer.start()
        return self._producer

    async def _drop(self) -> None:
        producer, self._producer = self._producer, None
        if producer:
            await producer.stop()


class _Rejections:
    """The rejected rows of one publication, and the keys that they block."""

    def __init__(self) -> None:
        self.keys: set[Key] = set()
        self._found: list[Rejection] = []

    def add(self, index: int, key: Key, reason: str) -> None:
        """Reject a row for its own fault."""
        self.keys.add(key)
        self._found.append(Rejection(index, reason))

    def blocks(self, index: int, key: Key) -> bool:
        """Whether a row has to be left out because an earlier one of its key was rejected."""
        if key not in self.keys:
            return False
        self._found.append(Rejection(index, "behind a rejected row of its key", behind=True))
        return True

    def in_order(self) -> list[Rejection]:
        """All of them, in the order of the rows."""
        return sorted(self._found, key=lambda rejection: rejection.index)


def _lasting(error: KafkaError) -> str:
    """Say what is wrong with a row, when it is the row that is wrong.

    Raises:
        BrokerUnavailable: the error may pass.
    """
    if error.code() not in _LASTING:
        raise BrokerUnavailable(error.str())
    return error.str()
