"""The pace of one realm: its quota, never exceeded in any sliding window.

A call counts from its start until its window after its *end*. The provider saw it somewhere in
between, so whatever the network's delays, it never sees more than the quota in a window.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from providers.errors import RateLimited
from providers.quotas import CallKind, Quota

SECOND_S: Final = 1.0
MINUTE_S: Final = 60.0
DAY_S: Final = 86_400.0


class Window:
    """At most ``limit`` calls in any ``length_s`` seconds."""

    def __init__(self, limit: int, length_s: float) -> None:
        self._limit = limit
        self.length_s = length_s
        # When each ended call stops to count. One sum a call, so that what is compared and
        # what is waited for can't differ by a rounding.
        self._counts_until: deque[float] = deque()
        self._running = 0

    def remember(self, ended_at: float) -> None:
        """Count a call of another process; to be told in the order of their ends."""
        self._counts_until.append(ended_at + self.length_s)

    def delay_s(self, now: float) -> float | None:
        """How long until there is room: 0 is now, ``None`` is when a running call has ended."""
        while self._counts_until and self._counts_until[0] <= now:
            self._counts_until.popleft()
        if len(self._counts_until) + self._running < self._limit:
            return 0.0
        return self._counts_until[0] - now if self._counts_until else None

    def empty(self, now: float) -> bool:
        """Whether no call counts any more."""
        self.delay_s(now)
        return not self._counts_until and not self._running

    def start(self) -> None:
        """Count a call that begins."""
        self._running += 1

    def cancel(self) -> None:
        """Forget a call that was begun and never made."""
        self._running -= 1

    def end(self, now: float) -> None:
        """Start the window of a call that ended."""
        self._running -= 1
        self._counts_until.append(now + self.length_s)


class RealmPace:
    """One realm's allowance in this process; the lane that owns the realm is its only user.

    A dispatch *reserves* a call before its task runs, so that no more tasks start than may
    call at once; what a task calls beyond that waits here.

    Args:
        monotonic: Gives seconds; the event loop's clock.
        changed: Called when a place became free, so that the dispatcher looks again.
    """

    def __init__(
        self, quota: Quota, *, monotonic: Callable[[], float], changed: Callable[[], None]
    ) -> None:
        self._monotonic = monotonic
        self._changed = changed
        self._in_flight_limit = quota.in_flight
        self._per_second = quota.per_second or quota.in_flight
        self._in_flight = 0
        self._reserved = 0
        self._extra_calls = 0
        self._windows = [Window(quota.per_minute, MINUTE_S)]
        if quota.per_second is not None:
            self._windows.append(Window(quota.per_second, SECOND_S))
        if quota.per_day is not None:
            self._windows.append(Window(quota.per_day, DAY_S))
        self._paused_until = 0.0
        self._freed = asyncio.Event()

    def delay_s(self) -> float | None:
        """How long until a call may start: 0 is now, ``None`` is when a running one ends."""
        if self._in_flight >= self._in_flight_limit:
            return None
        now = self._monotonic()
        delays = [self._paused_until - now]
        for window in self._windows:
            delay = window.delay_s(now)
            if delay is None:
                return None
            delays.append(delay)
        return max(delays[0], *delays[1:], 0.0)

    @property
    def longest_window_s(self) -> float:
        """How long a call counts at most."""
        return max(window.length_s for window in self._windows)

    def remember(self, ages_s: Sequence[float]) -> None:
        """Count the calls that this realm's earlier owner made, before any of ours.

        A note of its last second may be lost with it, so as many calls more are counted as
        the quota allows in a second, or else at once.

        Args:
            ages_s: How long ago each ended, the oldest first.
        """
        now = self._monotonic()
        unknown = [0.0] * self._per_second if ages_s else []
        for age in (*ages_s, *unknown):
            for window in self._windows:
                if age < window.length_s:
                    window.remember(now - age)

    def reserve(self) -> None:
        """Set a place aside for a task that is about to run; only while the delay is 0."""
        self._start()
        self._reserved += 1

    def release_unused(self, running_tasks: int) -> None:
        """Give back the places that ended tasks did not use."""
        while self._reserved > running_tasks:
            self._reserved -= 1
            self._in_flight -= 1
            for window in self._windows:
                window.cancel()
            self._tell()

    @asynccontextmanager
    async def call(self, kind: CallKind) -> AsyncIterator[None]:
        """Hold a place while a call is made; waits until the quota has room for it."""
        if self._reserved:
            self._reserved -= 1
        else:
            while (delay := self.delay_s()) != 0:
                await self._room(delay)
            self._extra_calls += 1
            self._start()
        try:
            yield
        finally:
            self._end()

    def throttled(self, error: RateLimited) -> None:
        """Start no call before the pause that the provider asked for is over."""
        self.pause(error.retry_after.total_seconds())

    def pause(self, seconds: float) -> None:
        """Start no call for so long."""
        self._paused_until = max(self._paused_until, self._monotonic() + seconds)

    def take_extra_calls(self) -> int:
        """Give, and forget, how many calls were made beyond the reserved ones."""
        extra, self._extra_calls = self._extra_calls, 0
        return extra

    @property
    def unused(self) -> bool:
        """Whether no call is within any window, so that nothing is lost by forgetting it."""
        now = self._monotonic()
        return not self._in_flight and all(w.empty(now) for w in self._windows)

    def _start(self) -> None:
        self._in_flight += 1
        for window in self._windows:
            window.start()

    def _end(self) -> None:
        now = self._monotonic()
        self._in_flight -= 1
        for window in self._windows:
            window.end(now)
        self._tell()

    def _tell(self) -> None:
        self._freed.set()
        self._changed()

    async def _room(self, delay: float | None) -> None:
        if delay is not None:
            await asyncio.sleep(delay)
            return
        self._freed.clear()
        await self._freed.wait()
