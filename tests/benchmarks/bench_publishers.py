"""How fast each Kafka client publishes the rows of an outbox, and what processor time it takes.

Equal batches from memory go to a topic of each client's own, several rounds over, and every
round begins with another client; the medians count. All clients are idempotent and wait for all
in-sync replicas. In the end the topics are read: a client that did not store each event once
ends the benchmark. librdkafka and batches that aiokafka fills record by record are measured
with what they need around them, but without the guards that a publisher has.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from statistics import median
from typing import Any, Protocol
from uuid import uuid4

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.partitioner import murmur2
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from gateway.embedded.services import services
from gateway.runtime.broker import apply_topics
from ledgerlane_outbox.store import OutboxRow
from producers.publisher import LARGEST_RECORD, Rejection
from producers.publishers.kafka import KafkaPublisher
from producers.publishers.transactional import TransactionalPublisher
from producers.record_headers import headers_of
from providers.registry import PROVIDERS
from schemas.topics import RELAY_CURSORS, catalogue
from tests.benchmarks.bench_relay import KEYS, PARTITIONS, PAYLOAD, Rate, Stopwatch
from tests.benchmarks.figures import Figure, load_average, parser, show
from tests.benchmarks.relay.floor import bare_producer
from tests.outbox_rows import a_row

BATCH = 20_000
BATCH_BYTES = 256 * 1024
POLL = 500
POSITION = b'{"done":"1000:1000:","target":null,"last_seq":1000}'

Publish = Callable[[Sequence[OutboxRow]], Awaitable[Sequence[Rejection]]]


class Client(Protocol):
    """Opens one way to publish on the broker at an address."""

    def __call__(self, bootstrap: str) -> AbstractAsyncContextManager[Publish]: ...


@asynccontextmanager
async def ours(bootstrap: str) -> AsyncIterator[Publish]:
    async with KafkaPublisher(bootstrap) as publisher:
        yield publisher.publish


@asynccontextmanager
async def librdkafka(bootstrap: str) -> AsyncIterator[Publish]:
    """Without the guards that a publisher has; the headers of the rows are made once."""
    producer = bare_producer(bootstrap)

    @cache
    def headers(key: str) -> dict[str, str | bytes | None]:
        return dict(headers_of(_row("", key)))

    async def publish(rows: Sequence[OutboxRow]) -> Sequence[Rejection]:
        for n, row in enumerate(rows):
            producer.produce(row[1], row[4], row[2], headers=headers(row[2]))
            if n % POLL == 0:
                producer.poll(0)
        producer.flush()
        return ()

    yield publish


@asynccontextmanager
async def transactions(bootstrap: str) -> AsyncIterator[Publish]:
    """Each batch is a transaction of its own, as in the strict relay."""
    async with TransactionalPublisher(
        bootstrap, name=uuid4().hex, cursors_topic=RELAY_CURSORS
    ) as publisher:

        async def publish(rows: Sequence[OutboxRow]) -> Sequence[Rejection]:
            rejections = await publisher.publish(rows)
            await publisher.commit(POSITION)
            return rejections

        yield publish


@asynccontextmanager
async def _send_batch(bootstrap: str, compression: str | None) -> AsyncIterator[Publish]:
    async with AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        enable_idempotence=True,
        acks="all",
        compression_type=compression,
        max_batch_size=BATCH_BYTES,
        max_request_size=LARGEST_RECORD,
    ) as producer:

        async def publish(rows: Sequence[OutboxRow]) -> Sequence[Rejection]:
            async with asyncio.TaskGroup() as tasks:
                for partition, batches in _filled(producer, rows).items():
                    tasks.create_task(_send_in_order(producer, rows[0][1], partition, batches))
            return ()

        yield publish


def send_batch(bootstrap: str) -> AbstractAsyncContextManager[Publish]:
    return _send_batch(bootstrap, None)


def send_batch_lz4(bootstrap: str) -> AbstractAsyncContextManager[Publish]:
    """Compressed as the relay's own publisher does it."""
    return _send_batch(bootstrap, "lz4")


def _filled(producer: AIOKafkaProducer, rows: Sequence[OutboxRow]) -> dict[int, list[Any]]:
    """Fill batches, by partition and in order."""
    batches: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        key, payload = row[2], row[4]
        own = batches[_partition_of(key)]
        record = {
            "key": key.encode(),
            "value": payload,
            "timestamp": None,
            "headers": [
                (name, (value or "").encode()) for name, value in headers_of(row).items()
            ],
        }
        if not own or own[-1].append(**record) is None:
            own.append(producer.create_batch())
            own[-1].append(**record)
    return batches


@cache
def _partition_of(key: str) -> int:
    return int(murmur2(key.encode()) & 0x7FFFFFFF) % PARTITIONS


async def _send_in_order(
    producer: AIOKafkaProducer, topic: str, partition: int, batches: Sequence[Any]
) -> None:
    sent = [await producer.send_batch(batch, topic, partition=partition) for batch in batches]
    await asyncio.gather(*sent)


CLIENTS: dict[str, Client] = {
    "record batches of ours": ours,
    "record batches of ours, a transaction a batch": transactions,
    "librdkafka, bare": librdkafka,
    "aiokafka's own batches": send_batch,
    "aiokafka's own batches, lz4": send_batch_lz4,
}


class Unstored(RuntimeError):
    """A client did not store what its rate was taken for."""


async def rate_of(client: Client, bootstrap: str, topic: str, events: int) -> Rate:
    """Publish until all is acknowledged, after a first batch that is not counted."""
    batch = [_row(topic, f"tenant-{n % KEYS}") for n in range(BATCH)]
    async with client(bootstrap) as publish:
        await publish(batch)
        watch = Stopwatch()
        for _ in range(batches_of(events)):
            if await publish(batch):
                raise Unstored(f"{topic}: rows were rejected")
        return watch.rate(batches_of(events) * BATCH)


def _row(topic: str, key: str) -> OutboxRow:
    return a_row(
        topic=topic, key=key, payload=PAYLOAD, subject="invoice/4711", entity_version=3
    )


def batches_of(events: int) -> int:
    """Return how many batches hold so many events."""
    return -(-events // BATCH)


def stored(bootstrap: str, topic: str) -> int:
    """Count the committed records of a topic by reading them."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": topic,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
        }
    )
    consumer.assign([TopicPartition(topic, n, OFFSET_BEGINNING) for n in range(PARTITIONS)])
    records, unread = 0, PARTITIONS
    while unread:
        found = consumer.consume(10_000, timeout=1.0)
        ends = sum(message.error() is not None for message in found)
        records, unread = records + len(found) - ends, unread - ends
    consumer.close()
    return records


async def measure(events: int, rounds: int) -> list[Figure]:
    """Start Kafka and let the clients take turns."""
    found: dict[str, list[Rate]] = {name: [] for name in CLIENTS}
    topics = {name: f"bench-{uuid4().hex}" for name in CLIENTS}
    async with services(durable=True) as here:
        bootstrap = here.kafka_bootstrap
        await apply_topics(bootstrap, catalogue(tuple(PROVIDERS)))
        await make_topics(bootstrap, list(topics.values()))
        turns = deque(CLIENTS)
        for _ in range(rounds):
            for name in turns:
                found[name].append(
                    await rate_of(CLIENTS[name], bootstrap, topics[name], events)
                )
            turns.rotate(-1)
        for name, topic in topics.items():
            count = await asyncio.to_thread(stored, bootstrap, topic)
            if count != rounds * (batches_of(events) + 1) * BATCH:
                raise Unstored(f"{name}: {count} records")
    return [figure for name, rates in found.items() for figure in figures(name, rates, found)]


async def make_topics(bootstrap: str, names: Sequence[str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names])
    await admin.close()


def figures(name: str, rates: Sequence[Rate], found: dict[str, list[Rate]]) -> list[Figure]:
    """Return what one client did, beside the one that the relay uses."""
    usual = next(iter(CLIENTS))
    per_s = median(rate.per_s for rate in rates)
    ratio = per_s / median(rate.per_s for rate in found[usual])
    cpu_us = median(rate.cpu_us for rate in rates)
    return [
        Figure(name, per_s, "events/s", baseline=usual, ratio=ratio),
        Figure(f"{name}: processor time", cpu_us, "us/event"),
        Figure(f"{name}: slowest round", min(rate.per_s for rate in rates), "events/s"),
        Figure(f"{name}: fastest round", max(rate.per_s for rate in rates), "events/s"),
    ]


def main() -> None:
    """Measure as the command line says."""
    options = parser(__doc__)
    options.add_argument("--events", type=int, default=200_000, help="of each client and round")
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    before = load_average()
    found = asyncio.run(measure(chosen.events, chosen.rounds))
    show(found, as_json=chosen.json, load_before=before)


if __name__ == "__main__":
    main()
