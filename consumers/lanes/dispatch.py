"""Who goes next: deficit round robin over the lanes that may go. Cost is provider calls."""

import heapq
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Final

from consumers.lanes.lane import Lane

QUANTUM: Final = 1
# How soon a lane that has nothing but repeats asks their budget again.
BUDGET_AGAIN_S: Final = 1.0


class Dispatcher:
    """Chooses among lanes. A lane that only time can help costs one timer, no more.

    Args:
        refuses_repeats: Says whether lanes that have nothing but repeats must wait.
        refused: Called when one must.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float],
        refuses_repeats: Callable[[], bool],
        refused: Callable[[], None],
    ) -> None:
        self._monotonic = monotonic
        self._refuses_repeats = refuses_repeats
        self._refused = refused
        self._ring: deque[Lane] = deque()
        self._in_ring: set[Lane] = set()
        self._timers: list[tuple[float, int, Lane]] = []
        self._timed: set[Lane] = set()
        self._order = count()

    def wake(self, lane: Lane) -> None:
        """Look at this lane: something about it changed."""
        if lane not in self._in_ring:
            self._in_ring.add(lane)
            self._ring.append(lane)

    def next(self) -> Lane | None:
        """Give the next lane that may make a call now; ``None`` when none may.

        Each turn gives a lane one call; calls that it made beyond its turns cost it turns.
        """
        self._fire_timers()
        while self._ring:
            lane = self._ring[0]
            if not self._may_go(lane):
                self._ring.popleft()
                self._in_ring.discard(lane)
                continue
            self._ring.rotate(-1)
            lane.deficit = min(lane.deficit + QUANTUM, QUANTUM) - lane.pace.take_extra_calls()
            if lane.deficit > 0:
                lane.deficit -= 1
                return lane
        return None

    def next_probe(self) -> Lane | None:
        """The same while the provider is down: a lane that has not failed tells the most."""
        self._fire_timers()
        for lane in list(self._ring):
            if not lane.pace.failed_last and self._may_go(lane):
                return lane
        return self.next()

    def next_timer(self) -> float | None:
        """When the next lane gets room by time alone, on the monotonic clock."""
        return self._timers[0][0] if self._timers else None

    def _may_go(self, lane: Lane) -> bool:
        if lane.stopped or not lane.ready_count:
            return False
        delay = lane.delay_s()
        if delay == 0 and self._refuses_repeats() and lane.only_repeats:
            self._refused()
            delay = BUDGET_AGAIN_S
        if delay == 0:
            return True
        if delay is not None:
            self._wake_later(lane, delay)
        return False

    def _wake_later(self, lane: Lane, delay_s: float) -> None:
        if lane not in self._timed:
            self._timed.add(lane)
            heapq.heappush(self._timers, (self._monotonic() + delay_s, next(self._order), lane))

    def _fire_timers(self) -> None:
        now = self._monotonic()
        while self._timers and self._timers[0][0] <= now:
            lane = heapq.heappop(self._timers)[2]
            self._timed.discard(lane)
            self.wake(lane)
