"""The pace of one realm: its quota, never exceeded in any sliding window, and its breaker."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from consumers.lanes.pacing.circuit_breaker import Breaker, BreakerPolicy
from consumers.lanes.pacing.provider_limiter import GatePolicy, ProviderLimiter
from consumers.lanes.pacing.sliding_window import Window
from providers.errors import (
    Bucket,
    Down,
    ProviderError,
    RateLimited,
    Retryable,
    Unauthorized,
    Uncertain,
)
from providers.quotas import CallKind, Quota
from schemas import reasons

SECOND_S: Final = 1.0
MINUTE_S: Final = 60.0
DAY_S: Final = 86_400.0

# A realm in trouble: one company file, while the provider does well by others.
REALM_BREAKER: Final = BreakerPolicy(failures=5, first_open_s=2.0, longest_open_s=60.0)
# The breaker of every realm whose last call was answered. It is never told of a failure.
WELL: Final = Breaker(REALM_BREAKER)
# Who holds a place of the worker waits for the quota no longer than this.
LONGEST_WAIT_S: Final = 5.0
# Documents gather no longer than this: their signals hold offsets back meanwhile.
LONGEST_GATHERING_S: Final = 30.0
# How soon the app's quota is looked at again when only the end of a call can help.
LOOK_AGAIN_S: Final = 0.05


class RealmPace:
    """One realm's allowance in this process; the lane that owns the realm is its only user.

    A dispatch *reserves* a call before its task runs, so that no more tasks start than may
    call at once; what a task calls beyond that waits here, though not for long.

    Args:
        monotonic: Gives seconds; the event loop's clock.
        changed: Called when a place became free, so that the dispatcher looks again.
        gate: What the realm shares with others; without it, the realm is alone.
    """

    __slots__ = (
        "_breaker",
        "_changed",
        "_extra_calls",
        "_failed_last",
        "_freed",
        "_full_call",
        "_gate",
        "_in_flight",
        "_in_flight_limit",
        "_monotonic",
        "_paused_until",
        "_per_second",
        "_reserved",
        "_windows",
    )

    def __init__(
        self,
        quota: Quota,
        *,
        monotonic: Callable[[], float],
        changed: Callable[[], None],
        gate: ProviderLimiter | None = None,
    ) -> None:
        self._monotonic = monotonic
        self._changed = changed
        self._gate = gate or _gate_of_one(quota, monotonic)
        self._breaker = WELL
        self._failed_last = False
        self._in_flight_limit = quota.in_flight
        self._per_second = quota.per_second or quota.in_flight
        self._full_call = quota.full_call
        self._in_flight = 0
        self._reserved = 0
        self._extra_calls = 0
        self._windows: Sequence[Window] = tuple(_windows_of(quota))
        self._paused_until = 0.0
        self._freed: asyncio.Event | None = None  # while somebody waits for it

    # -- what the engine asks and does ---------------------------------------------------

    def now_s(self) -> float:
        """Tell the time of the clock that all here is measured by."""
        return self._monotonic()

    def delay_s(self) -> float | None:
        """How long until a dispatch may be made: 0 is now, ``None`` is when a call has ended.

        What is shared with other realms is not looked at: the gate is asked for that.
        """
        room = self._quota_delay_s()
        return None if room is None else max(room, self._breaker.delay_s(self._monotonic()))

    @property
    def shares_calls(self) -> bool:
        """Whether a call may carry several documents."""
        return self._full_call > 1

    def gathering_s(self, documents: int) -> float | None:
        """How long to wait for more documents, as calls run short: so that they last.

        0 where these fill a call, or where there are calls enough; ``None`` is until a call has
        ended.
        """
        if documents >= self._full_call:
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
        """Whether a call that begins now is a probe of this realm."""
        return not self._breaker.closed

    @property
    def in_trouble_s(self) -> float:
        """For how long the realm has been failing."""
        opened_at = self._breaker.opened_at
        return 0.0 if opened_at is None else self._monotonic() - opened_at

    @property
    def failed_last(self) -> bool:
        """Whether the realm's last call failed as in an outage."""
        return self._failed_last

    def probe_now(self) -> None:
        """Let a realm in trouble be tried at once: its failures may have been everybody's."""
        if not self._breaker.closed:
            self._breaker.probe_from(self._monotonic())

    @property
    def longest_window_s(self) -> float:
        """How long a call counts at most."""
        return max(window.length_s for window in self._windows)

    def remember(self, ages_s: Sequence[float]) -> None:
        """Count the calls that this realm's earlier owner made.

        A note of its last second may be lost with it, so as many calls more are counted as
        the quota allows in a second, or else at once.

        Args:
            ages_s: How long ago each ended.
        """
        now = self._monotonic()
        unknown = [0.0] * self._per_second if ages_s else []
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
        """Give back the places that ended tasks did not use."""
        while self._reserved > running_tasks:
            self._reserved -= 1
            self._in_flight -= 1
            self._gate.cancel()
            self._breaker.give_up_probe(self._monotonic())
            for window in self._windows:
                window.cancel()
            self._tell()

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
        idle = not self._in_flight and self._breaker.closed
        return idle and all(w.empty(now) for w in self._windows)

    # -- what whoever calls the provider does --------------------------------------------

    @asynccontextmanager
    async def call(self, kind: CallKind) -> AsyncIterator[None]:
        """See :class:`providers.http.Pace`."""
        if self._reserved:
            self._reserved -= 1
        else:
            await self._enter()
        began = self._monotonic()
        try:
            yield
            self._answered()
        except Retryable as error:
            if self._failed(error, began):
                in_doubt = isinstance(error, Uncertain)
                raise Down(error.reason, trace_id=error.trace_id, in_doubt=in_doubt) from error
            raise
        except Unauthorized:
            self._learned_nothing()
            raise
        except ProviderError as error:
            if isinstance(error, RateLimited):
                self._throttled(error)
            self._answered()
            raise
        finally:
            self._end()

    async def _enter(self) -> None:
        """Wait for room for a call that was not reserved.

        Raises:
            RateLimited: it would take too long.
            Down: the realm or its provider is out of order.
        """
        latest = self._monotonic() + LONGEST_WAIT_S
        while delay := self._entry_delay_s():
            if self._monotonic() + delay > latest:
                bucket = Bucket.MINUTE if delay <= MINUTE_S else Bucket.DAY
                raise RateLimited(timedelta(seconds=delay), bucket)
            await self._room(delay)
        self._extra_calls += 1
        self._start(repeat=False)

    def _entry_delay_s(self) -> float:
        """How long until a look at the quota is worth it; 0 is that there is room.

        Raises:
            Down: see above.
        """
        if self._gate.down:
            raise Down(OUT_OF_ORDER)
        closed_in_s = self._breaker.delay_s(self._monotonic())
        if closed_in_s:
            raise Down(OUT_OF_ORDER, retry_after=timedelta(seconds=closed_in_s))
        delays = (self._quota_delay_s(), self._gate.quota_delay_s())
        return max(LOOK_AGAIN_S if delay is None else delay for delay in delays)

    def _quota_delay_s(self) -> float | None:
        if self._in_flight >= self._in_flight_limit:
            return None
        now = self._monotonic()
        longest = max(self._paused_until - now, 0.0)
        for window in self._windows:
            delay = window.delay_s(now)
            if delay is None:
                return None
            longest = max(longest, delay)
        return longest

    async def _room(self, delay: float) -> None:
        """Wait for the end of a call of this realm, or so long."""
        self._freed = self._freed or asyncio.Event()
        try:
            async with asyncio.timeout(delay):
                await self._freed.wait()
        except TimeoutError:
            return

    # -- how calls end -------------------------------------------------------------------

    def _answered(self) -> None:
        self._failed_last = False
        self._breaker = WELL
        self._gate.succeed(self)

    def _learned_nothing(self) -> None:
        """A realm that lost its consent says nothing about the provider: nobody was asked."""
        self._breaker.give_up_probe(self._monotonic())
        self._gate.give_up_probe()

    def _failed(self, error: Retryable, began: float) -> bool:
        """Note a failure as in an outage; say whether the outage was known already.

        What fails while the provider is down says nothing about the realm.
        """
        self._failed_last = True
        now, wait_s = self._monotonic(), error.retry_after.total_seconds()
        if self._gate.down:
            self._breaker.give_up_probe(now)
            self._gate.fail(self, began=began, at_least_s=wait_s)
            return True
        was_well = self._breaker.closed
        if self._breaker is WELL:
            self._breaker = Breaker(REALM_BREAKER)
        self._breaker.fail(now, at_least_s=wait_s)
        if was_well:
            self._gate.fail(self, began=began, at_least_s=wait_s)
        return False

    def _throttled(self, error: RateLimited) -> None:
        """Empty the bucket that the provider named."""
        shared = error.bucket is Bucket.APP_MINUTE
        (self._gate if shared else self).pause(error.retry_after.total_seconds())

    def _start(self, *, repeat: bool) -> None:
        now = self._monotonic()
        self._in_flight += 1
        self._gate.start(repeat=repeat)
        self._breaker.begin(now)
        for window in self._windows:
            window.start()

    def _end(self) -> None:
        now = self._monotonic()
        self._in_flight -= 1
        self._gate.end()
        for window in self._windows:
            window.end(now)
        self._tell()

    def _tell(self) -> None:
        if self._freed is not None:
            self._freed.set()
            self._freed = None
        self._changed()


def _windows_of(quota: Quota) -> Iterator[Window]:
    lengths = (
        (quota.per_minute, MINUTE_S),
        (quota.per_second, SECOND_S),
        (quota.per_day, DAY_S),
    )
    for limit, length_s in lengths:
        if limit is not None:
            yield Window(limit, length_s)


def _gate_of_one(quota: Quota, monotonic: Callable[[], float]) -> ProviderLimiter:
    return ProviderLimiter(
        GatePolicy(),
        app_per_minute=quota.app_per_minute,
        monotonic=monotonic,
        changed=lambda: None,
    )


OUT_OF_ORDER: Final = reasons.PROVIDER_DOWN.reason()
