"""The pace of one lane: its quota, never exceeded in any sliding window, and its breaker."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from consumers.lanes.pacing.circuit_breaker import BreakerPolicy, CircuitBreaker
from consumers.lanes.pacing.quota import LaneQuota
from consumers.lanes.pacing.shared_limiter import SharedLimiter
from consumers.lanes.pacing.sliding_window import SlidingWindow

# A lane in trouble: calls of it fail, while others do well.
LANE_BREAKER: Final = BreakerPolicy(failures=5, first_open_s=2.0, longest_open_s=60.0)
# The breaker of every lane whose last call was answered: shared, as that is nearly all of them.
# It is never told of a failure.
WELL: Final = CircuitBreaker(LANE_BREAKER)
# A task that holds one of the worker's places waits for the quota no longer than this.
LONGEST_WAIT_S: Final = 5.0
# Items gather no longer than this: their signals hold offsets back meanwhile.
LONGEST_GATHERING_S: Final = 30.0
# How soon the shared quota is looked at again when only the end of a call can help.
LOOK_AGAIN_S: Final = 0.05


class NoRoom(Exception):
    """A call may not begin soon: a quota is used up, or the other side asked for a pause.

    Attributes:
        wait_s: Seconds after which to ask again, more than 0. Where only the end of a call can
            make room, it is not known when that will be, and this is `LOOK_AGAIN_S`.
    """

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"no room for a call within {wait_s:.1f} s")
        self.wait_s = wait_s


class OutOfOrder(Exception):
    """A breaker is open, so that a call has no chance.

    Attributes:
        wait_s: Seconds until the lane's own breaker lets a probe through; 0 where the lane is
            well and calls of all lanes fail.
    """

    def __init__(self, wait_s: float = 0.0) -> None:
        super().__init__("a breaker is open")
        self.wait_s = wait_s


class LanePace:
    """What one lane may call in this process; the lane's owner is its only user.

    A dispatch *reserves* a call before its task runs, so that no more tasks start than may
    call at once; what a task calls beyond that waits here, though not for long.

    Whoever makes calls does this: :meth:`enter`; the call; one of :meth:`succeed`,
    :meth:`fail`, :meth:`learn_nothing`; and :meth:`leave`, however it ended.

    Args:
        monotonic: Returns seconds; the event loop's clock.
        changed: Called when a place became free, so that the scheduler looks again.
        shared: What the lane shares with others.
    """

    __slots__ = (
        "_breaker",
        "_changed",
        "_extra_calls",
        "_failed_last",
        "_freed",
        "_in_flight",
        "_monotonic",
        "_paused_until",
        "_quota",
        "_reserved",
        "_shared",
        "_windows",
    )

    def __init__(
        self,
        quota: LaneQuota,
        *,
        monotonic: Callable[[], float],
        changed: Callable[[], None],
        shared: SharedLimiter,
    ) -> None:
        self._quota = quota
        self._monotonic = monotonic
        self._changed = changed
        self._shared = shared
        self._breaker = WELL
        self._failed_last = False
        self._in_flight = 0
        self._reserved = 0
        self._extra_calls = 0
        self._windows: Sequence[SlidingWindow] = tuple(
            SlidingWindow(window.calls, window.length_s) for window in quota.windows
        )
        self._paused_until = 0.0
        self._freed: asyncio.Event | None = None  # while a task waits for it

    # -- what the engine asks and does ---------------------------------------------------

    def now_s(self) -> float:
        """Return the time of the clock that all here is measured by."""
        return self._monotonic()

    def delay_s(self) -> float | None:
        """Return the seconds until a dispatch may be made, ``None`` until a call has ended.

        What is shared with other lanes is not looked at: the shared limiter is asked for that,
        once for all of them.
        """
        room = self._quota_delay_s()
        if room is None or self._breaker is WELL:
            return room
        return max(room, self._breaker.delay_s(self._monotonic()))

    @property
    def shares_calls(self) -> bool:
        """Whether a call may carry several items."""
        return self._quota.full_call > 1

    def gathering_s(self, items: int) -> float | None:
        """Return the seconds to wait for more items, as calls run short: so that they last.

        0 where these fill a call, or where there are calls enough; ``None`` is until a call has
        ended.
        """
        if items >= self._quota.full_call:
            return 0.0
        longest = 0.0
        for window in self._windows:
            wait = window.spread_s(self._monotonic())
            if wait is None:
                return None
            longest = max(longest, wait)
        return min(longest, LONGEST_GATHERING_S)

    @property
    def probing(self) -> bool:
        """Whether a call that begins now is a probe of this lane."""
        return not self._breaker.closed

    @property
    def in_trouble_s(self) -> float:
        """The seconds for which the lane's breaker has not been closed; 0 while it is."""
        opened_at = self._breaker.opened_at
        return 0.0 if opened_at is None else self._monotonic() - opened_at

    @property
    def failed_last(self) -> bool:
        """Whether the lane's last call failed as in an outage."""
        return self._failed_last

    def probe_now(self) -> None:
        """Allow a probe at once, where the lane is in trouble: its failures may be past."""
        if not self._breaker.closed:
            self._breaker.probe_from(self._monotonic())

    @property
    def longest_window_s(self) -> float:
        """The most seconds for which an ended call counts."""
        return max((window.length_s for window in self._windows), default=0.0)

    def remember(self, ages_s: Sequence[float]) -> None:
        """Count the calls that this lane's earlier owner made.

        Args:
            ages_s: How many seconds ago each ended.
        """
        now = self._monotonic()
        # A killed owner took the record of its last second along, so as many calls more are
        # counted as the quota allows in a second. Where it made none of late, none is missing.
        unknown = [0.0] * self._quota.per_second if ages_s else []
        for window in self._windows:
            ages = [age for age in (*ages_s, *unknown) if age < window.length_s]
            window.remember(now - age for age in ages)

    def reserve(self, *, repeat: bool = False) -> None:
        """Set a place aside for a task that is about to run; only while the delay is 0.

        Args:
            repeat: Whether it tries again what failed before.
        """
        self._start(repeat=repeat)
        self._reserved += 1

    def release_unused(self, running_tasks: int) -> None:
        """Free the places that ended tasks did not use."""
        while self._reserved > running_tasks:
            self._reserved -= 1
            self._in_flight -= 1
            self._shared.cancel()
            self._breaker.give_up_probe(self._monotonic())
            for window in self._windows:
                window.cancel()
            self._tell_changed()

    def pause(self, seconds: float) -> None:
        """Start no call for so long."""
        self._paused_until = max(self._paused_until, self._monotonic() + seconds)

    def take_extra_calls(self) -> int:
        """Return, and forget, how many calls were made beyond the reserved ones."""
        extra, self._extra_calls = self._extra_calls, 0
        return extra

    @property
    def unused(self) -> bool:
        """Whether no call is within any window, so that nothing is lost by forgetting it."""
        now = self._monotonic()
        idle = not self._in_flight and self._breaker.closed
        return idle and all(w.empty(now) for w in self._windows)

    # -- what whoever makes calls does ---------------------------------------------------

    async def enter(self) -> float:
        """Wait for room for a call, and return the moment at which it begins.

        A place that was reserved is used first, without a wait. The quota and the breakers let
        it through when it was reserved, so only a pause since then is looked at.

        Raises:
            NoRoom: there is no room within `LONGEST_WAIT_S`, or, for a reserved place, a pause
                was asked for after the dispatch.
            OutOfOrder: a breaker is open, for a call beyond the reserved ones.
        """
        if self._reserved:
            # A pause that began after the dispatch holds for its call too. The place is freed
            # with the task.
            if pause_s := self._pause_s():
                raise NoRoom(pause_s)
            self._reserved -= 1
        else:
            await self._wait_for_room()
        return self._monotonic()

    def succeed(self) -> None:
        """Record that the call was answered, be it with a refusal."""
        self._failed_last = False
        self._breaker = WELL
        self._shared.succeed(self)

    def learn_nothing(self) -> None:
        """Record that the call says nothing about the other side, which was not asked."""
        self._breaker.give_up_probe(self._monotonic())
        self._shared.give_up_probe()

    def fail(self, began: float, *, at_least_s: float = 0.0) -> bool:
        """Record a failure as in an outage; return whether the outage was known already.

        Args:
            began: What :meth:`enter` returned.
            at_least_s: Seconds that the other side asked to be left alone for.
        """
        self._failed_last = True
        now = self._monotonic()
        if self._shared.down:
            # What fails while everything does says nothing about this lane.
            self._breaker.give_up_probe(now)
            self._shared.fail(self, began=began, at_least_s=at_least_s)
            return True
        was_well = self._breaker.closed
        if self._breaker is WELL:
            self._breaker = CircuitBreaker(LANE_BREAKER)
        self._breaker.fail(now, at_least_s=at_least_s)
        # A lane that is known to be in trouble is probed again and again. Its failures would
        # look like an outage while all others happen to have nothing to do.
        if was_well:
            self._shared.fail(self, began=began, at_least_s=at_least_s)
        return False

    def throttle(self, seconds: float, *, shared: bool) -> None:
        """Start no call for so long, as the other side asked.

        Args:
            shared: Whether it is the quota of all lanes that is used up, not this one's.
        """
        (self._shared if shared else self).pause(seconds)

    def leave(self) -> None:
        """Record that the call is over, however it ended."""
        now = self._monotonic()
        self._in_flight -= 1
        self._shared.end()
        for window in self._windows:
            window.end(now)
        self._tell_changed()

    async def _wait_for_room(self) -> None:
        latest = self._monotonic() + LONGEST_WAIT_S
        while delay := self._entry_delay_s():
            if self._monotonic() + delay > latest:
                raise NoRoom(delay)
            await self._place_freed(delay)
        self._extra_calls += 1
        self._start(repeat=False)

    def _entry_delay_s(self) -> float:
        """Return the seconds until a look at the quota is worth it; 0 is that there is room.

        Raises:
            OutOfOrder: a breaker is open.
        """
        if self._shared.down:
            raise OutOfOrder
        closed_in_s = self._breaker.delay_s(self._monotonic())
        if closed_in_s:
            raise OutOfOrder(closed_in_s)
        delays = (self._quota_delay_s(), self._shared.quota_delay_s())
        return max(LOOK_AGAIN_S if delay is None else delay for delay in delays)

    def _quota_delay_s(self) -> float | None:
        if self._in_flight >= self._quota.in_flight:
            return None
        now = self._monotonic()
        longest = max(self._paused_until - now, 0.0)
        for window in self._windows:
            delay = window.delay_s(now)
            if delay is None:
                return None
            longest = max(longest, delay)
        return longest

    def _pause_s(self) -> float:
        """Return the seconds of a pause that the other side asked for, 0 if it did not."""
        return max(self._paused_until - self._monotonic(), self._shared.pause_s, 0.0)

    async def _place_freed(self, within_s: float) -> None:
        """Wait for the end of a call of this lane, or so long."""
        self._freed = self._freed or asyncio.Event()
        try:
            async with asyncio.timeout(within_s):
                await self._freed.wait()
        except TimeoutError:
            return

    def _start(self, *, repeat: bool) -> None:
        now = self._monotonic()
        self._in_flight += 1
        self._shared.start(repeat=repeat)
        self._breaker.begin(now)
        for window in self._windows:
            window.start()

    def _tell_changed(self) -> None:
        if self._freed is not None:
            self._freed.set()
            self._freed = None
        self._changed()
