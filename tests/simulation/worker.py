"""The programs of a world: intake and lanes, wired as `gateway.wiring.worker` wires them."""

import asyncio
from dataclasses import dataclass
from functools import partial

from consumers.intake.events import Received
from consumers.intake.malformed import malformed_signal
from consumers.intake.platform_events import Intake
from consumers.kafka.lane_consumer import LaneConsumer
from consumers.kafka.signal_producer import RetryTopics, partition_of
from consumers.lanes.engine import Engine
from consumers.lanes.policy import LanePolicy
from consumers.sync.realm_lanes import RealmQuotas, realm_lanes
from consumers.sync.retry_policy import RetryPolicy
from gateway.runtime.lifecycle import running_beside
from gateway.wiring.worker import Leases
from providers.base import Ledger, Operation, Provider, Write
from providers.http import Pace, Realm as CalledRealm
from schemas.ids import ConnectionId
from tests.fakes.database import Database
from tests.fakes.lane_work import MemoryValves
from tests.fakes.record_store import MemoryStore
from tests.simulation.faults import Weather
from tests.simulation.group import Group, Member, SimulatedMembership
from tests.simulation.ledger import Audit, Realm, SimulatedLedger
from tests.simulation.log import Log, Publisher
from tests.simulation.parts import Parts
from tests.simulation.process import Process
from tests.simulation.watch import Watch


class StoreAway(OSError):
    """The store does not answer, or its answer is lost."""


@dataclass
class Site:
    """All that the programs of one world share."""

    provider: Provider
    database: Database
    log: Log
    weather: Weather
    watch: Watch
    lanes: Group
    intake: Group
    realms: dict[ConnectionId, Realm]
    parts: Parts
    policy: LanePolicy
    retry: RetryPolicy

    async def run_intake(self, process: Process, stop: asyncio.Event) -> None:
        """Be an intake until told to stop."""
        membership = SimulatedMembership(
            bootstrap="", group="intake", member=lambda: Member(self.intake, process)
        )
        intake = Intake(self._store(process), now=process.now)
        consumer = self.parts.intake_consumer(
            membership,
            intake,
            self._publisher(process),  # type: ignore[arg-type]
            crash_point=process.note,
        )
        await consumer.run(stop)

    async def run_lanes(self, process: Process, stop: asyncio.Event) -> None:
        """Be a lane worker until told to stop."""
        store = self._store(process)
        leases = Leases(store, self.provider)
        engine = self._engine(process, store, leases)
        process.engine = engine

        async def bury(received: Received, why: str) -> None:
            letter = malformed_signal(
                received, why, provider=self.provider.name, now=process.now()
            )
            async with store.transaction() as tx:
                await tx.dead_letters.store([letter])

        membership = SimulatedMembership(
            bootstrap="", group="lanes", member=lambda: Member(self.lanes, process)
        )
        door = LaneConsumer(
            membership,
            realm_lanes(self.provider),
            engine,
            assigned=leases.take,
            malformed=bury,
        )
        async with running_beside(engine.run(), end=engine.stop):
            await door.run(stop)

    def _engine(self, process: Process, store: MemoryStore, leases: Leases) -> Engine:
        push = self.parts.push(
            store,
            self.retry,
            batch_limit=self.provider.batch_limit,
            now=process.now,
            chance=process.random.random,
            crash_point=process.note,
        )
        reconciler = self.parts.reconciler(
            store,
            self.provider,
            push,
            open_ledger=lambda realm, pace: self._ledger(process, realm, pace),
            epoch_of=leases.epochs.__getitem__,
            now=process.now,
        )
        family = realm_lanes(self.provider)
        return self.parts.engine(
            family,
            reconciler,
            RetryTopics(family, self._publisher(process)),  # type: ignore[arg-type]
            Audit(self.realms, process),
            valves=MemoryValves(),
            quotas=RealmQuotas(self.provider.quota),
            policy=self.policy,
            partition_of=partial(partition_of, partitions=family.partitions),
            now=process.now,
        )

    def _publisher(self, process: Process) -> Publisher:
        return Publisher(self.log, process, sent=self.watch.signal_sent)

    def _ledger(self, process: Process, called: CalledRealm, pace: Pace) -> Ledger:
        realm = self.realms[called.connection_id]

        def watch(operation: Operation, write: Write) -> None:
            self.watch.before_write(process, realm.books, operation, write)

        def written() -> None:
            self.watch.after_write(realm.books)

        return SimulatedLedger(
            process,
            realm,
            pace,
            self.weather,
            violated=self.watch.violated,
            before=watch,
            after=written,
        )

    def _store(self, process: Process) -> MemoryStore:
        async def pause(statement: str) -> None:
            await process.step(statement)
            lost = statement == "committed" and self.weather.loses_answer()
            if lost or (statement != "committed" and self.weather.store_away()):
                raise StoreAway(statement)

        return MemoryStore(self.database, pause, tables=self.parts.tables)
