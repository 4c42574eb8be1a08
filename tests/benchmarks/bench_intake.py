"""How many platform events one intake process takes in a second.

Three figures, each beside the same rows put in by the bare statement: reading alone, reading
and storing, and the whole door from Kafka to acknowledged signals. PostgreSQL waits for its
disk; Kafka is Apache's; the documents are new, three invoices of three lines for a customer.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from statistics import median
from time import perf_counter, process_time
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from consumers.intake.events import Received, desired_states, read_event, route
from consumers.intake.platform_events import Intake
from consumers.kafka.intake_consumer import IntakeConsumer
from consumers.kafka.membership import BATCH, Membership
from consumers.kafka.signal_producer import SignalPublisher
from consumers.lanes.work import LaneSignal
from consumers.position import Position
from consumers.store.desired_states import ANNOUNCED, UPSERT, DesiredState
from consumers.store.postgres import PostgresStore
from gateway.database.sessions import Sessions
from gateway.runtime.lifecycle import collect_seldom, utc_now
from gateway.wiring.signals import open_signals
from ledgerlane_outbox import OutboxMessage
from producers.publishers.kafka import KafkaPublisher
from providers.connections import Connection, ConnectionStore
from providers.registry import PROVIDERS
from schemas.topics import PLATFORM_EVENTS, PROVIDER_PARTITIONS
from tests.benchmarks.documents import announcement, mixed
from tests.benchmarks.figures import Figure, load_average, parser, show
from tests.benchmarks.stage import QBO, Stage, open_stage, seed_connections
from tests.outbox_rows import a_row

TENANTS = 40
AIM = "15,000 a process"


def messages(count: int) -> list[OutboxMessage]:
    """Return events of documents that nobody has seen, spread over the tenants."""
    return [
        announcement(kind, document, f"t{number // 4 % TENANTS}")
        for number, (kind, document) in enumerate(mixed(count))
    ]


def batches(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Cut rows into batches as large as the door's."""
    return (rows[i : i + BATCH] for i in range(0, len(rows), BATCH))


def as_received(sent: Sequence[OutboxMessage]) -> list[Received]:
    """Return what the broker would hand to intake."""
    return [
        Received(
            Position(PLATFORM_EVENTS, 0, offset),
            [(name, value.encode()) for name, value in message.headers().items()],
            message.encoded_payload(),
        )
        for offset, message in enumerate(sent)
    ]


def read(
    events: Sequence[Received], known: Mapping[str, Sequence[Connection]]
) -> list[DesiredState]:
    """Read and route, as intake does before it stores."""
    found: list[DesiredState] = []
    for one in events:
        event = read_event(one)
        found += desired_states(event, route(event.envelope, known[event.envelope.tenant_id]))
    return found


def columns(states: Sequence[DesiredState]) -> dict[str, Any]:
    """Return the parameters of the statement for these states."""
    rows = sorted(states, key=lambda one: one.record_id)
    return {
        "now": utc_now(),
        "priority": int(ANNOUNCED),
        "record_ids": [row.record_id for row in rows],
        "connection_ids": [row.connection_id for row in rows],
        "tenants": [row.tenant_id for row in rows],
        "realms": [row.realm_id for row in rows],
        "providers": [row.provider for row in rows],
        "types": [row.document_type for row in rows],
        "document_ids": [row.document_id for row in rows],
        "documents": [row.document for row in rows],
        "versions": [row.version for row in rows],
    }


async def bare_upsert(database: AsyncEngine, prepared: Sequence[dict[str, Any]]) -> None:
    """Run the bare statement, one transaction a batch."""
    for parameters in prepared:
        async with database.begin() as connection:
            await connection.execute(UPSERT, parameters)


async def accept(database: AsyncEngine, events: Sequence[Received]) -> None:
    """Take in the batches, one after the other."""
    intake = Intake(PostgresStore(Sessions(database).session), now=utc_now)
    for batch in batches(events):
        await intake.accept(batch)


class Acknowledged(NamedTuple):
    """A batch of signals, with the time of the wall and of this process's processor."""

    at: float
    processor: float
    signals: int


class CountedSignals(SignalPublisher):
    """Notes when how many signals were acknowledged; says stop after the last."""

    def __init__(self, publisher: SignalPublisher, expected: int) -> None:
        self._publisher = publisher
        self._left = expected
        self._taken: list[Acknowledged] = []
        self.stop = asyncio.Event()

    async def send(
        self,
        signals: Sequence[tuple[str, LaneSignal]],
        *,
        partitions: int = PROVIDER_PARTITIONS,
    ) -> None:
        await self._publisher.send(signals, partitions=partitions)
        self._taken.append(Acknowledged(perf_counter(), process_time(), len(signals)))
        self._left -= len(signals)
        if self._left <= 0:
            self.stop.set()

    def pace(self) -> tuple[float, float]:
        """Return signals a second and processor time of each, in µs, after the first batch."""
        first, *rest = self._taken
        count = sum(batch.signals for batch in rest)
        processor = (rest[-1].processor - first.processor) * 1e6 / count
        return count / (rest[-1].at - first.at), processor


async def whole_door(
    stage: Stage, sent: Sequence[OutboxMessage], group: str
) -> tuple[float, float]:
    """Take everything in through the door from Kafka; return its pace."""
    settings = stage.settings
    async with open_signals(settings) as publisher:
        signals = CountedSignals(publisher, len(sent))
        membership = Membership(settings.kafka_bootstrap, group)
        intake = Intake(PostgresStore(Sessions(stage.gateway).session), now=utc_now)
        door = IntakeConsumer(membership, intake, signals, crash_point=lambda _: None)
        await door.run(signals.stop)
    return signals.pace()


async def fill_topic(bootstrap: str, sent: Sequence[OutboxMessage]) -> None:
    """Put the events on Kafka, as the relay does."""
    rows = [
        a_row(
            seq=seq,
            topic=one.topic,
            key=one.partition_key,
            headers=json.dumps(one.headers()),
            payload=one.encoded_payload(),
            type=None,
        )
        for seq, one in enumerate(sent)
    ]
    async with KafkaPublisher(bootstrap) as publisher:
        assert not await publisher.publish(rows)


async def timed(stage: Stage, steps: Awaitable[None], count: int) -> float:
    """Return the events a second of steps that store so many, on an empty table."""
    await ready(stage)
    begun = perf_counter()
    await steps
    return count / (perf_counter() - begun)


async def ready(stage: Stage) -> None:
    """Forget every record; keep the collector off our own memory, and as rare as in a role."""
    async with stage.gateway.begin() as database:
        await database.execute(text("TRUNCATE sync_records"))
    collect_seldom()


async def known_connections(stage: Stage) -> dict[str, Sequence[Connection]]:
    """Make a connection for each tenant; gives them by tenant."""
    seeded = await seed_connections(stage, PROVIDERS[QBO], TENANTS)
    async with stage.gateway.connect() as database:
        store = ConnectionStore(database)
        return {one.tenant: await store.of_tenant(one.tenant) for one in seeded}


async def measured(count: int, rounds: int) -> list[Figure]:
    """Measure each part so often, in turns, and give the medians."""
    sent = messages(count)
    events = as_received(sent)
    rates: defaultdict[str, list[float]] = defaultdict(list)
    async with open_stage() as stage:
        known = await known_connections(stage)
        await fill_topic(stage.settings.kafka_bootstrap, sent)
        await ready(stage)
        for turn in range(rounds):
            begun = perf_counter()
            announced = read(events, known)
            rates["read"].append(count / (perf_counter() - begun))
            bare = bare_upsert(stage.gateway, [columns(b) for b in batches(announced)])
            rates["bare"].append(await timed(stage, bare, count))
            stored = accept(stage.gateway, events)
            rates["stored"].append(await timed(stage, stored, count))
            await ready(stage)
            rate, processor = await whole_door(stage, sent, f"bench-{turn}")
            rates["door"].append(rate)
            rates["processor"].append(processor)
    return figures({name: median(found) for name, found in rates.items()})


def figures(rate: Mapping[str, float]) -> list[Figure]:
    """Return the figures of what was found."""
    baseline = "the bare upsert of the same rows"
    parts = {
        "intake: reading alone": "read",
        "intake: reading and storing": "stored",
        "intake: the whole door, Kafka to signals": "door",
    }
    return [
        Figure("intake: the bare upsert", rate["bare"], "events/s"),
        *(
            Figure(
                name,
                rate[key],
                "events/s",
                aim=AIM if key == "door" else "",
                baseline=baseline,
                ratio=rate[key] / rate["bare"],
            )
            for name, key in parts.items()
        ),
        Figure("intake: processor time of the door", rate["processor"], "us/event"),
    ]


def main() -> None:
    """Run as the command line says."""
    options = parser(__doc__)
    options.add_argument("--events", type=int, default=40_000)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    load = load_average()
    found = asyncio.run(measured(max(chosen.events, 2 * BATCH), chosen.rounds))
    show(found, as_json=chosen.json, load_before=load)


if __name__ == "__main__":
    main()
