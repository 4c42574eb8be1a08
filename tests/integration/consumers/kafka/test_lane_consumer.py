"""The door of the lanes on a real broker: retries in time, restarts without a rebalance."""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest

from consumers.intake.platform_events import Received
from consumers.kafka.lane_consumer import LaneConsumer
from consumers.kafka.membership import Membership
from consumers.kafka.signal_producer import RetryTopics, SignalPublisher, partition_of
from consumers.lanes.engine import Engine
from consumers.lanes.family import LaneFamily, RetryTopic
from consumers.lanes.policy import LanePolicy
from consumers.sync.realm_lanes import RealmQuotas, realm_lanes
from gateway.runtime.lifecycle import running_beside, utc_now
from providers.quotas import Quota
from providers.registry import PROVIDERS
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, ProviderName, RealmId, RecordId, TenantId, lane_key
from schemas.signal import Signal
from schemas.topics import (
    PROVIDER_PARTITIONS,
    RETRY_DELAYS,
    retry_topic,
    work_topic,
)
from tests.benchmarks.figures import percentile
from tests.eventually import eventually
from tests.fakes.lane_work import MemoryHistory, MemoryLaneWork, MemoryValves
from tests.integration.consumers.kafka.provider_topics import publishing, topics_of_a_provider

ROOMY = Quota(per_minute=1_000_000, in_flight=100)
REALMS = 48


def connection(n: int) -> ConnectionId:
    return ConnectionId(UUID(int=1 + n % REALMS))


def record(n: int) -> RecordId:
    return RecordId(UUID(int=1_000_000 + n))


def signal(n: int, due_at: datetime | None = None) -> Signal:
    return Signal(
        record_id=record(n),
        connection_id=connection(n),
        tenant_id=TenantId("t"),
        realm_id=RealmId(f"r{n % REALMS}"),
        document_type=DocumentType.CUSTOMER,
        version=1,
        attempt=2 if due_at else 1,
        due_at=due_at,
    )


def family_on(provider: ProviderName) -> LaneFamily:
    """Return QuickBooks' family of lanes on the topics of another provider."""
    return replace(
        realm_lanes(PROVIDERS[ProviderName("qbo")]),
        name=provider,
        work_topic=work_topic(provider),
        retry_topics=tuple(
            RetryTopic(retry_topic(provider, name), delay)
            for name, delay in RETRY_DELAYS.items()
        ),
    )


class Worker:
    """A process: an engine on a table of its own, behind the door."""

    def __init__(self, bootstrap: str, provider: ProviderName, instance: str = "") -> None:
        self.work = MemoryLaneWork(latency_s=0.0, now=utc_now)
        self.handled_at: dict[RecordId, datetime] = {}
        self.assigned: list[frozenset[int]] = []
        self.refusals = 0
        """How many of the next attempts to take leases find the database away."""
        self._membership = Membership(bootstrap, str(provider), instance)
        self._family = family_on(provider)

    def announce(self, n: int) -> None:
        """Take a document in, as intake would."""
        self.work.key_of[connection(n)] = lane_key(TenantId("t"), RealmId(f"r{n % REALMS}"))
        self.work.announce(connection(n), record(n), 1)

    async def _take_leases(self, partitions: frozenset[int]) -> None:
        if self.refusals:
            self.refusals -= 1
            raise ConnectionRefusedError("the database is away")
        self.assigned.append(partitions)

    async def _bury(self, received: Received, why: str) -> None:
        raise AssertionError(why)

    @asynccontextmanager
    async def running(self, publisher: SignalPublisher) -> AsyncIterator[None]:
        """Consume while the body runs, and leave in good order."""
        engine = Engine(
            self._family,
            self.work,
            RetryTopics(self._family, publisher),
            MemoryHistory(),
            valves=MemoryValves(),
            quotas=RealmQuotas(ROOMY),
            policy=LanePolicy(sweep_s=3_600),
            partition_of=partial(partition_of, partitions=self._family.partitions),
            now=utc_now,
        )
        door = LaneConsumer(
            self._membership,
            self._family,
            engine,
            assigned=self._take_leases,
            malformed=self._bury,
        )
        stop = asyncio.Event()
        async with (
            running_beside(engine.run(), end=engine.stop),
            running_beside(door.run(stop), end=stop.set),
        ):
            yield

    async def holds(self, count: int) -> None:
        """Wait until so many partitions are assigned."""

        async def done() -> bool:
            return bool(self.assigned) and len(self.assigned[-1]) == count

        await eventually(done)


async def written(worker: Worker, count: int) -> None:
    async def done() -> bool:
        return len(worker.work.writes) >= count

    await eventually(done)


@pytest.mark.accepts("RUN-11", "TST-03")
async def test_retries_are_never_early_and_at_most_a_tenth_of_a_second_late(
    kafka_bootstrap: str,
) -> None:
    """3,000 signals of a retry topic, due over six seconds, in the order of their arrival.

    Time in which the machine gave the worker no processor is not the worker's.
    """
    async with (
        topics_of_a_provider(kafka_bootstrap) as provider,
        publishing(kafka_bootstrap) as publisher,
    ):
        worker = Worker(kafka_bootstrap, provider)
        async with worker.running(publisher):
            await worker.holds(PROVIDER_PARTITIONS)
            for n in range(REALMS):
                worker.announce(n)
                await publisher.send([(work_topic(provider), signal(n))])
            await written(worker, REALMS)
            first = datetime.now(UTC) + timedelta(seconds=4)
            due = {n: first + timedelta(milliseconds=2 * n) for n in range(REALMS, 3_000)}
            waiting = [(retry_topic(provider, "30s"), signal(n, at)) for n, at in due.items()]
            await publisher.send(waiting)
            late = await lateness(worker, due)
    assert min(one.late_s for one in late) >= 0
    assert percentile([one.late_s - one.starved_s for one in late], 99) <= 0.1


class Late(NamedTuple):
    """How late a retry was written, and how much of that no processor was free, in seconds."""

    late_s: float
    starved_s: float


class Starvation:
    """For how long this thread was ready to run and had no processor, read at given times."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._at: list[float] = []
        self._starved_s: list[float] = []
        self.read()

    def read_at(self, time_s: float) -> None:
        """Read it when the loop comes to its timers at that time."""
        self._loop.call_at(time_s, self.read)

    def read(self) -> None:
        """Read it now; it is always 0 where the system does not count it."""
        counted = Path("/proc/thread-self/schedstat")
        waited_ns = int(counted.read_text().split()[1]) if counted.exists() else 0
        self._at.append(self._loop.time())
        self._starved_s.append(waited_ns / 1e9)

    def between(self, begin_s: float, end_s: float) -> float:
        """Return its growth from the last reading before a time to the first after another."""
        first = bisect_right(self._at, begin_s) - 1
        return self._starved_s[bisect_left(self._at, end_s)] - self._starved_s[first]


async def lateness(worker: Worker, due: dict[int, datetime]) -> list[Late]:
    """Announce records just before they are due, and return how late each was written."""
    offset_s = asyncio.get_running_loop().time() - datetime.now(UTC).timestamp()
    due_at = {record(n): one.timestamp() + offset_s for n, one in due.items()}
    starvation = Starvation()
    for at in due_at.values():
        starvation.read_at(at)
    for n in due:
        worker.announce(n)
    await written(worker, REALMS + len(due))
    starvation.read()
    written_at = worker.work.written_at
    return [
        Late(written_at[one] - at, starvation.between(at, written_at[one]))
        for one, at in due_at.items()
    ]


async def test_a_worker_waits_for_its_leases_while_the_database_is_away(
    kafka_bootstrap: str,
) -> None:
    async with (
        topics_of_a_provider(kafka_bootstrap) as provider,
        publishing(kafka_bootstrap) as publisher,
    ):
        worker = Worker(kafka_bootstrap, provider)
        worker.refusals = 3
        for n in range(REALMS):
            worker.announce(n)
            await publisher.send([(work_topic(provider), signal(n))])
        async with worker.running(publisher):
            await worker.holds(PROVIDER_PARTITIONS)
            await written(worker, REALMS)
    assert worker.refusals == 0


async def test_a_worker_that_restarts_gets_its_partitions_and_disturbs_no_other(
    kafka_bootstrap: str,
) -> None:
    async with (
        topics_of_a_provider(kafka_bootstrap) as provider,
        publishing(kafka_bootstrap) as publisher,
        AsyncExitStack() as others,
    ):
        stays = Worker(kafka_bootstrap, provider, "a")
        await others.enter_async_context(stays.running(publisher))
        await stays.holds(PROVIDER_PARTITIONS)
        before, after = (Worker(kafka_bootstrap, provider, "b") for _ in range(2))
        async with before.running(publisher):
            await before.holds(PROVIDER_PARTITIONS // 2)
            await stays.holds(PROVIDER_PARTITIONS // 2)
            assigned = list(stays.assigned)
        async with after.running(publisher):
            await after.holds(PROVIDER_PARTITIONS // 2)
            assert after.assigned[-1] == before.assigned[-1]
            assert stays.assigned == assigned, "no rebalance of the other"
