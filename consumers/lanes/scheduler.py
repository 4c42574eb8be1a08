"""Which lane goes next: round robin over the lanes that may go, first over those that are new.

A lane that comes with work, having had none, is *new* and has credits for a quantum of calls.
When they are used up it is *old*, until it has nothing in memory, in flight or in the table.
Old lanes are served when no new one may go, and once after so many calls of new ones at the
latest: whichever lane has work gets calls, however many lanes come and go. Cost is calls.

Source: the two lists are fq_codel's, RFC 8290, section 4.2.
"""

import heapq
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Final

from consumers.lanes.lane import Lane

# After how many calls of new lanes it is an old one's turn.
MOST_IN_A_ROW: Final = 32
# How soon a lane that has nothing but repeats asks their budget again.
BUDGET_AGAIN_S: Final = 1.0


class Scheduler:
    """Chooses among lanes. A lane that only time can help costs one timer, no more.

    Args:
        refuses_repeats: Returns whether lanes that have nothing but repeats must wait.
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
        self._new: deque[Lane] = deque()
        self._old: deque[Lane] = deque()
        self._new_in_a_row = 0
        self._timers: list[tuple[float, int, Lane]] = []
        self._timed: set[Lane] = set()
        self._order = count()

    def wake(self, lane: Lane) -> None:
        """Look at this lane: something about it changed."""
        if lane.idle:
            # RFC 8290 lets a flow that ran empty wait among the old ones before it is new
            # again, so that none of them starves. Here that cost lanes their place that come
            # twice within some seconds; the turn after MOST_IN_A_ROW keeps the others fed.
            lane.renew_credits()
        elif not lane.queued and lane.has_ready:
            self._queue(lane)

    def next(self) -> Lane | None:
        """Return the next lane that may make a call now; ``None`` when none may.

        Each turn gives a lane one call; calls that it made beyond its turns cost it turns.
        """
        self._fire_timers()
        while turns := self._turns():
            lane = turns.popleft()
            # A lane that may not go is not put back: it would be looked at again and again.
            # Whatever keeps it back wakes it: a timer, the end of a call, a signal, the sweep.
            lane.leave_queue()
            if self._may_go(lane) and self._take_turn(lane):
                return lane
        return None

    def next_probe(self) -> Lane | None:
        """Return the same in an outage: a lane that has not failed tells the most."""
        self._fire_timers()
        for lane in (*self._new, *self._old):
            if not lane.pace.failed_last and self._may_go(lane):
                return lane
        return self.next()

    def next_timer(self) -> float | None:
        """Return when the next lane gets room by time alone, on the monotonic clock."""
        return self._timers[0][0] if self._timers else None

    def _turns(self) -> deque[Lane]:
        """Return whose turn it is: that of new lanes, but not for ever while old ones wait."""
        if self._old and (not self._new or self._new_in_a_row >= MOST_IN_A_ROW):
            return self._old
        return self._new

    def _take_turn(self, lane: Lane) -> bool:
        """Spend a call of a lane's credits; return whether it had one left."""
        is_new = lane.is_new
        if not is_new:
            lane.earn_credit()
        # What the last dispatches called beyond their one call each is paid here, not when it
        # was made: a try is not cut in two, and over time each lane has its share all the same.
        if extra := lane.pace.take_extra_calls():
            lane.charge(extra)
        has_call = lane.credits > 0
        if has_call:
            lane.charge(1)
            self._new_in_a_row = self._new_in_a_row + 1 if is_new else 0
        if lane.ready_count > has_call:
            self._queue(lane)
        return has_call

    def _queue(self, lane: Lane) -> None:
        lane.join_queue()
        (self._new if lane.is_new else self._old).append(lane)

    def _may_go(self, lane: Lane) -> bool:
        if lane.stopped or not lane.has_ready:
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
        # One timer a lane is enough: an earlier one wakes it, and it asks again.
        if lane not in self._timed:
            self._timed.add(lane)
            heapq.heappush(self._timers, (self._monotonic() + delay_s, next(self._order), lane))

    def _fire_timers(self) -> None:
        now = self._monotonic()
        while self._timers and self._timers[0][0] <= now:
            lane = heapq.heappop(self._timers)[2]
            self._timed.discard(lane)
            self.wake(lane)
