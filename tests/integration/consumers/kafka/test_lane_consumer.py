"""The door of the lanes on a real broker: retries in time, restarts without a rebalance."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from consumers.intake.events import Received
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

        await eventually(done, within_s=30)


async def written(worker: Worker, count: int) -> None:
    async def done() -> bool:
        return len(worker.work.writes) >= count

    await eventually(done, within_s=60)


@pytest.mark.accepts("RUN-11", "TST-03")
async def test_retries_are_never_early_and_hardly_later_than_timers_of_the_same_loop(
    kafka_bootstrap: str,
) -> None:
    """3,000 signals of a retry topic, due over six seconds, in the order of their arrival.

    A timer is set for each moment at which one is due: where other work keeps the processors
    busy, these are late as well.
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
            timers_late = timers(due.values())
            await publisher.send(waiting)
            late = await lateness(worker, due)
    assert min(late) >= 0
    assert len(timers_late) == len(late)
    assert percentile(late, 99) <= percentile(timers_late, 99) + 0.1


def timers(moments: Iterable[datetime]) -> list[float]:
    """Set a timer of the loop for each moment; return how late they were, as they come."""
    loop = asyncio.get_running_loop()
    offset_s = loop.time() - datetime.now(UTC).timestamp()
    late: list[float] = []

    def ring(at: float) -> None:
        late.append(loop.time() - at)

    for moment in moments:
        at = offset_s + moment.timestamp()
        loop.call_at(at, ring, at)
    return late


async def lateness(worker: Worker, due: dict[int, datetime]) -> list[float]:
    """Announce records just before they are due, and say how late each was written."""
    offset_s = asyncio.get_running_loop().time() - datetime.now(UTC).timestamp()
    for n in due:
        worker.announce(n)
    await written(worker, REALMS + len(due))
    at = worker.work.written_at
    return sorted(at[record(n)] - offset_s - one.timestamp() for n, one in due.items())


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
