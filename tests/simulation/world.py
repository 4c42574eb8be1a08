"""One world: what happens in it from its seed, until it fails or has come to rest."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, cast

from aiokafka.errors import KafkaError

from consumers.lanes.policy import LanePolicy
from consumers.sync.retry_policy import RetryPolicy
from providers.base import Provider
from providers.connections import Connection, ConnectionState
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId
from tests.fakes.database import Database
from tests.fakes.record_store import at_once
from tests.simulation import platform, rest
from tests.simulation.bookkeepers import Bookkeepers
from tests.simulation.books import RealmBooks, Rules
from tests.simulation.faults import TROUBLED_S, Weather
from tests.simulation.group import Group
from tests.simulation.ledger import TIMEOUT_S, Realm
from tests.simulation.log import Log
from tests.simulation.parts import Parts
from tests.simulation.platform import PROVIDER, Platform
from tests.simulation.process import Process
from tests.simulation.trace import Trace, logging_to
from tests.simulation.watch import Watch
from tests.simulation.worker import Site
from tests.virtual_time import run_virtually

LONGEST_S: Final = 1800.0
MOST_STEPS: Final = 150_000
EXPECTED_ENDS: Final = (KafkaError, OSError)

Run = Callable[[Process, asyncio.Event], Awaitable[None]]


@dataclass
class Report:
    """How a world ended.

    Attributes:
        violation: What did not hold; empty when all did.
        digest: The same for the same seed, whenever and wherever it is run.
    """

    seed: int
    violation: str
    trace: Trace
    virtual_s: float

    @property
    def digest(self) -> int:
        return self.trace.digest


def simulate(seed: int, parts: Parts | None = None) -> Report:
    """Run the world of a seed."""
    trace = Trace()
    with logging_to(trace):
        return run_virtually(_simulate(seed, parts or Parts(), trace))


async def _simulate(seed: int, parts: Parts, trace: Trace) -> Report:
    world = World(seed, parts, trace)
    await world.run()
    return Report(seed, world.violation, trace, asyncio.get_running_loop().time())


class World:
    """Everything there is, drawn from its seed."""

    def __init__(self, seed: int, parts: Parts, trace: Trace) -> None:
        self.random = random = Random(seed)  # noqa: S311 - no secret is drawn
        self.trace = trace
        self.violation = ""
        self.over = asyncio.Event()
        # What changes back is drawn apart, so that worlds are as they are without it.
        back = Random(f"{seed}/back")  # noqa: S311 - no secret is drawn
        self.platform: Platform = platform.drawn(random, back)
        self.slow, self.step_s = random.choice([(0.3, 0.001), (0.3, 0.01), (0.8, 0.1)])
        self.processes: list[Process] = []
        self.site = self._site(parts)
        # Bookkeepers have a stream of their own, so that worlds are drawn as without them.
        typing = Random(f"{seed}/bookkeepers")  # noqa: S311 - no secret is drawn
        self.bookkeepers = Bookkeepers(self.site, self.platform.connections, typing)

    # -- setting up ------------------------------------------------------------------------

    def _site(self, parts: Parts) -> Site:
        random, rules = self.random, Rules.drawn(self.random)
        # Who was thrown out of the group and does not know it may have a request under way that
        # the next owner's look-up can't see. Only a key that is remembered makes that harmless.
        weather = Weather.drawn(random, thrown_out=rules.remembers_s > TIMEOUT_S)
        log = Log(random, weather)
        database = Database()
        for connection in self.platform.connections:
            database.connections.rows[connection.id] = connection
        watch = Watch(database, log, self.violate, self.platform.contents())
        database.sessions.seen = watch.row_changed
        return Site(
            provider=_provider(rules),
            database=database,
            log=log,
            weather=weather,
            watch=watch,
            lanes=Group(
                log, committed=watch.offset_committed, delivered=watch.signal_delivered
            ),
            intake=Group(log, committed=_nothing, delivered=_nothing),
            realms=self._realms(rules),
            parts=parts,
            policy=LanePolicy(
                resident_limit=random.choice([2, 5, 100]),
                low_water=random.choice([1, 3]),
                max_tasks=random.choice([3, 128]),
                sweep_s=random.choice([5.0, 10.0]),
            ),
            retry=RetryPolicy(
                delays=tuple(timedelta(seconds=s) for s in (3, 8, 15, 30, 60)),
            ),
        )

    def _realms(self, rules: Rules) -> dict[ConnectionId, Realm]:
        realms = {
            c.id: Realm(RealmBooks(c.id, rules), rules.quota) for c in self.platform.connections
        }
        for connection, document in self.platform.typed_in:
            books = realms[connection].books
            books.add(DocumentType.CUSTOMER, document)
        return realms

    # -- what happens ----------------------------------------------------------------------

    async def run(self) -> None:
        """Let everything happen until something is violated or all has come to rest."""
        async with asyncio.TaskGroup() as tasks:
            for n in range(self.random.randint(1, 3)):
                tasks.create_task(self._live_on(f"lanes-{n}", self.site.run_lanes))
            tasks.create_task(self._live_on("intake", self.site.run_intake))
            running = tasks.create_task(self.platform.run(self.site.log, self.random))
            typing = tasks.create_task(self.bookkeepers.run())
            tasks.create_task(self._step_clocks())
            tasks.create_task(self._lose_consents())
            await self._until_over()
            running.cancel()
            typing.cancel()
        if not self.violation:
            for found in (
                *rest.violations(self.platform, self.site),
                *self.bookkeepers.violations(),
            ):
                self.violate(found)

    async def _until_over(self) -> None:
        """Wait for a violation, or until nothing is left to be done."""
        loop = asyncio.get_running_loop()
        while not self.violation:
            await asyncio.sleep(1)
            if self._at_rest():
                break
            if loop.time() > LONGEST_S:
                self.violate(f"no rest: {'; '.join(rest.unrest(self.site, self.processes))}")
            if sum(p.steps for p in self.processes) > MOST_STEPS:
                self.violate("no rest: too many steps")
        self.over.set()

    def _at_rest(self) -> bool:
        done = self.platform.done and self.bookkeepers.done
        quiet = done and not self.site.weather.troubled
        return quiet and not any(rest.unrest(self.site, self.processes))

    async def _live_on(self, name: str, run: Run) -> None:
        """Keep a program running: whenever it ends, start it again."""
        while not self.over.is_set():
            process = self._process(name)
            await self._live(process, run)
            if not self.over.is_set():
                await asyncio.sleep(self.random.choice([0.1, 2.0, 15.0]))

    async def _live(self, process: Process, run: Run) -> None:
        """Run a program until it stops, dies, or the world is over."""
        stop = asyncio.Event()
        task = asyncio.ensure_future(run(process, stop))
        process.task = task
        try:
            async with asyncio.timeout(self._stops_after()):
                await self._ended_or_over(task)
        except TimeoutError:
            process.note("is told to stop")
            stop.set()
            await self._ended_or_over(task)
        if self.over.is_set():
            process.kill()
        await asyncio.wait({task})
        process.alive = False
        self._judge(process, task)

    def _stops_after(self) -> float | None:
        """Return after how many seconds this life is ended in good order."""
        if not self.site.weather.troubled or self.random.random() < 0.7:
            return None
        return self.random.uniform(5, 40)

    async def _ended_or_over(self, task: "asyncio.Future[None]") -> None:
        over = asyncio.ensure_future(self.over.wait())
        both: list[asyncio.Future[Any]] = [task, over]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()

    def _judge(self, process: Process, task: "asyncio.Future[None]") -> None:
        """See that a program ended for a reason that there was."""
        error = None if task.cancelled() else task.exception()
        process.note(f"ended: {error!r}")
        if error is not None and not isinstance(error, EXPECTED_ENDS):
            self.violate(f"{process.name} ended with {error!r}")

    def _process(self, name: str) -> Process:
        """Have a new life of a program; in troubled times it may be a short one."""
        dies = self.site.weather.troubled and self.random.random() < 0.6
        life = f"{name}.{sum(p.name.startswith(name) for p in self.processes)}"
        dies_at = self.random.randint(1, 700) if dies else None
        ahead = timedelta(seconds=self.random.choice([0, 0, 0.5, -0.5]))
        process = Process(life, self.random, self.trace, self.slow, self.step_s, dies_at, ahead)
        self.processes.append(process)
        return process

    async def _step_clocks(self) -> None:
        """Set the clock of a process at times, forwards or back."""
        while self.random.random() < 0.5:
            await asyncio.sleep(self.random.uniform(0, TROUBLED_S / 2))
            process = self.random.choice(self.processes)
            process.clock_ahead += timedelta(seconds=self.random.uniform(-60, 60))
            process.note(f"clock is {process.clock_ahead} ahead")

    async def _lose_consents(self) -> None:
        """Let a company take its consent back at times, and give it again."""
        if self.random.random() > 0.3:
            return
        connection = self.random.choice(self.platform.connections)
        books = self.site.realms[connection.id].books
        await asyncio.sleep(self.random.uniform(0, TROUBLED_S / 2))
        books.authorised = False
        await asyncio.sleep(self.random.uniform(1, TROUBLED_S / 2))
        books.authorised = True
        await self._connect(connection, now=self.processes[0].now())

    async def _connect(self, connection: Connection, *, now: datetime) -> None:
        """Let somebody connect a company anew."""
        connected = replace(connection, state=ConnectionState.CONNECTED, updated_at=now)
        table = self.site.database.connections
        async with self.site.database.sessions.transaction(at_once) as session:
            await session.lock_row(table, connection.id)
            session.put(table, connection.id, connected)

    def violate(self, what: str) -> None:
        """Note the first thing that does not hold."""
        self.trace.add(asyncio.get_running_loop().time(), "watch", f"VIOLATED: {what}")
        self.violation = self.violation or what


def _provider(rules: Rules) -> Provider:
    unused = cast(Any, None)
    return Provider(
        name=PROVIDER,
        title="Simulated",
        quota=rules.quota,
        oauth=unused,
        dialect=unused,
        open_ledger=unused,
        batch_limit=lambda _kind, _operation: rules.batch,
        documents=frozenset(DocumentType),
    )


def _nothing(*_: object) -> None:
    """See nothing."""
