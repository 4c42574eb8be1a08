"""The engine: signals in, tries of records out, offsets behind them.

It knows neither Kafka nor the database: records come in by :meth:`Engine.take`, work is done
by a :class:`LaneWork`, and what may be committed is asked for. Time is the event loop's, so
that the same code runs on a virtual clock.

What is held in memory may be lost at any moment: offsets are committed only behind finished
signals, and what the table holds is looked into on every assignment and from time to time.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from consumers.lanes.backlog import Refill
from consumers.lanes.delayed import Delayed
from consumers.lanes.lane import Lane, Position, Work
from consumers.lanes.lane_registry import LaneChanged, LaneRegistry
from consumers.lanes.offsets import Offsets, TopicPartition
from consumers.lanes.pacing.provider_limiter import GatePolicy, ProviderLimiter
from consumers.lanes.pacing.realm_pace import RealmPace
from consumers.lanes.partition_ownership import Ownership
from consumers.lanes.ports import CallHistory, Disposition, LaneWork, Retries, TryResult, Valves
from consumers.lanes.scheduler import Dispatcher
from consumers.metrics import DISPATCHED, FAILED_DISPATCHES, REPEATS_REFUSED, RETRY_LATENESS
from consumers.store.leases import Fenced
from providers.quotas import Quota
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, ProviderName
from schemas.signal import Signal

log: Final = structlog.get_logger("lanes")


@dataclass(frozen=True, slots=True)
class LanePolicy:
    """How much at once.

    Attributes:
        resident_limit: Records of one realm in memory.
        low_water: Below so many ready records a lane reads a page back from the table.
        max_tasks: Dispatches at once, over all lanes.
        max_drains: Pages read back from the table at once, over all lanes.
        patience_s: Signals that could be handled only later than this leave for the table.
        sweep_s: How often the table is asked for work that nobody signalled.
        trouble_pause_s: How long a lane waits after a failure of our own side.
    """

    resident_limit: int = 100
    low_water: int = 25
    max_tasks: int = 128
    max_drains: int = 8
    patience_s: float = 30.0
    sweep_s: float = 10.0
    trouble_pause_s: float = 1.0


class Engine:
    """The lanes of the partitions that this process owns.

    Args:
        partition_of: Says which partition a Kafka key belongs to.
        now: Gives the time, UTC.
    """

    def __init__(
        self,
        work: LaneWork,
        retries: Retries,
        history: CallHistory,
        *,
        valves: Valves,
        provider: ProviderName,
        quota: Quota,
        policy: LanePolicy,
        partition_of: Callable[[str], int],
        now: Callable[[], datetime],
    ) -> None:
        self._work = work
        self._retries = retries
        self._quota = quota
        self._policy = policy
        self._monotonic = asyncio.get_running_loop().time
        self._gate = ProviderLimiter(
            GatePolicy(most_calls=policy.max_tasks),
            app_per_minute=quota.app_per_minute,
            monotonic=self._monotonic,
            changed=self._provider_changed,
        )
        self._dispatcher = Dispatcher(
            monotonic=self._monotonic,
            refuses_repeats=self._gate.refuses_repeats,
            refused=REPEATS_REFUSED.labels(provider).inc,
        )
        self._fleet = LaneRegistry(provider, valves, make=self._make_lane, look=self._look)
        self._offsets = Offsets()
        self._delayed = Delayed(monotonic=self._monotonic, now=now)
        self._ownership = Ownership(
            provider, quota, self._gate, history, partition_of=partition_of
        )
        self._refill = Refill(
            work,
            self._fleet,
            self._ownership,
            self._offsets,
            self._gate,
            low_water=policy.low_water,
            patience_s=policy.patience_s,
        )
        self._drains = 0
        self._tasks = 0
        self._changed = asyncio.Event()
        self._stopping = False

    # -- what the door calls -------------------------------------------------------------

    def take(self, position: Position, signal: Signal) -> None:
        """Take a signal in, to be handled when it is due. Never blocks."""
        self._offsets.take(position)
        if self._delayed.put(signal, position):
            self._changed.set()
        else:
            self._admit(signal, position)

    def skip(self, position: Position) -> None:
        """Note a record that needs no work: it is finished as it comes."""
        self._offsets.take(position)
        self._offsets.finish([position])

    def committable(self) -> dict[TopicPartition, int]:
        """Give, per topic and partition, the next offset to read after a restart."""
        return self._offsets.committable()

    @property
    def resident(self) -> int:
        """How many records the lanes hold in memory."""
        return self._fleet.resident

    @property
    def delayed(self) -> int:
        """How many signals wait in memory until they are due."""
        return len(self._delayed)

    def delayed_of(self, topic: str, partition: int) -> int:
        """How many of them are of one partition."""
        return self._delayed.held_of(topic, partition)

    def lane(self, connection: ConnectionId) -> Lane | None:
        """Give the lane of a connection, where there is one."""
        return self._fleet.get(connection)

    def fenced_for(self, seconds: float) -> frozenset[int]:
        """Give the partitions that somebody else has held the lease of for so long."""
        return self._fleet.fenced_before(self._monotonic() - seconds)

    async def assign(self, partitions: frozenset[int]) -> None:
        """Begin to work for these partitions: first with what the table holds."""
        await self._ownership.gain(partitions)
        self._fleet.unfence(partitions)
        for lane in self._fleet.of(partitions):
            self._look(lane)
        await self._sweep()

    async def revoke(self, partitions: frozenset[int], *, within_s: float = 10.0) -> None:
        """Stop working for these partitions; calls in flight are waited for, so long."""
        self._ownership.lose(partitions)
        self._delayed.forget(partitions)  # or one that comes due now would begin a lane anew
        leaving = self._fleet.of(partitions)
        for lane in leaving:
            lane.suspended = True
        try:
            async with asyncio.timeout(within_s):
                while any(lane.tasks for lane in leaving):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            log.warning("lanes.left_in_flight", partitions=sorted(partitions))
        await self._ownership.share_calls()
        for lane in leaving:
            self._fleet.drop(lane)
        self._fleet.unfence(partitions)

    def forget(self, partitions: frozenset[int]) -> None:
        """Drop the offsets of revoked partitions, once they are committed."""
        self._delayed.forget(partitions)
        self._offsets.forget(partitions)

    # -- the loop ------------------------------------------------------------------------

    async def run(self) -> None:
        """Dispatch until :meth:`stop`; then wait for what is in flight."""
        async with asyncio.TaskGroup() as tasks:
            sweeper = tasks.create_task(self._sweep_regularly())
            while not self._stopping:
                self._release_due()
                lane = self._next_lane()
                if lane is not None:
                    self._dispatch(tasks, lane)
                self._start_drains(tasks)
                if lane is None:
                    await self._wait()
            sweeper.cancel()

    def stop(self) -> None:
        """Dispatch nothing more."""
        self._stopping = True
        self._changed.set()

    def _next_lane(self) -> Lane | None:
        if self._tasks >= self._policy.max_tasks or self._gate.delay_s() != 0:
            return None
        return self._dispatcher.next_probe() if self._gate.down else self._dispatcher.next()

    def _dispatch(self, tasks: asyncio.TaskGroup, lane: Lane) -> None:
        """Start a try: of one record where it is a probe, of a batch else."""
        probing = lane.probing or self._gate.down
        works = lane.take(
            _one if probing else self._work.batch_limit,
            repeats=not self._gate.refuses_repeats(),
        )
        lane.pace.reserve(repeat=lane.pace.probing or works[0].repeat)
        lane.valve.begin(self._monotonic())
        lane.tasks += 1
        self._tasks += 1
        DISPATCHED.inc(len(works))
        tasks.create_task(self._try(lane, works))

    async def _try(self, lane: Lane, works: Sequence[Work]) -> None:
        """One supervised try: whatever goes wrong on our side, the work is not lost."""
        try:
            handled = await self._work.handle(lane, works)
            later = [h.retry for h in handled if h.after is Disposition.LATER and h.retry]
            if later:
                await self._retries.publish(later)
            for work, one in zip(works, handled, strict=True):
                self._conclude(lane, work, one)
        except Fenced as exc:
            log.warning("lanes.fenced", partition=lane.partition, why=str(exc))
            if self._fleet.get(lane.connection) is lane:  # not one that was revoked meanwhile
                self._fleet.fence(lane.partition, now=self._monotonic())
            self._put_back(lane, works)
        except Exception as exc:
            FAILED_DISPATCHES.inc()
            log.exception("lanes.trouble", lane=str(lane.connection), error=repr(exc))
            lane.pace.pause(self._policy.trouble_pause_s)
            self._put_back(lane, works)
        finally:
            lane.tasks -= 1
            self._tasks -= 1
            lane.pace.release_unused(lane.tasks)
            self._look(lane)

    def _put_back(self, lane: Lane, works: Sequence[Work]) -> None:
        lane.valve.left_open(self._monotonic())
        for work in works:
            lane.finish(work, again=True)

    def _conclude(self, lane: Lane, work: Work, handled: TryResult) -> None:
        if handled.woke:
            lane.note_table_work()
        self._tell_valve(lane, handled)
        if handled.after in {Disposition.PAUSE, Disposition.SUSPEND}:
            lane.note_table_work(work.priority)
            self._halt(lane, handled)
        if handled.after is Disposition.AGAIN or work.again:
            lane.finish(work, again=True)
            return
        self._offsets.finish(work.positions)
        work.positions = []
        lane.finish(work, again=False)

    def _tell_valve(self, lane: Lane, handled: TryResult) -> None:
        now = self._monotonic()
        if handled.wrote:
            lane.valve.wrote(now)
        elif not handled.died:
            lane.valve.left_open(now)
        elif lane.own_valve().died(now, handled.died):
            self._fleet.shut_valve(lane)
            self._refill.leave(lane)

    def _halt(self, lane: Lane, handled: TryResult) -> None:
        """Stop a lane for a while; what it can't do soon is left to the table."""
        lane.suspended = lane.suspended or handled.after is Disposition.SUSPEND
        lane.pace.pause(handled.pause_s)
        if not lane.suspended and handled.pause_s <= self._policy.patience_s:
            return
        self._refill.leave(lane)
        asyncio.get_running_loop().call_later(handled.pause_s, self._look, lane)

    async def _wait(self) -> None:
        """Wait for a change, or for the time at which one is due by itself."""
        timers = [self._dispatch_at(), self._delayed.next_at()]
        next_at = min((t for t in timers if t is not None), default=None)
        self._changed.clear()
        try:
            async with asyncio.timeout_at(next_at):
                await self._changed.wait()
        except TimeoutError:
            return

    def _dispatch_at(self) -> float | None:
        """When time alone lets something go; ``None`` when only the end of a call can."""
        delay = self._gate.delay_s()
        if delay is None or self._tasks >= self._policy.max_tasks:
            return None
        return self._monotonic() + delay if delay else self._dispatcher.next_timer()

    def _release_due(self) -> None:
        for signal, position, late_s in self._delayed.take_due():
            RETRY_LATENESS.observe(late_s)
            self._admit(signal, position)

    def _provider_changed(self) -> None:
        """The provider went out of order for everybody, or came back."""
        for lane in self._fleet if not self._gate.down else ():
            lane.pace.probe_now()
            self._look(lane)
        self._fleet.log_provider_state(self._gate)

    # -- lanes and the table -------------------------------------------------------------

    def _admit(self, signal: Signal, position: Position) -> None:
        lane = self._fleet.lane(signal.connection_id, position.partition)
        kind, priority, repeat = signal.document_type, signal.priority, signal.attempt > 1
        work = Work(signal.record_id, kind, priority, [position], repeat)
        self._refill.left(lane.admit(work))
        self._look(lane)

    def _make_lane(self, connection: ConnectionId, partition: int) -> Lane:
        pace = RealmPace(
            self._quota,
            monotonic=self._monotonic,
            changed=LaneChanged(self._fleet, connection),
            gate=self._gate,
        )
        limit, tally = self._policy.resident_limit, self._fleet.tally
        return Lane(connection, partition, pace, resident_limit=limit, tally=tally)

    def _look(self, lane: Lane) -> None:
        """Something about this lane changed: let the loop look at it."""
        self._dispatcher.wake(lane)
        self._refill.look_at(lane)
        self._changed.set()

    def _start_drains(self, tasks: asyncio.TaskGroup) -> None:
        while self._drains < self._policy.max_drains and (lane := self._refill.next_lane()):
            self._drains += 1
            tasks.create_task(self._drain(lane))

    async def _drain(self, lane: Lane) -> None:
        """Read a page back; supervised like a try."""
        try:
            await self._refill.read_page(lane)
        except Exception as exc:
            log.exception("lanes.drain_failed", lane=str(lane.connection), error=repr(exc))
            await asyncio.sleep(self._policy.trouble_pause_s)
        finally:
            lane.end_drain()
            self._drains -= 1
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
        await self._refill.find_work()
        await self._refill.resume_authorised()
        await self._fleet.sync_valves(self._monotonic())
        self._refill.leave_what_waits()
        self._fleet.drop_idle()
        self._fleet.measure(self._gate)


def _one(_: DocumentType) -> int:
    return 1
