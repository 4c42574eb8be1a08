"""What all lanes of one process share, as they call the same other side.

Its breaker opens when the calls of all lanes fail, and then one probe at a time goes through,
of whichever lane. How many calls run at once adapts to how they end: one more for each that
succeeds, a tenth less in each round trip in which calls fail as in an outage; so after an
outage lanes come back within seconds, and not all at once. Repeats have a budget while calls
fail. A quota that all lanes share is a window, of which each process has the share of its
partitions.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Final

from consumers.lanes.pacing.circuit_breaker import BreakerPolicy, BreakerState, CircuitBreaker
from consumers.lanes.pacing.outage_detector import OutageDetector, OutagePolicy
from consumers.lanes.pacing.quota import MINUTE_S
from consumers.lanes.pacing.retry_budget import RetryBudget, RetryBudgetPolicy
from consumers.lanes.pacing.sliding_window import SlidingWindow

# One failure would open it, but it is never told of one while it is closed: what trips it is
# the outage detector.
SHARED_BREAKER: Final = BreakerPolicy(failures=1, first_open_s=1.0, longest_open_s=5.0)


@dataclass(frozen=True, slots=True)
class SharedLimiterPolicy:
    """How a process treats the other side when calls fail.

    Attributes:
        most_calls: The most calls at once while all is well, 1 or more.
        decrease: The share of that limit which a failure leaves, from 0 to 1.
        outages: When the failures of lanes are those of what all of them call; ``None`` where
            each lane calls an endpoint of its own.
        breaker: How long the other side is left alone in an outage, between probes.
        retries: How many repeats there may be while calls fail.
    """

    most_calls: int
    decrease: float = 0.9
    outages: OutagePolicy | None = field(default_factory=OutagePolicy)
    breaker: BreakerPolicy = SHARED_BREAKER
    retries: RetryBudgetPolicy = field(default_factory=RetryBudgetPolicy)


class AdaptiveLimit:
    """How many calls may run at once: additive increase, multiplicative decrease.

    It falls at most once in a round trip: calls that ran at the same time when it fell have
    told of the same trouble, and that it was too high then.

    Attributes:
        limit: The most calls at once, from 1 to what was given at first; a fraction counts
            towards the next whole call.

    Source: Netflix concurrency-limits, ``AIMDLimit``, read 2026-09: it rises only while at
    least half of it is used. RFC 5681, section 3.1: one reduction for each window of data.
    """

    def __init__(self, most: int, *, decrease: float) -> None:
        self._most = most
        self._decrease = decrease
        self._fell_at = float("-inf")
        self.limit = float(most)

    def succeed(self, in_flight: int) -> None:
        """Record that a call succeeded while ``in_flight`` calls ran."""
        if in_flight * 2 >= self.limit:
            self.limit = min(self.limit + 1, float(self._most))

    def fail(self, now: float, *, began: float) -> None:
        """Record that a call that began at ``began`` failed as in an outage."""
        if began < self._fell_at:
            return
        self._fell_at = now
        self.limit = max(self.limit * self._decrease, 1.0)


class SharedLimiter:
    """Decides whether any lane may call now, and learns from how the calls of all end.

    Args:
        per_minute: The quota that all lanes of all processes share; ``None`` is no such limit.
        monotonic: Returns seconds; the event loop's clock.
        changed: Called when the breaker opened or closed.
    """

    def __init__(
        self,
        policy: SharedLimiterPolicy,
        *,
        per_minute: int | None,
        monotonic: Callable[[], float],
        changed: Callable[[], None],
    ) -> None:
        self._monotonic = monotonic
        self._changed = changed
        self._per_minute = per_minute
        self._window = None if per_minute is None else SlidingWindow(per_minute, MINUTE_S)
        self._limit = AdaptiveLimit(policy.most_calls, decrease=policy.decrease)
        self._outages = None if policy.outages is None else OutageDetector(policy.outages)
        self._breaker = CircuitBreaker(policy.breaker)
        self._budget = RetryBudget(policy.retries)
        self._in_flight = 0
        self._paused_until = 0.0

    def now_s(self) -> float:
        """Return the time of the clock that all here is measured by."""
        return self._monotonic()

    def delay_s(self) -> float | None:
        """Return the seconds until a dispatch may be made, ``None`` until a call has ended."""
        if self._in_flight >= self.limit:
            return None
        room = self.quota_delay_s()
        return None if room is None else max(self._breaker.delay_s(self._monotonic()), room)

    def quota_delay_s(self) -> float | None:
        """Return the seconds until the shared quota has room, ``None`` as above."""
        room = 0.0 if self._window is None else self._window.delay_s(self._monotonic())
        return None if room is None else max(self.pause_s, room)

    @property
    def pause_s(self) -> float:
        """The seconds for which no lane may call, as the other side asked; 0 while any may."""
        return max(self._paused_until - self._monotonic(), 0.0)

    @property
    def down(self) -> bool:
        """Whether the calls of all lanes are known to fail."""
        return not self._breaker.closed

    @property
    def down_s(self) -> float:
        """The seconds for which that has been so; 0 while it is not."""
        opened_at = self._breaker.opened_at
        return 0.0 if opened_at is None else self._monotonic() - opened_at

    @property
    def state(self) -> BreakerState:
        """The breaker's state."""
        return self._breaker.state(self._monotonic())

    @property
    def limit(self) -> int:
        """How many calls may run at once now."""
        return int(self._limit.limit)

    def refuses_repeats(self) -> bool:
        """Return whether there were as many repeats of late as there may be in trouble."""
        return self._budget.refuses(self._monotonic())

    def start(self, *, repeat: bool) -> None:
        """Count a call that begins."""
        now = self._monotonic()
        self._in_flight += 1
        self._budget.count(now, repeat=repeat)
        self._breaker.begin(now)
        if self._window is not None:
            self._window.start()

    def cancel(self) -> None:
        """Forget a call that was begun and never made."""
        self._in_flight -= 1
        self.give_up_probe()
        if self._window is not None:
            self._window.cancel()

    def give_up_probe(self) -> None:
        """Record that a probe was not made, or showed nothing."""
        self._breaker.give_up_probe(self._monotonic())

    def end(self) -> None:
        """Record that a call is over, however it ended."""
        self._in_flight -= 1
        if self._window is not None:
            self._window.end(self._monotonic())

    def succeed(self, lane: Hashable) -> None:
        """Record that a lane's call was answered."""
        self._limit.succeed(self._in_flight)
        if self._outages is not None:
            self._outages.succeed(lane, self._monotonic())
        if self.down:
            self._breaker.succeed()
            self._budget.forget()
            self._changed()

    def fail(self, lane: Hashable, *, began: float, at_least_s: float = 0.0) -> None:
        """Record a failure as in an outage, of a lane that was not known to be in trouble.

        Args:
            began: When the call did, in seconds of the clock.
            at_least_s: Seconds that the other side asked to be left alone for.
        """
        if self._outages is None:
            # Each lane calls an endpoint of its own: slowing all down for one would be the very
            # thing that lanes are there to prevent. The lane's own breaker sees to it.
            return
        now = self._monotonic()
        self._limit.fail(now, began=began)
        self._budget.fail(now)
        self._outages.fail(lane, now)
        if self.down:
            self._breaker.fail(now, at_least_s=at_least_s)
        elif self._outages.is_outage(now):
            self._breaker.trip(now, at_least_s=at_least_s)
            self._changed()

    def pause(self, seconds: float) -> None:
        """Start no call for so long."""
        self._paused_until = max(self._paused_until, self._monotonic() + seconds)

    def own(self, share: float, calls_of_others_ended_at: Iterable[float] = ()) -> None:
        """Take a share of the shared quota, from 0 to 1, and count what others used of it."""
        if self._window is not None and self._per_minute is not None:
            self._window.limit = int(self._per_minute * share)
            self._window.remember(calls_of_others_ended_at)
