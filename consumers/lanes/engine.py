"""The engine: signals in, tries of records out, offsets behind them.

It knows neither Kafka nor the database: records come in by :meth:`Engine.take`, work is done
by a :class:`LaneWork`, and what may be committed is asked for. Time is the event loop's, so
that the same code runs on a virtual clock.

What is held in memory may be lost at any moment: offsets are committed only behind finished
signals, and what the table holds is looked into on every assignment and from time to time.
"""

import asyncio
import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final

import structlog

from consumers.intents import Fenced
from consumers.lanes.dispatch import Dispatcher
from consumers.lanes.lane import Lane, Position, Work
from consumers.lanes.offsets import PartitionOffsets
from consumers.lanes.ports import After, CallHistory, Handled, LaneWork, Retries
from consumers.lanes.quota import RealmPace
from consumers.metrics import DISPATCHED, FAILED_DISPATCHES, LANES, RESIDENT, RETRY_LATENESS
from providers.quotas import Quota
from schemas.ids import ConnectionId
from schemas.signal import Signal

log: Final = structlog.get_logger("lanes")

TopicPartition = tuple[str, int]


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
        quota: Quota,
        policy: LanePolicy,
        partition_of: Callable[[str], int],
        now: Callable[[], datetime],
    ) -> None:
        self._work = work
        self._retries = retries
        self._history = history
        self._quota = quota
        self._policy = policy
        self._partition_of = partition_of
        self._now = now
        self._monotonic = asyncio.get_running_loop().time
        self._dispatcher = Dispatcher(monotonic=self._monotonic)
        self._lanes: dict[ConnectionId, Lane] = {}
        self._offsets: dict[TopicPartition, PartitionOffsets] = {}
        self._owned: frozenset[int] = frozenset()
        self._delayed: list[tuple[float, int, Signal, Position]] = []
        self._order = count()
        self._looked_at: dict[Lane, None] = {}
        self._drains = 0
        self._tasks = 0
        self._changed = asyncio.Event()
        self._stopping = False

    # -- what the door calls -------------------------------------------------------------

    def take(self, position: Position, signal: Signal) -> None:
        """Take a signal in, to be handled when it is due. Never blocks."""
        self._offsets_of(position).take(position.offset)
        wait_s = (signal.due_at - self._now()).total_seconds() if signal.due_at else 0.0
        if wait_s > 0:
            due = self._monotonic() + wait_s
            heapq.heappush(self._delayed, (due, next(self._order), signal, position))
            self._changed.set()
        else:
            self._admit(signal, position)

    def skip(self, position: Position) -> None:
        """Note a record that needs no work: it is finished as it comes."""
        offsets = self._offsets_of(position)
        offsets.take(position.offset)
        offsets.finish(position.offset)

    def committable(self) -> dict[TopicPartition, int]:
        """Give, per topic and partition, the next offset to read after a restart."""
        found = {key: offsets.next_offset for key, offsets in self._offsets.items()}
        return {key: offset for key, offset in found.items() if offset is not None}

    @property
    def resident(self) -> int:
        """How many records the lanes hold in memory."""
        return sum(lane.resident_count for lane in self._lanes.values())

    @property
    def delayed(self) -> int:
        """How many signals wait in memory until they are due."""
        return len(self._delayed)

    async def assign(self, partitions: frozenset[int]) -> None:
        """Begin to work for these partitions: first with what the table holds."""
        self._owned |= partitions
        await self._sweep()

    async def revoke(self, partitions: frozenset[int], *, within_s: float = 10.0) -> None:
        """Stop working for these partitions; calls in flight are waited for, so long."""
        self._owned -= partitions
        leaving = [lane for lane in self._lanes.values() if lane.partition in partitions]
        for lane in leaving:
            lane.suspended = True
        try:
            async with asyncio.timeout(within_s):
                while any(lane.tasks for lane in leaving):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            log.warning("lanes.left_in_flight", partitions=sorted(partitions))
        for lane in leaving:
            self._lanes.pop(lane.connection, None)

    def forget(self, partitions: frozenset[int]) -> None:
        """Drop the offsets of revoked partitions, once they are committed."""
        self._delayed = [d for d in self._delayed if d[3].partition not in partitions]
        heapq.heapify(self._delayed)
        for key in [key for key in self._offsets if key[1] in partitions]:
            del self._offsets[key]

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
        return self._dispatcher.next() if self._tasks < self._policy.max_tasks else None

    def _dispatch(self, tasks: asyncio.TaskGroup, lane: Lane) -> None:
        works = lane.take(self._work.batch_limit)
        lane.pace.reserve()
        lane.tasks += 1
        self._tasks += 1
        DISPATCHED.inc(len(works))
        tasks.create_task(self._try(lane, works))

    async def _try(self, lane: Lane, works: Sequence[Work]) -> None:
        """One supervised try: whatever goes wrong on our side, the work is not lost."""
        try:
            handled = await self._work.handle(lane, works)
            later = [h.retry for h in handled if h.after is After.LATER and h.retry]
            if later:
                await self._retries.publish(later)
            for work, one in zip(works, handled, strict=True):
                self._conclude(lane, work, one)
        except Fenced as exc:
            log.warning("lanes.fenced", partition=lane.partition, why=str(exc))
            lane.suspended = True
            for work in works:
                lane.finish(work, again=True)
        except Exception as exc:
            FAILED_DISPATCHES.inc()
            log.exception("lanes.trouble", lane=str(lane.connection), error=repr(exc))
            lane.pace.pause(self._policy.trouble_pause_s)
            for work in works:
                lane.finish(work, again=True)
        finally:
            lane.tasks -= 1
            self._tasks -= 1
            lane.pace.release_unused(lane.tasks)
            self._look(lane)

    def _conclude(self, lane: Lane, work: Work, handled: Handled) -> None:
        if handled.woke:
            lane.note_table_work()
        if handled.after in {After.PAUSE, After.SUSPEND}:
            self._halt(lane, handled)
        if handled.after is After.AGAIN:
            lane.finish(work, again=True)
            return
        self._finish(work.positions)
        work.positions = []
        lane.finish(work, again=False)

    def _halt(self, lane: Lane, handled: Handled) -> None:
        """Stop a lane for a while; what it can't do soon is left to the table."""
        lane.note_table_work()
        lane.suspended = lane.suspended or handled.after is After.SUSPEND
        lane.pace.pause(handled.pause_s)
        if not lane.suspended and handled.pause_s <= self._policy.patience_s:
            return
        for given_up in lane.empty():
            self._finish(given_up.positions)
        asyncio.get_running_loop().call_later(handled.pause_s, self._look, lane)

    async def _wait(self) -> None:
        timers = [self._dispatcher.next_timer(), self._delayed[0][0] if self._delayed else None]
        next_at = min((t for t in timers if t is not None), default=None)
        self._changed.clear()
        try:
            async with asyncio.timeout_at(next_at):
                await self._changed.wait()
        except TimeoutError:
            return

    def _release_due(self) -> None:
        now = self._monotonic()
        while self._delayed and self._delayed[0][0] <= now:
            due, _, signal, position = heapq.heappop(self._delayed)
            RETRY_LATENESS.observe(now - due)
            self._admit(signal, position)

    # -- lanes and the table -------------------------------------------------------------

    def _admit(self, signal: Signal, position: Position) -> None:
        lane = self._lane(signal.connection_id, position.partition)
        work = Work(signal.record_id, signal.document_type, signal.priority, [position])
        if not lane.admit(work):
            self._finish(work.positions)
        self._look(lane)

    def _lane(self, connection: ConnectionId, partition: int) -> Lane:
        lane = self._lanes.get(connection)
        if lane is None:
            pace = RealmPace(
                self._quota,
                monotonic=self._monotonic,
                changed=lambda: self._look(self._lanes.get(connection)),
            )
            limit = self._policy.resident_limit
            lane = Lane(connection, partition, pace, resident_limit=limit)
            self._lanes[connection] = lane
            LANES.set(len(self._lanes))
        return lane

    def _look(self, lane: Lane | None) -> None:
        """Something about this lane changed: let the loop look at it."""
        if lane is not None:
            self._dispatcher.wake(lane)
            self._looked_at[lane] = None
        self._changed.set()

    def _start_drains(self, tasks: asyncio.TaskGroup) -> None:
        while self._looked_at and self._drains < self._policy.max_drains:
            lane = next(iter(self._looked_at))
            del self._looked_at[lane]
            if self._wants_page(lane):
                lane.draining = True
                self._drains += 1
                tasks.create_task(self._drain(lane))

    def _wants_page(self, lane: Lane) -> bool:
        """Whether to read work back: none is left in memory for long pauses."""
        if lane.draining or lane.suspended or not lane.table_has_work:
            return False
        patient = (lane.pace.delay_s() or 0.0) <= self._policy.patience_s
        return patient and lane.ready_count < self._policy.low_water

    async def _drain(self, lane: Lane) -> None:
        """Read a page back; supervised like a try."""
        limit = self._policy.resident_limit
        spilled = lane.spilled
        try:
            if not lane.opened:
                await self._open(lane)
            page = await self._work.open_work(
                lane.connection, without=lane.resident_ids, limit=limit
            )
            more = len(page) == limit or lane.spilled != spilled
            works = [Work(w.record_id, w.document_type, w.priority) for w in page]
            lane.drained(works, table_has_more=more)
        except Exception as exc:
            log.exception(
                "lanes.drain_failed", connection=str(lane.connection), error=repr(exc)
            )
            await asyncio.sleep(self._policy.trouble_pause_s)
        finally:
            lane.draining = False
            self._drains -= 1
            self._look(lane)

    async def _open(self, lane: Lane) -> None:
        """Let the lane count the calls that an earlier owner of its realm made."""
        within_s = lane.pace.longest_window_s
        lane.pace.remember(await self._history.ages_s(lane.connection, within_s=within_s))
        lane.opened = True

    async def _sweep_regularly(self) -> None:
        while True:
            await asyncio.sleep(self._policy.sweep_s)
            try:
                await self._sweep()
            except Exception as exc:
                log.exception("lanes.sweep_failed", error=repr(exc))

    async def _sweep(self) -> None:
        """Find work that no signal here speaks of, and lanes that may go again."""
        for connection, key in await self._work.lanes_with_work():
            partition = self._partition_of(key)
            if partition in self._owned:
                lane = self._lane(connection, partition)
                lane.note_table_work()
                self._look(lane)
        await self._resume_authorised()
        self._drop_idle_lanes()
        RESIDENT.set(self.resident)

    async def _resume_authorised(self) -> None:
        suspended = [c for c, lane in self._lanes.items() if lane.suspended]
        for connection in await self._work.authorised(suspended) if suspended else ():
            self._lanes[connection].suspended = False
            self._look(self._lanes[connection])

    def _drop_idle_lanes(self) -> None:
        for lane in [lane for lane in self._lanes.values() if lane.idle and lane.pace.unused]:
            del self._lanes[lane.connection]
        LANES.set(len(self._lanes))

    # -- offsets -------------------------------------------------------------------------

    def _offsets_of(self, position: Position) -> PartitionOffsets:
        return self._offsets.setdefault(
            (position.topic, position.partition), PartitionOffsets()
        )

    def _finish(self, positions: Sequence[Position]) -> None:
        for position in positions:
            offsets = self._offsets.get((position.topic, position.partition))
            if offsets is not None:
                offsets.finish(position.offset)
