"""One turn of one contestant, or of the bare producer: what is done, in what order.

The writing clients go first and last without the relay, so that what changes with time is not
taken for its doing. Each relay is warmed up, and its backlog becomes visible at one commit.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Final, NamedTuple, TypeVar

import psutil
from aiokafka import AIOKafkaConsumer

from gateway.embedded.managed_process import ManagedProcess
from gateway.embedded.run import Run
from tests.benchmarks.figures import percentile
from tests.benchmarks.relay import floor
from tests.benchmarks.relay.contestant import Contestant, Place
from tests.benchmarks.relay.database import STATISTICS_S, Database, DeadRows, fresh_database
from tests.benchmarks.relay.reading import Delays, arrivals, delays
from tests.benchmarks.relay.results import FloorTurn, Turn
from tests.benchmarks.relay.topics import Topic, check_whole
from tests.benchmarks.relay.writers import Pace, write_at_pace, write_flat_out

PER_S: Final = 1_000
PACED_EVENTS: Final = 11 * PER_S
PACED_CLIENTS: Final = 16
CLIENTS: Final = 32
WARM_UP_EVENTS: Final = 20_000

_FLAT_OUT_S: Final = 5.0
_START_IN_S: Final = 3.0
_SETTLE_S: Final = 1.0
_READY_WITHIN_S: Final = 60.0
_STORED_WITHIN_S: Final = 300.0

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Arena:
    """What all contestants share.

    Attributes:
        events: The backlog of a contestant with a whole share.
    """

    run: Run
    database_url: str
    bootstrap: str
    client: AIOKafkaConsumer
    events: int


class Marks(NamedTuple):
    """What a relay has left in the database so far."""

    log_bytes: int
    dead: DeadRows


class Drained(NamedTuple):
    """A backlog that was drained, an event's share of what it took."""

    per_s: float
    cpu_us: float
    log_bytes: float


async def turn(arena: Arena, contestant: Contestant) -> Turn:
    """Measure a contestant once, in an empty database."""
    name = f"bench_{contestant.name.replace('-', '_')}"
    async with fresh_database(arena.database_url, name) as database:
        place = Place(arena.run, database.url, database.dsn, arena.bootstrap, contestant.topic)
        await contestant.lay_out(place)
        match = Match(arena, contestant, database, Topic(contestant.topic, arena.client))
        before = await match.commits_per_s()
        await database.empty(contestant.table)
        child = contestant.start(place)
        await child.start()
        try:
            return await _beside_relay(match, child, before)
        finally:
            await child.stop()


async def _beside_relay(match: "Match", child: ManagedProcess, before: float) -> Turn:
    await child.until(match.relay_is_ready, within_s=_READY_WITHIN_S)
    warm, backlog = match.sizes()
    await match.drain(child, warm)
    drained = await match.drain(child, backlog)
    idle_percent = await processor_percent(child, STATISTICS_S)
    marks = await match.marks()
    used = used_s(child)
    late = await match.pace()
    used = used_s(child) - used
    await asyncio.sleep(STATISTICS_S)
    paced_marks = await match.marks()
    beside = await match.commits_per_s()
    await child.stop()
    without = (before + await match.commits_per_s()) / 2
    return Turn(
        drained_per_s=drained.per_s,
        drained_cpu_us=drained.cpu_us,
        drained_log_bytes=drained.log_bytes,
        drained_dead_rows=marks.dead.everywhere / (warm + backlog),
        p50_ms=percentile(late.committed, 50),
        p99_ms=percentile(late.committed, 99),
        due_p50_ms=percentile(late.due, 50),
        due_p99_ms=percentile(late.due, 99),
        lost_events=late.lost / PACED_EVENTS * 1000,
        log_bytes=(paced_marks.log_bytes - marks.log_bytes) / PACED_EVENTS,
        dead_rows=(paced_marks.dead.everywhere - marks.dead.everywhere) / PACED_EVENTS,
        dead_outbox_rows=(paced_marks.dead.in_outbox - marks.dead.in_outbox) / PACED_EVENTS,
        paced_percent=used / (PACED_EVENTS / PER_S) * 100,
        idle_percent=idle_percent,
        commits_per_s=without,
        commits_kept=beside / without,
    )


@dataclass(frozen=True, slots=True)
class Match:
    """A contestant in its database."""

    arena: Arena
    contestant: Contestant
    database: Database
    topic: Topic

    def sizes(self) -> tuple[int, int]:
        """Return the events of the warm-up and of the backlog."""
        share = self.contestant.share
        return int(WARM_UP_EVENTS * min(1.0, share * 2)), int(self.arena.events * share)

    async def relay_is_ready(self) -> bool:
        """Whether the relay is at work."""
        return await self.database.holds(self.contestant.ready)

    async def marks(self) -> Marks:
        """Ask for them, when its sessions have been idle for :data:`STATISTICS_S`."""
        dead = await self.database.dead_rows(self.contestant.table)
        return Marks(await self.database.log_bytes_of_relay(), dead)

    async def commits_per_s(self) -> float:
        """Run clients that write as fast as they can."""
        dsn, append = self.database.dsn, self.contestant.append
        return await elsewhere(write_flat_out, dsn, append, CLIENTS, _FLAT_OUT_S)

    async def drain(self, child: ManagedProcess, events: int) -> Drained:
        """Append a backlog in one transaction, and time its way from the commit to Kafka.

        Raises:
            TimeoutError: Kafka did not get all of it.
            ValueError: Kafka did not get each event once.
        """
        since = await self.topic.ends()
        await self.database.fill(self.contestant.fill, events)
        started, log, cpu_s = time.monotonic(), await self.database.log_bytes(), used_s(child)
        await self.topic.has(events, since=since, within_s=_STORED_WITHIN_S)
        took_s = time.monotonic() - started
        await asyncio.sleep(_SETTLE_S)
        cpu_s = used_s(child) - cpu_s
        log = await self.database.log_bytes() - log
        await elsewhere(check_whole, self.arena.bootstrap, self.topic.name, since, events)
        return Drained(events / took_s, cpu_s / events * 1e6, log / events)

    async def pace(self) -> Delays:
        """Append events at an even pace, and see when each can be read from Kafka."""
        dsn, append = self.database.dsn, self.contestant.append
        return await paced(
            self.arena,
            self.topic,
            lambda pace: (write_at_pace, dsn, append, PACED_CLIENTS, pace),
        )


async def paced(
    arena: Arena, topic: Topic, writing: Callable[[Pace], tuple[Any, ...]]
) -> Delays:
    """Have events written at an even pace, and see when each can be read from Kafka.

    Args:
        writing: The function that writes them, and its arguments.
    """
    pace = Pace(time.monotonic() + _START_IN_S, PER_S, PACED_EVENTS)
    since = await topic.ends()
    async with asyncio.TaskGroup() as group:
        read = group.create_task(elsewhere(arrivals, arena.bootstrap, topic.name, since, pace))
        written = group.create_task(elsewhere(*writing(pace)))
    return delays(pace, written.result(), read.result())


async def floor_turn(arena: Arena) -> FloorTurn:
    """Measure the bare producer once."""
    sent = await elsewhere(floor.send, arena.bootstrap, arena.events)
    topic = Topic(floor.TOPIC, arena.client)
    late = await paced(arena, topic, lambda pace: (floor.send_at_pace, arena.bootstrap, pace))
    return FloorTurn(
        drained_per_s=sent.per_s,
        drained_cpu_us=sent.cpu_us,
        p50_ms=percentile(late.committed, 50),
        p99_ms=percentile(late.committed, 99),
        due_p50_ms=percentile(late.due, 50),
        due_p99_ms=percentile(late.due, 99),
    )


async def elsewhere(work: Callable[..., R], *arguments: object) -> R:
    """Do blocking work in a new process, whose interpreter nothing else uses."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        return await asyncio.get_running_loop().run_in_executor(processes, work, *arguments)


def used_s(child: ManagedProcess) -> float:
    """Return the processor time that a process and those below it have used."""
    parent = psutil.Process(child.pid)
    times = [one.cpu_times() for one in (parent, *parent.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))


async def processor_percent(child: ManagedProcess, over_s: float) -> float:
    """Return how much of one processor a process takes."""
    cpu_s, started = used_s(child), time.monotonic()
    await asyncio.sleep(over_s)
    return (used_s(child) - cpu_s) / (time.monotonic() - started) * 100
