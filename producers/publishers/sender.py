"""A librdkafka producer, and the refusals of the records that it was given."""

import asyncio
import logging
import select
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from ledgerlane_outbox.store import OutboxRow
from producers.errors import BrokerUnavailable, Fenced, ProducerError
from producers.publisher import LARGEST_RECORD, MALFORMED, UNKNOWN_TOPIC_S, Rejections
from producers.record_headers import headers_of
from producers.sources.source import Key

_librdkafka_log = logging.getLogger("librdkafka")

_SLICE_ROWS: Final = 500
_SHORTEST_PAUSE_S: Final = 0.0002
_SHORTEST_TIMER_S: Final = 0.001
_LONGEST_PAUSE_S: Final = 0.05
_DROP_TIMEOUT_S: Final = 5.0

_CRITICAL: Final = 2
_OF_TOPIC: Final = frozenset(
    {
        KafkaError.TOPIC_EXCEPTION,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_TOPIC,
        KafkaError._UNKNOWN_PARTITION,
    }
)
_OF_BATCH: Final = frozenset(
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.INVALID_RECORD,
    }
)
_PURGED: Final = frozenset({KafkaError._PURGE_QUEUE, KafkaError._PURGE_INFLIGHT})
_FENCED: Final = frozenset(
    {
        KafkaError._FENCED,
        KafkaError.PRODUCER_FENCED,
        KafkaError.INVALID_PRODUCER_EPOCH,
    }
)

Settings = dict[str, str | int | bool]


class Refusal(NamedTuple):
    """A record that Kafka did not store.

    Attributes:
        error: The error of the broker or the client.
        key: The topic and the key of the record.
        payload: The value of the record.
    """

    error: KafkaError
    key: Key
    payload: bytes


class Sender:
    """Sends rows and collects the refusals.

    It runs on the event loop alone, a few milliseconds at a time: a thread of its own would
    compete with the loop for the interpreter's lock at every acknowledgement.

    Args:
        ack_timeout_s: The time in seconds for which Kafka may acknowledge nothing before it
            counts as away.
        transaction: Further settings of a transactional producer. One refusal makes a
            transaction fail, so nothing more is waited for after it.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        *,
        ack_timeout_s: float,
        transaction: Settings | None = None,
    ) -> None:
        self._ack_timeout_s = ack_timeout_s
        self._all_or_none = transaction is not None
        self._last_error = ""
        self.refusals: list[Refusal] = []
        settings: Settings = {
            "bootstrap.servers": bootstrap_servers,
            "enable.idempotence": True,
            "acks": "all",
            "partitioner": "murmur2_random",
            "compression.type": "lz4",
            # Batches fill while earlier requests are under way; waiting would only add latency.
            "linger.ms": 0,
            "message.max.bytes": LARGEST_RECORD,
            "message.timeout.ms": 0,
            "topic.metadata.propagation.max.ms": int(UNKNOWN_TOPIC_S * 1000),
            "queue.buffering.max.messages": 0,
            "delivery.report.only.error": True,
            "reconnect.backoff.max.ms": 1_000,
            # The client would log every attempt to connect; the relay logs the first.
            "log_level": _CRITICAL,
            **(transaction or {}),
        }
        callbacks = {"on_delivery": self._refused, "error_cb": self._on_error}
        self.producer = Producer({**settings, **callbacks}, logger=_librdkafka_log)

    async def send(
        self,
        rows: Sequence[OutboxRow],
        rejections: Rejections,
        indexes: Sequence[int] | None = None,
    ) -> None:
        """Send rows and wait for all acknowledgements; ``refusals`` has those refused.

        Args:
            indexes: The positions of the rows to send, rising; all rows by default.

        Raises:
            BrokerUnavailable: some rows may be stored, others not.
            Fenced: none of the rows will be committed.
        """
        self.refusals.clear()
        sent, wanted = 0, range(len(rows)) if indexes is None else indexes
        while sent < len(wanted):
            now = wanted[sent : sent + _SLICE_ROWS]
            stuck_at = _produce(self.producer, rows, now, rejections)
            if stuck_at is None:
                sent += len(now)
            else:
                sent = bisect_left(wanted, stuck_at)
                await self.acknowledged()
            self.producer.poll(0)
            await asyncio.sleep(0)
        await self.acknowledged()

    def drop(self) -> None:
        """Discard what is under way; blocks for a few seconds at most."""
        self.producer.purge()
        self.producer.flush(_DROP_TIMEOUT_S)

    async def acknowledged(self) -> None:
        """Wait until nothing is under way, or until a refusal has made a transaction fail.

        Raises:
            BrokerUnavailable: Kafka is silent, or refused something that is no row's fault.
        """
        waiting, since = len(self.producer), time.monotonic()
        pause_s = _SHORTEST_PAUSE_S
        while (left := len(self.producer)) and not (self._all_or_none and self.refusals):
            await _pause(pause_s)
            self.producer.poll(0)
            if left < waiting:
                waiting, since = left, time.monotonic()
            elif time.monotonic() - since > self._ack_timeout_s:
                raise BrokerUnavailable(
                    f"no acknowledgement in {self._ack_timeout_s:g} s; {self._last_error}"
                )
            else:
                pause_s = min(_LONGEST_PAUSE_S, pause_s * 1.2)
        self._leave_causes()
        for refusal in self.refusals:
            lasting(refusal.error)

    def _leave_causes(self) -> None:
        """Drop the refusals that only follow from another: a failed transaction is purged."""
        causes = [one for one in self.refusals if one.error.code() not in _PURGED]
        if causes:
            self.refusals[:] = causes

    def _refused(self, error: KafkaError, message: Message) -> None:
        key = (message.topic() or "", (message.key() or b"").decode())
        self.refusals.append(Refusal(error, key, message.value() or b""))

    def _on_error(self, error: KafkaError) -> None:
        self._last_error = error.str()


async def _pause(seconds: float) -> None:
    """Wait for ``seconds``."""
    # The loop's timers have a resolution of a millisecond, so a shorter pause blocks it.
    if seconds < _SHORTEST_TIMER_S:
        _block(seconds)
        seconds = 0
    await asyncio.sleep(seconds)


def _block(seconds: float) -> None:
    """Block the loop for ``seconds``."""
    # A relative timeout does not depend on a clock that is stepped, or faked by a test.
    select.select((), (), (), seconds)


def _produce(
    producer: Producer,
    rows: Sequence[OutboxRow],
    indexes: Sequence[int],
    rejections: Rejections,
) -> int | None:
    """Pass rows to the client; return the index of the first that its queue has no room for."""
    produce: Callable[..., None] = producer.produce
    blocked = rejections.keys
    for index in indexes:
        _, topic, key, _, payload = rows[index][:5]
        if blocked and rejections.blocks(index, (topic, key)):
            continue
        try:
            produce(topic, payload, key, headers=headers_of(rows[index]))
        except BufferError:
            return index
        except MALFORMED as exc:
            rejections.add(index, (topic, key), f"headers can't be sent: {exc}")
        except KafkaException as exc:
            rejections.add(index, (topic, key), lasting(exc.args[0]))
    return None


def lasting(error: KafkaError) -> str:
    """Return the reason of a refusal that is the row's own fault.

    Raises:
        BrokerUnavailable: the error is temporary.
        Fenced: another producer with our transactional id has begun.
    """
    if error.code() not in _OF_TOPIC | _OF_BATCH:
        raise passing(error)
    return error.str()


def is_of_topic(error: KafkaError) -> bool:
    """Return whether a row was refused for its topic, not for the size of its batch."""
    return error.code() in _OF_TOPIC


def passing(error: KafkaError) -> ProducerError:
    """Return our error for a refusal that is no row's fault."""
    if error.code() in _FENCED:
        return Fenced("another relay publishes under our transactional id")
    return BrokerUnavailable(error.str())
