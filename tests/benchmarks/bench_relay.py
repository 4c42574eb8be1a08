"""How fast the relay drains a backlog, beside a bare producer, and how late an event is.

PostgreSQL, Kafka and the relay share this machine. The backlog is drained by one relay; the
bare producer sends as many equal messages from memory, with the same client and settings. Then
a writer in a process of its own commits a fixed number of transactions a second, and
the delay of each event runs from its commit to Kafka's acknowledgement of it.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from uuid import uuid4

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from gateway.embedded.services import services
from gateway.runtime.lifecycle import collect_seldom
from ledgerlane_outbox import install
from ledgerlane_outbox.store import OutboxRow
from producers.publisher import Publisher, Rejection
from producers.publishers.confluent import ConfluentPublisher
from producers.relay import Relay
from producers.relay_policy import RelayPolicy
from producers.sources.snapshot.source import SnapshotSource
from tests.benchmarks.figures import Figure, load_average, parser, percentile, show
from tests.outbox_rows import a_row

TRANSACTIONS_PER_S = 1_000
LATENCY_RUN_S = 10
WRITERS = 8
KEYS = 1_000
PARTITIONS = 12
BARE_BATCH = 20_000
PAYLOAD = b'{"number":"R-2026-000123","customer":"c-77","total":"1999.90"}'.ljust(300)

FILL = """
    INSERT INTO ledgerlane_outbox
           (event_id, topic, partition_key, payload,
            type, source, tenant_id, subject, entity_version, time)
    SELECT gen_random_uuid(), $1, 'tenant-' || n % $2, $3,
           'invoice.issued.v1', '/billing', 'tenant-1', 'invoice/4711', 3, now()
      FROM generate_series(1, $4) AS n
"""
ADD_ONE = """
    INSERT INTO ledgerlane_outbox
           (event_id, topic, partition_key, payload,
            type, source, tenant_id, subject, entity_version, time)
    VALUES (gen_random_uuid(), $1, $2, $3,
            'invoice.issued.v1', '/billing', 'tenant-1', 'invoice/4711', 3, now())
"""


class Watched:
    """Publishes, and tells what was acknowledged."""

    def __init__(
        self, publisher: Publisher, seen: Callable[[Sequence[OutboxRow]], None]
    ) -> None:
        self._publisher = publisher
        self._seen = seen

    async def publish(self, rows: Sequence[OutboxRow]) -> Sequence[Rejection]:
        rejections = await self._publisher.publish(rows)
        self._seen(rows)
        return rejections


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast, and at what cost of this process's processor time."""

    per_s: float
    cpu_us: float


class Stopwatch:
    """Measures a rate from its making."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def rate(self, events: int) -> Rate:
        wall_s, cpu_s = time.perf_counter() - self._wall, time.process_time() - self._cpu
        return Rate(events / wall_s, cpu_s / events * 1e6)


async def bare(bootstrap: str, topic: str, events: int) -> Rate:
    """Publish from memory what the relay publishes from the database."""
    batch = [
        a_row(topic=topic, key=f"tenant-{n % KEYS}", payload=PAYLOAD) for n in range(BARE_BATCH)
    ]
    async with ConfluentPublisher(bootstrap) as publisher:
        await publisher.publish(batch[:1])
        watch = Stopwatch()
        for _ in range(0, events, BARE_BATCH):
            await publisher.publish(batch)
        return watch.rate(-(-events // BARE_BATCH) * BARE_BATCH)


async def relay(
    database_url: str, bootstrap: str, events: int, seen: Callable[[Sequence[OutboxRow]], None]
) -> None:
    """Relay until so many events are acknowledged; ``seen`` is told of each batch."""
    stop = asyncio.Event()
    left = events

    def acknowledged(rows: Sequence[OutboxRow]) -> None:
        nonlocal left
        left -= len(rows)
        seen(rows)
        if left <= 0:
            stop.set()

    async with ConfluentPublisher(bootstrap) as publisher:
        source = SnapshotSource(database_url, name="bench")
        await Relay(source, Watched(publisher, acknowledged), RelayPolicy()).run(stop)


async def drain(database_url: str, bootstrap: str, topic: str, events: int) -> Rate:
    """Write a backlog, then relay it."""
    connection = await asyncpg.connect(_dsn(database_url))
    await connection.execute(FILL, topic, KEYS, PAYLOAD, events, timeout=600)
    await connection.close()
    watch = Stopwatch()
    await relay(database_url, bootstrap, events, lambda _: None)
    return watch.rate(events)


async def delays_ms(database_url: str, bootstrap: str, topic: str) -> list[float]:
    """Return each event's time from commit to acknowledgement, while a writer writes.

    The writer begins when a first event is through: the relay has Kafka's ear by then.
    """
    events = TRANSACTIONS_PER_S * LATENCY_RUN_S
    acknowledged: dict[int, float] = {}
    is_warm = asyncio.Event()

    def seen(rows: Sequence[OutboxRow]) -> None:
        now = time.time()
        acknowledged.update((int(row[4]), now) for row in rows)
        is_warm.set()

    loop = asyncio.get_running_loop()
    # A fork would copy the locks of the client's threads.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(relay(database_url, bootstrap, events + 1, seen))
            await _append_one(database_url, topic, payload=b"%d" % events)
            await is_warm.wait()
            committed = await loop.run_in_executor(
                processes, write, _dsn(database_url), topic, events
            )
    return [(acknowledged[n] - committed[n]) * 1000 for n in range(events)]


async def _append_one(database_url: str, topic: str, *, payload: bytes) -> None:
    connection = await asyncpg.connect(_dsn(database_url))
    await connection.execute(ADD_ONE, topic, "tenant-0", payload)
    await connection.close()


def write(dsn: str, topic: str, events: int) -> list[float]:
    """Commit an event each at an even pace; give when each was committed."""
    return asyncio.run(_write(dsn, topic, events))


async def _write(dsn: str, topic: str, events: int) -> list[float]:
    committed = [0.0] * events
    start = time.time() + 1

    async def one_writer(first: int) -> None:
        connection = await asyncpg.connect(dsn)
        for n in range(first, events, WRITERS):
            await asyncio.sleep(max(0.0, start + n / TRANSACTIONS_PER_S - time.time()))
            await connection.execute(ADD_ONE, topic, f"tenant-{n % KEYS}", b"%d" % n)
            committed[n] = time.time()
        await connection.close()

    async with asyncio.TaskGroup() as writers:
        for first in range(WRITERS):
            writers.create_task(one_writer(first))
    return committed


async def measure(events: int) -> list[Figure]:
    """Start the services and measure everything."""
    async with services(durable=True) as here:
        topic = f"bench-{uuid4().hex}"
        admin = AIOKafkaAdminClient(bootstrap_servers=here.kafka_bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
        await admin.close()
        engine = create_async_engine(here.database_url)
        async with engine.begin() as connection:
            await install(connection)
        await engine.dispose()
        producer = await bare(here.kafka_bootstrap, topic, events)
        drained = await drain(here.database_url, here.kafka_bootstrap, topic, events)
        delays = await delays_ms(here.database_url, here.kafka_bootstrap, topic)
    return figures(producer, drained, delays)


def figures(producer: Rate, drained: Rate, delays: Sequence[float]) -> list[Figure]:
    """Return what was measured, beside what it is to be."""
    steady = f"at {TRANSACTIONS_PER_S:,} transactions/s"
    return [
        Figure("bare producer", producer.per_s, "events/s"),
        Figure("bare producer's processor time", producer.cpu_us, "us/event"),
        Figure(
            "backlog drained",
            drained.per_s,
            "events/s",
            aim="130,000",
            baseline="the bare producer",
            ratio=drained.per_s / producer.per_s,
        ),
        Figure("relay's processor time", drained.cpu_us, "us/event"),
        Figure(f"commit to acknowledgement {steady}, p50", percentile(delays, 50), "ms"),
        Figure(f"commit to acknowledgement {steady}, p99", percentile(delays, 99), "ms"),
    ]


def _dsn(database_url: str) -> str:
    url = make_url(database_url).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


def main() -> None:
    """Measure as the command line says."""
    options = parser(__doc__)
    options.add_argument("--events", type=int, default=1_000_000, help="size of the backlog")
    chosen = options.parse_args()
    before = load_average()
    collect_seldom()  # as every role does
    show(asyncio.run(measure(chosen.events)), as_json=chosen.json, load_before=before)


if __name__ == "__main__":
    main()
