"""How long a change takes from its commit on the platform to the provider's door.

Real processes: relay, intake, worker; PostgreSQL waits for its disk. Single customers, one
after another, on a system that has gone to sleep in between. The simulator's own time is
not in it. The way is cut at three marks on the same clock: when the relay handed the event to
Kafka, when intake had read it, when intake handed the signal to Kafka.
"""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaConsumer
from sqlalchemy import text

from gateway.demo.business.scenario import Company
from ledgerlane_outbox import append
from providers.connections import Connection
from providers.simulators.qbo.app import create_app
from providers.simulators.qbo.config import QboSimulatorConfig
from schemas.documents.document import DocumentType
from schemas.ids import record_id
from schemas.signal import Signal
from schemas.topics import PLATFORM_EVENTS, work_topic
from tests.benchmarks.arrivals import Arrivals, received
from tests.benchmarks.documents import announcement, customer
from tests.benchmarks.figures import Figure, load_average, parser, percentile, show
from tests.benchmarks.stage import QBO, Stage, open_stage

TENANT = "larkspur"
WARM_UP = 5
SHORTEST_GAP_S, LONGEST_GAP_S = 0.6, 1.1
HOPS = (
    "commit to Kafka",
    "Kafka to intake",
    "intake's commit, to Kafka",
    "signal to call",
)
Times = Mapping[str, float]


async def push(stage: Stage, arrivals: Arrivals, number: int) -> tuple[float, float]:
    """Announce one customer; gives when it was committed, and when its call came."""
    arrivals.clear()
    event = announcement(DocumentType.CUSTOMER, customer(number), TENANT)
    async with stage.platform.begin() as database:
        await append(database, event)
    committed = time.time()
    async with asyncio.timeout(30):
        return committed, await arrivals.next_write()


async def timestamps(bootstrap: str, topic: str) -> dict[str, float]:
    """Return when each record of a topic was made, by its subject or the record it is about."""
    found: dict[str, float] = {}
    whole = {"bootstrap_servers": bootstrap, "auto_offset_reset": "earliest"}
    async with AIOKafkaConsumer(topic, **whole) as consumer:
        expected = sum((await consumer.end_offsets(consumer.assignment())).values())
        for _ in range(expected):
            record = await consumer.getone()
            found.setdefault(_name(record.headers, record.value), record.timestamp / 1000)
    return found


def _name(headers: Sequence[tuple[str, bytes]], value: bytes) -> str:
    subject = dict(headers).get("ce_subject")
    return subject.decode() if subject else str(Signal.from_bytes(value).record_id)


async def read_by_intake(stage: Stage) -> dict[str, float]:
    """Return when intake began to store each document."""
    query = "SELECT document_id, extract(epoch FROM desired_at)::float8 FROM sync_records"
    async with stage.gateway.connect() as database:
        return {row[0]: row[1] for row in await database.execute(text(query))}


async def hops(
    stage: Stage, connection: Connection, times: Mapping[int, tuple[float, float]]
) -> list[list[float]]:
    """Cut each way into its parts, in milliseconds."""
    bootstrap = stage.settings.kafka_bootstrap
    events = await timestamps(bootstrap, PLATFORM_EVENTS)
    signals = await timestamps(bootstrap, work_topic(QBO))
    read = await read_by_intake(stage)
    found = []
    for number, (committed, called) in times.items():
        document = f"cus-{number}"
        record = record_id(connection.id, DocumentType.CUSTOMER, document)
        marks = [events[f"customer/{document}"], read[document], signals[str(record)], called]
        before = [committed, *marks]
        found.append([(b - a) * 1000 for a, b in zip(before, marks, strict=False)])
    return found


async def measured(documents: int) -> list[Figure]:
    """Push documents one after another and see how long each took."""
    gaps = random.Random(7)  # noqa: S311 - to spread the starts over the clients' intervals
    async with (
        received(create_app(QboSimulatorConfig())) as (arrivals, address),
        open_stage({QBO: address}) as stage,
    ):
        company = Company(QBO, "Larkspur Supply Co", "US")
        connection = await stage.connect(QBO, company, TENANT)
        for role in ("relay", "worker intake", "worker qbo"):
            await stage.start(role)
        times = {}
        for number in range(WARM_UP + documents):
            times[number] = await push(stage, arrivals, number)
            await asyncio.sleep(gaps.uniform(SHORTEST_GAP_S, LONGEST_GAP_S))
        timed = {n: pair for n, pair in times.items() if n >= WARM_UP}
        parts = await hops(stage, connection, timed)
    return figures([(b - a) * 1000 for a, b in timed.values()], parts)


def figures(whole: Sequence[float], parts: Sequence[Sequence[float]]) -> list[Figure]:
    """Return what was found."""
    found = [
        Figure("latency: commit to call, p50", percentile(whole, 50), "ms"),
        Figure("latency: commit to call, p95", percentile(whole, 95), "ms", aim="under 250"),
    ]
    for name, hop in zip(HOPS, zip(*parts, strict=True), strict=True):
        for percent in (50, 95):
            at = percentile(hop, percent)
            found.append(Figure(f"latency: {name}, p{percent}", at, "ms"))
    return found


def main() -> None:
    """Run as the command line says."""
    options = parser(__doc__)
    options.add_argument("--documents", type=int, default=200)
    chosen = options.parse_args()
    load = load_average()
    found = asyncio.run(measured(chosen.documents))
    show(found, as_json=chosen.json, load_before=load)


if __name__ == "__main__":
    main()
