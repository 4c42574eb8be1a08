"""The engine: signals in, tries of items out, offsets behind them.

It knows neither Kafka nor the database nor whom is called: records come in by
:meth:`Engine.take`, work is done by a :class:`LaneWork`, and what may be committed is asked
for. Time is the event loop's, so that the same code runs on a virtual clock.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import structlog

from consumers.lanes.backlog import Backlog
from consumers.lanes.delayed import DelayedSignals
from consumers.lanes.family import LaneFamily
from consumers.lanes.lane import Lane
from consumers.lanes.lane_registry import LaneChanged, LaneRegistry
from consumers.lanes.offsets import Offsets
from consumers.lanes.pacing.lane_pace import LanePace
from consumers.lanes.pacing.outage_detector import OutagePolicy
from consumers.lanes.pacing.shared_limiter import SharedLimiter, SharedLimiterPolicy
from consumers.lanes.partition_ownership import PartitionOwnership
from consumers.lanes.policy import LanePolicy
from consumers.lanes.ports import (
    CallHistory,
    LaneQuotas,
    LaneWork,
    RetryPublisher,
    ValveStore,
)
from consumers.lanes.scheduler import Scheduler
from consumers.lanes.tries import Tries
from consumers.lanes.valve_sync import ValveSync
from consumers.lanes.work import LaneId, LaneSignal, Work
from consumers.metrics import DISPATCHED, IN_PROGRESS, REPEATS_REFUSED, RETRY_LATENESS
from consumers.position import Position, TopicPartition

log: Final = structlog.get_logger("lanes")


class Engine:
    """The lanes of the partitions that this process owns.

    What is held in memory may be lost at any moment: offsets are committed only behind finished
    signals, and what the table holds is looked into on every assignment and from time to time.

    Args:
        partition_of: Returns the partition that a Kafka key belongs to.
        now: Returns the time, UTC.
    """

    def __init__(
        self,
        family: LaneFamily,
        work: LaneWork,
        retries: RetryPublisher,
        history: CallHistory,
        *,
        valves: ValveStore,
        quotas: LaneQuotas,
        policy: LanePolicy,
        partition_of: Callable[[str], int],
        now: Callable[[], datetime],
    ) -> None:
        self._family = family
        self._quotas = quotas
        self._policy = policy
        loop = asyncio.get_running_loop()
        self._monotonic = loop.time
        self._shared = SharedLimiter(
            SharedLimiterPolicy(
                most_calls=policy.max_tasks,
                outages=OutagePolicy() if family.detects_outages else None,
            ),
            per_minute=family.shared_per_minute,
            monotonic=self._monotonic,
            changed=self._outage_changed,
        )
        self._scheduler = Scheduler(
            monotonic=self._monotonic,
            refuses_repeats=self._shared.refuses_repeats,
            refused=REPEATS_REFUSED.labels(family.name).inc,
        )
        self._lanes = LaneRegistry(family.name, make=self._make_lane, look=self._look)
        self._valves = ValveSync(family.name, valves, self._lanes)
        self._offsets = Offsets()
        self._delayed = DelayedSignals(monotonic=self._monotonic, now=now)
        self._ownership = PartitionOwnership(
            family, self._shared, history, partition_of=partition_of
        )
        self._backlog = Backlog(
            work, self._lanes, self._ownership, self._offsets, self._shared, policy
        )
        self._tries = Tries(
            work,
            retries,
            self._lanes,
            self._backlog,
            self._offsets,
            self._valves,
            monotonic=self._monotonic,
            patience_s=policy.patience_s,
            trouble_pause_s=policy.trouble_pause_s,
            look_later=lambda lane, delay_s: loop.call_later(delay_s, self._look, lane),
        )
        self._pages = 0
        self._tasks = 0
        self._changed = asyncio.Event()
        self._stopping = False

    # -- what the consumer of the topics calls -------------------------------------------

    def take(self, position: Position, signal: LaneSignal) -> None:
        """Take a signal in, to be handled when it is due. Never blocks."""
        self._offsets.take(position)
        if self._delayed.put(signal, position):
            self._changed.set()
        else:
            self._admit(signal, position)

    def skip(self, position: Position) -> None:
        """Take in a record that needs no work: it is finished as it comes."""
        self._offsets.take(position)
        self._offsets.finish([position])

    def committable(self) -> dict[TopicPartition, int]:
        """Return, per topic and partition, the next offset to read after a restart."""
        return self._offsets.committable()

    @property
    def resident(self) -> int:
        """How many items the lanes hold in memory."""
        return self._lanes.resident

    def delayed_of(self, topic: str, partition: int) -> int:
        """Return how many signals of one partition wait in memory until they are due."""
        return self._delayed.held_of(topic, partition)

    def lane(self, lane_id: LaneId) -> Lane | None:
        """Return a lane, where there is one."""
        return self._lanes.get(lane_id)

    def fenced_for(self, seconds: float) -> frozenset[int]:
        """Return the partitions whose lease another process has held for so long."""
        return self._lanes.fenced_before(self._monotonic() - seconds)

    async def assign(self, partitions: frozenset[int]) -> None:
        """Begin to work for these partitions: first with what the table holds."""
        await self._ownership.gain(partitions)
        self._lanes.unfence(partitions)
        for lane in self._lanes.of(partitions):
            self._look(lane)
        await self._sweep()

    async def revoke(self, partitions: frozenset[int], *, within_s: float = 10.0) -> None:
        """Stop working for these partitions; calls in flight are waited for, so long."""
        self._ownership.lose(partitions)
        self._delayed.forget(partitions)  # or one that comes due now would begin a lane anew
        leaving = self._lanes.of(partitions)
        for lane in leaving:
            lane.retire()
        try:
            await self._end_of_tries(leaving, within_s)
            await self._ownership.share_calls()
        finally:
            # Whatever ended this early: a retired lane never goes again, so it may not be
            # found by work that comes when the partition is ours once more.
            for lane in leaving:
                self._lanes.drop(lane)
        self._lanes.unfence(partitions)

    async def _end_of_tries(self, lanes: Sequence[Lane], within_s: float) -> None:
        try:
            async with asyncio.timeout(within_s):
                while any(lane.tries for lane in lanes):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            partitions = sorted({lane.partition for lane in lanes})
            log.warning("lanes.left_in_flight", partitions=partitions)

    def forget(self, partitions: frozenset[int]) -> None:
        """Drop the offsets of revoked partitions, once they are committed."""
        self._delayed.forget(partitions)
        self._offsets.forget(partitions)

    # -- the loop ------------------------------------------------------------------------

    async def run(self) -> None:
        """Dispatch until :meth:`stop`; then wait for what is in flight."""
        # Read when it is asked for: to count each try up and down costs every dispatch time.
        IN_PROGRESS.set_function(lambda: self._tasks)
        async with asyncio.TaskGroup() as tasks:
            sweeper = tasks.create_task(self._sweep_regularly())
            while not self._stopping:
                self._release_due()
                lane = self._next_lane()
                if lane is not None:
                    self._dispatch(tasks, lane)
                self._start_pages(tasks)
                if lane is None:
                    await self._wait()
            sweeper.cancel()

    def stop(self) -> None:
        """Dispatch nothing more."""
        self._stopping = True
        self._changed.set()

    def _next_lane(self) -> Lane | None:
        if self._tasks >= self._policy.max_tasks or self._shared.delay_s() != 0:
            return None
        return self._scheduler.next_probe() if self._shared.down else self._scheduler.next()

    def _dispatch(self, tasks: asyncio.TaskGroup, lane: Lane) -> None:
        """Start a try: of one item where it is a probe, of a batch else."""
        probing = lane.probing or self._shared.down
        works = lane.take(
            _one if probing else self._family.batch_limit,
            repeats=not self._shared.refuses_repeats(),
        )
        lane.pace.reserve(repeat=lane.pace.probing or works[0].repeat)
        lane.valve.begin(self._monotonic())
        lane.begin_try()
        self._tasks += 1
        DISPATCHED.inc(len(works))
        tasks.create_task(self._try(lane, works))

    async def _try(self, lane: Lane, works: Sequence[Work]) -> None:
        try:
            await self._tries.make(lane, works)
        finally:
            lane.end_try()
            self._tasks -= 1
            self._look(lane)

    async def _wait(self) -> None:
        """Wait for a change, or for the time at which one is due without any."""
        timers = [self._dispatch_at(), self._delayed.next_at()]
        next_at = min((t for t in timers if t is not None), default=None)
        self._changed.clear()
        try:
            async with asyncio.timeout_at(next_at):
                await self._changed.wait()
        except TimeoutError:
            return

    def _dispatch_at(self) -> float | None:
        """Return when time alone lets something go; ``None`` when only a call's end can."""
        delay = self._shared.delay_s()
        if delay is None or self._tasks >= self._policy.max_tasks:
            return None
        return self._monotonic() + delay if delay else self._scheduler.next_timer()

    def _release_due(self) -> None:
        for signal, position, late_s in self._delayed.take_due():
            RETRY_LATENESS.observe(late_s)
            self._admit(signal, position)

    def _outage_changed(self) -> None:
        """React to an outage, in which the calls of all lanes fail, or to its end."""
        for lane in self._lanes if not self._shared.down else ():
            lane.pace.probe_now()
            self._look(lane)
        self._lanes.log_provider_state(self._shared)

    # -- lanes and the table -------------------------------------------------------------

    def _admit(self, signal: LaneSignal, position: Position) -> None:
        lane = self._lanes.lane(signal.lane_id, position.partition)
        kind, priority, repeat = signal.kind, signal.priority, signal.attempt > 1
        work = Work(signal.item_id, kind, priority, [position], repeat)
        self._backlog.finish_spilled(lane.admit(work))
        self._look(lane)

    def _make_lane(self, lane_id: LaneId, partition: int) -> Lane:
        pace = LanePace(
            self._quotas.quota_of(lane_id),
            monotonic=self._monotonic,
            changed=LaneChanged(self._lanes, lane_id),
            shared=self._shared,
        )
        limit, tally = self._policy.resident_limit, self._lanes.tally
        return Lane(lane_id, partition, pace, resident_limit=limit, tally=tally)

    def _look(self, lane: Lane) -> None:
        """Look at a lane of which something changed, and wake the loop for it."""
        self._scheduler.wake(lane)
        self._backlog.look_at(lane)
        self._changed.set()

    def _start_pages(self, tasks: asyncio.TaskGroup) -> None:
        while self._pages < self._policy.max_pages and (lane := self._backlog.next_lane()):
            self._pages += 1
            tasks.create_task(self._load_page(lane))

    async def _load_page(self, lane: Lane) -> None:
        """Load a page; supervised like a try."""
        try:
            await self._backlog.load_page(lane)
        except Exception as exc:
            log.exception("lanes.page_not_loaded", lane=str(lane.id), error=repr(exc))
            await asyncio.sleep(self._policy.trouble_pause_s)
        finally:
            lane.end_page()
            self._pages -= 1
            self._look(lane)

    async def _sweep_regularly(self) -> None:
        while True:
            await asyncio.sleep(self._policy.sweep_s)
            try:
                await self._sweep()
            except Exception as exc:
                log.exception("lanes.sweep_failed", error=repr(exc))

    async def _sweep(self) -> None:
        """Find work that no signal here speaks of, and lanes that may go again."""
        await self._backlog.find_work()
        await self._backlog.resume_authorised()
        await self._valves.sync(self._monotonic())
        self._backlog.spill_what_waits()
        self._lanes.drop_idle()
        self._lanes.measure(self._shared)


def _one(_: str) -> int:
    return 1
