"""The floor: a bare producer that sends equal messages from memory; in a process of its own.

It is librdkafka, idempotent and with all acknowledgements as our own publisher is, its batches
compressed by the same codec, with ten headers on each message that are ready before it begins.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Final

from confluent_kafka import Producer

from producers.publisher import LARGEST_RECORD
from tests.benchmarks.relay.contestant import key, payload
from tests.benchmarks.relay.contestants.ours import HEADERS
from tests.benchmarks.relay.writers import Pace

TOPIC: Final = "bench.floor"
_ACK_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What sending a backlog from memory took: its rate, and its processor time an event."""

    per_s: float
    cpu_us: float


def send(bootstrap: str, events: int) -> Sent:
    """Send so many events, from 1 on, until all are acknowledged; the first is not timed."""
    producer = bare_producer(bootstrap)
    messages = [(key(n), payload(n)) for n in range(1, events + 1)]
    _produce(producer, *messages[0])
    producer.flush(_ACK_S)
    wall, cpu = time.perf_counter(), time.process_time()
    for one_key, one_payload in messages[1:]:
        _produce(producer, one_key, one_payload)
    producer.flush(_ACK_S)
    wall_s, cpu_s = time.perf_counter() - wall, time.process_time() - cpu
    return Sent((events - 1) / wall_s, cpu_s / (events - 1) * 1e6)


def send_at_pace(bootstrap: str, pace: Pace) -> list[float]:
    """Send each event when it is due; gives when each was handed to the client."""
    return asyncio.run(_send_at_pace(bootstrap, pace))


async def _send_at_pace(bootstrap: str, pace: Pace) -> list[float]:
    producer = bare_producer(bootstrap)
    handed = [0.0] * pace.events
    for n in range(pace.events):
        await asyncio.sleep(max(0.0, pace.due(n) - time.monotonic()))
        handed[n] = time.monotonic()
        _produce(producer, key(n), payload(n))
    producer.flush(_ACK_S)
    return handed


def bare_producer(bootstrap: str) -> Producer:
    """Return librdkafka's producer: no linger, which would only add latency."""
    return Producer(
        {
            "bootstrap.servers": bootstrap,
            "enable.idempotence": True,
            "acks": "all",
            "partitioner": "murmur2_random",
            "compression.type": "lz4",
            "linger.ms": 0,
            "message.max.bytes": LARGEST_RECORD,
            "queue.buffering.max.messages": 0,
            "delivery.report.only.error": True,
        }
    )


def _produce(producer: Producer, one_key: str, one_payload: bytes) -> None:
    while True:
        try:
            producer.produce(TOPIC, one_payload, one_key, headers=dict(HEADERS))
        except BufferError:
            producer.poll(0.01)
        else:
            producer.poll(0)
            return
