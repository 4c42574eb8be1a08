"""A librdkafka producer and what came of the records that it was given.

Our side of it runs on the event loop alone, a few milliseconds at a time: on a thread of its
own it would fight the loop for the interpreter's lock at every acknowledgement.
"""

import asyncio
import logging
import select
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import orjson
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from ledgerlane_outbox.store import OutboxRow
from producers.errors import BrokerUnavailable, Fenced, ProducerError
from producers.publisher import LARGEST_RECORD, MALFORMED, UNKNOWN_TOPIC_S, Rejections
from producers.sources.source import Key

_log = logging.getLogger(__name__)

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
    """A record that Kafka, or the client on second thoughts, did not take."""

    error: KafkaError
    key: Key
    payload: bytes


class Sender:
    """Sends rows; see the module.

    Args:
        ack_timeout_s: How long Kafka may acknowledge nothing before it counts as away.
        transaction: What a producer of transactions is told beyond the others; one refusal
            dooms a transaction, so nothing more is waited for.
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
        self._trouble = ""
        self.refusals: list[Refusal] = []
        settings: Settings = {
            "bootstrap.servers": bootstrap_servers,
            "enable.idempotence": True,
            "acks": "all",
            "partitioner": "murmur2_random",
            "compression.type": "lz4",
            "linger.ms": 0,  # batches gather by themselves behind the requests under way
            "message.max.bytes": LARGEST_RECORD,
            "message.timeout.ms": 0,
            "topic.metadata.propagation.max.ms": int(UNKNOWN_TOPIC_S * 1000),
            "queue.buffering.max.messages": 0,
            "delivery.report.only.error": True,
            "reconnect.backoff.max.ms": 1_000,
            "log_level": _CRITICAL,  # it would log every attempt to connect; we tell once
            **(transaction or {}),
        }
        told = {"on_delivery": self._refused, "error_cb": self._note_trouble}
        self.producer = Producer({**settings, **told}, logger=_log)

    async def send(
        self,
        rows: Sequence[OutboxRow],
        rejections: Rejections,
        indexes: Sequence[int] | None = None,
    ) -> None:
        """Send rows and wait for Kafka's word on each; the refused are in ``refusals``.

        Args:
            indexes: Of the rows to send, rising; all of them when not given.

        Raises:
            BrokerUnavailable: some rows may be stored, others not.
            Fenced: none of them will be seen.
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
        """Forget what is under way; blocks for a few seconds at most."""
        self.producer.purge()
        self.producer.flush(_DROP_TIMEOUT_S)

    async def acknowledged(self) -> None:
        """Wait until nothing is under way, or until a transaction is doomed by a refusal.

        Raises:
            BrokerUnavailable: Kafka is silent, or refused something for no row's fault.
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
                    f"no acknowledgement in {self._ack_timeout_s:g} s; {self._trouble}"
                )
            else:
                pause_s = min(_LONGEST_PAUSE_S, pause_s * 1.2)
        self._leave_causes()
        for refusal in self.refusals:
            lasting(refusal.error)

    def _leave_causes(self) -> None:
        """Forget the refusals that only follow from another: a doomed transaction is purged."""
        causes = [one for one in self.refusals if one.error.code() not in _PURGED]
        if causes:
            self.refusals[:] = causes

    def _refused(self, error: KafkaError, message: Message) -> None:
        key = (message.topic() or "", (message.key() or b"").decode())
        self.refusals.append(Refusal(error, key, message.value() or b""))

    def _note_trouble(self, error: KafkaError) -> None:
        self._trouble = error.str()


async def _pause(seconds: float) -> None:
    """Wait; the loop's timers tell whole milliseconds, so what is shorter holds it up."""
    if seconds < _SHORTEST_TIMER_S:
        _hold_up(seconds)
        seconds = 0
    await asyncio.sleep(seconds)


def _hold_up(seconds: float) -> None:
    """Block by a relative timeout: no clock that is stepped, or faked by a test, counts."""
    select.select((), (), (), seconds)


def _produce(
    producer: Producer,
    rows: Sequence[OutboxRow],
    indexes: Sequence[int],
    rejections: Rejections,
) -> int | None:
    """Hand rows to the client; return the index of one that it has no room for, if any."""
    produce: Callable[..., None] = producer.produce
    blocked = rejections.keys
    for index in indexes:
        _, topic, key, headers, payload = rows[index]
        if blocked and rejections.blocks(index, (topic, key)):
            continue
        try:
            produce(topic, payload, key, headers=orjson.loads(headers))
        except BufferError:
            return index
        except MALFORMED as exc:
            rejections.add(index, (topic, key), f"headers can't be sent: {exc}")
        except KafkaException as exc:
            rejections.add(index, (topic, key), lasting(exc.args[0]))
    return None


def lasting(error: KafkaError) -> str:
    """Say what is wrong with a row, when it is the row that is wrong.

    Raises:
        BrokerUnavailable: the error may pass.
        Fenced: another producer of our transactions has begun.
    """
    if error.code() not in _OF_TOPIC | _OF_BATCH:
        raise passing(error)
    return error.str()


def is_of_topic(error: KafkaError) -> bool:
    """Whether a row was refused for its topic, not for its size or that of those with it."""
    return error.code() in _OF_TOPIC


def passing(error: KafkaError) -> ProducerError:
    """Give the error of ours for one that no row is to blame for."""
    if error.code() in _FENCED:
        return Fenced("another relay publishes under our transactional id")
    return BrokerUnavailable(error.str())
