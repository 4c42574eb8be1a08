"""Tries: one call of `LaneWork.handle` each, and what follows from how it ended."""

from collections.abc import Callable, Sequence
from typing import Final

import structlog

from consumers.lanes.backlog import Backlog
from consumers.lanes.fencing import Fenced
from consumers.lanes.lane import Lane
from consumers.lanes.lane_registry import LaneRegistry
from consumers.lanes.offsets import Offsets
from consumers.lanes.ports import Disposition, LaneWork, RetryPublisher, TryResult
from consumers.lanes.valve_sync import ValveSync
from consumers.lanes.work import Work
from consumers.metrics import FAILED_DISPATCHES

log: Final = structlog.get_logger("lanes")


class Tries:
    """Makes supervised tries: whatever goes wrong on our own side, the work is not lost.

    Args:
        trouble_pause_s: Seconds that a lane waits after a failure of our own side.
        look_later: Called with a lane and the seconds after which to look at it again.
    """

    def __init__(
        self,
        work: LaneWork,
        retries: RetryPublisher,
        lanes: LaneRegistry,
        backlog: Backlog,
        offsets: Offsets,
        valves: ValveSync,
        *,
        monotonic: Callable[[], float],
        patience_s: float,
        trouble_pause_s: float,
        look_later: Callable[[Lane, float], object],
    ) -> None:
        self._work = work
        self._retries = retries
        self._lanes = lanes
        self._backlog = backlog
        self._offsets = offsets
        self._valves = valves
        self._monotonic = monotonic
        self._patience_s = patience_s
        self._trouble_pause_s = trouble_pause_s
        self._look_later = look_later

    async def make(self, lane: Lane, works: Sequence[Work]) -> None:
        """Make one try, and do with the work what its results say; never raises."""
        try:
            results = await self._work.handle(lane, works)
            later = [r.retry for r in results if r.after is Disposition.LATER and r.retry]
            # Retries are stored before any offset is finished: dying in between repeats the
            # signals, and in the other order it would lose their retries.
            if later:
                await self._retries.publish(later)
            for work, result in zip(works, results, strict=True):
                self._conclude(lane, work, result)
        except Fenced as exc:
            log.warning("lanes.fenced", partition=lane.partition, why=str(exc))
            # Not for a lane that was revoked meanwhile: the partition may be ours again, by a
            # newer epoch than the one that this try was made with.
            if self._lanes.get(lane.id) is lane:
                self._lanes.fence(lane.partition, now=self._monotonic())
            self._put_back(lane, works)
        except Exception as exc:
            FAILED_DISPATCHES.inc()
            log.exception("lanes.trouble", lane=str(lane.id), error=repr(exc))
            lane.pace.pause(self._trouble_pause_s)
            self._put_back(lane, works)

    def _put_back(self, lane: Lane, works: Sequence[Work]) -> None:
        lane.valve.learn_nothing(self._monotonic())
        for work in works:
            lane.finish(work, again=True)

    def _conclude(self, lane: Lane, work: Work, result: TryResult) -> None:
        if result.woke:
            lane.note_table_work()
        halts = result.after in {Disposition.PAUSE, Disposition.SUSPEND}
        if halts:
            lane.note_table_work(work.priority)
        # What was asked for during its try keeps its positions: the try may have read the item
        # before it changed, so the newer signal is not finished by it.
        if result.after is Disposition.AGAIN or work.again:
            lane.finish(work, again=True)
        else:
            self._offsets.finish(work.take_positions())
            lane.finish(work, again=False)
        # Afterwards, so that what is left to the table includes this work.
        self._tell_valve(lane, result)
        if halts:
            self._halt(lane, result)

    def _tell_valve(self, lane: Lane, result: TryResult) -> None:
        now = self._monotonic()
        if result.wrote:
            lane.valve.wrote(now)
        elif not result.dead_lettered:
            lane.valve.learn_nothing(now)
        elif lane.own_valve().dead_lettered(now, result.dead_lettered):
            self._valves.alert(lane)
            self._backlog.spill(lane)

    def _halt(self, lane: Lane, result: TryResult) -> None:
        """Stop a lane for a while; what it can't do soon is left to the table."""
        if result.after is Disposition.SUSPEND:
            lane.suspend()
        lane.pace.pause(result.pause_s)
        # Work that waits long would hold offsets back, and a restart would read a long stretch
        # of the topic again. A short pause is not worth a read of the table.
        if not lane.suspended and result.pause_s <= self._patience_s:
            return
        self._backlog.spill(lane)
        self._look_later(lane, result.pause_s)
