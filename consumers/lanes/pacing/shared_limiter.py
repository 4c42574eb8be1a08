"""The gate of one provider: what all lanes of this process share.

Its breaker opens when the provider fails for everybody, and then one probe at a time goes
through, of whichever lane. How many calls run at once adapts to how they end: one more for
each that succeeds, a tenth less in each round trip in which calls fail as in an outage; so
after an outage lanes come back within seconds, and not all at once. Repeats have a budget
while calls fail. The app's own quota is a window over all lanes, of which each process has the
share of its partitions.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Final

from consumers.lanes.pacing.circuit_breaker import BreakerPolicy, BreakerState, CircuitBreaker
from consumers.lanes.pacing.outage_detector import OutageDetector, OutagePolicy
from consumers.lanes.pacing.retry_budget import RetryBudget, RetryBudgetPolicy
from consumers.lanes.pacing.sliding_window import SlidingWindow

MINUTE_S: Final = 60.0
# What opens it is not failures in a row, but the suspicion.
PROVIDER_BREAKER: Final = BreakerPolicy(failures=1, first_open_s=1.0, longest_open_s=5.0)


@dataclass(frozen=True, slots=True)
class SharedLimiterPolicy:
    """How a process treats a provider that fails.

    Attributes:
        most_calls: How many calls run at once while all is well.
        decrease: What is left of that after a failure.
        suspicion: When the failures of realms are the provider's own,
        breaker: and for how long it is then left alone, between probes.
    """

    most_calls: int = 128
    decrease: float = 0.9
    suspicion: OutagePolicy = field(default_factory=OutagePolicy)
    breaker: BreakerPolicy = PROVIDER_BREAKER
    retries: RetryBudgetPolicy = field(default_factory=RetryBudgetPolicy)


class AdaptiveLimit:
    """How many calls may run at once: additive increase, multiplicative decrease.

    It falls at most once in a round trip: calls that ran at the same time when it fell have
    told of the same trouble, and that it was too high then.

    Source: Netflix concurrency-limits, ``AIMDLimit``, read 2026-09: it rises only while at
    least half of it is used. RFC 5681, section 3.1: one reduction for each window of data.
    """

    def __init__(self, most: int, *, decrease: float) -> None:
        self._most = most
        self._decrease = decrease
        self._fell_at = float("-inf")
        self.limit = float(most)

    def succeed(self, in_flight: int) -> None:
        """Note that a call succeeded, while so many ran."""
        if in_flight * 2 >= self.limit:
            self.limit = min(self.limit + 1, float(self._most))

    def fail(self, now: float, *, began: float) -> None:
        """Note that a call failed as in an outage, which began then."""
        if began < self._fell_at:
            return
        self._fell_at = now
        self.limit = max(self.limit * self._decrease, 1.0)


class SharedLimiter:
    """See the module.

    Args:
        app_per_minute: The app's quota; ``None`` is no such limit.
        monotonic: Gives seconds; the event loop's clock.
        changed: Called when the breaker opened or closed.
    """

    def __init__(
        self,
        policy: SharedLimiterPolicy,
        *,
        app_per_minute: int | None,
        monotonic: Callable[[], float],
        changed: Callable[[], None],
    ) -> None:
        self._monotonic = monotonic
        self._changed = changed
        self._app_per_minute = app_per_minute
        self._window = (
            None if app_per_minute is None else SlidingWindow(app_per_minute, MINUTE_S)
        )
        self._limit = AdaptiveLimit(policy.most_calls, decrease=policy.decrease)
        self._suspicion = OutageDetector(policy.suspicion)
        self._breaker = CircuitBreaker(policy.breaker)
        self._budget = RetryBudget(policy.retries)
        self._in_flight = 0
        self._paused_until = 0.0

    def now_s(self) -> float:
        """Tell the time of the clock that all here is measured by."""
        return self._monotonic()

    def delay_s(self) -> float | None:
        """How long until a dispatch may be made: 0 is now, ``None`` when a call has ended."""
        if self._in_flight >= self.limit:
            return None
        room = self.quota_delay_s()
        return None if room is None else max(self._breaker.delay_s(self._monotonic()), room)

    def quota_delay_s(self) -> float | None:
        """How long until the app's quota has room: 0 is now, ``None`` as above."""
        now = self._monotonic()
        pause = max(self._paused_until - now, 0.0)
        room = 0.0 if self._window is None else self._window.delay_s(now)
        return None if room is None else max(pause, room)

    @property
    def down(self) -> bool:
        """Whether the provider is known to fail for everybody."""
        return not self._breaker.closed

    @property
    def down_s(self) -> float:
        """For how long that has been so."""
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
        """Whether there were as many repeats of late as there may be while calls fail."""
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
        """Note that a probe was not made, or showed nothing."""
        self._breaker.give_up_probe(self._monotonic())

    def end(self) -> None:
        """Note that a call is over, however it ended."""
        self._in_flight -= 1
        if self._window is not None:
            self._window.end(self._monotonic())

    def succeed(self, realm: Hashable) -> None:
        """Note that the provider answered."""
        self._limit.succeed(self._in_flight)
        self._suspicion.succeed(realm, self._monotonic())
        if self.down:
            self._breaker.succeed()
            self._budget.forget()
            self._changed()

    def fail(self, realm: Hashable, *, began: float, at_least_s: float = 0.0) -> None:
        """Note that the provider failed in a realm that was not known to be in trouble.

        Args:
            began: When the call did.
            at_least_s: For how long the provider asked to be left alone.
        """
        now = self._monotonic()
        self._limit.fail(now, began=began)
        self._budget.fail(now)
        self._suspicion.fail(realm, now)
        if self.down:
            self._breaker.fail(now, at_least_s=at_least_s)
        elif self._suspicion.is_outage(now):
            self._breaker.trip(now, at_least_s=at_least_s)
            self._changed()

    def pause(self, seconds: float) -> None:
        """Start no call for so long."""
        self._paused_until = max(self._paused_until, self._monotonic() + seconds)

    def own(self, share: float, calls_of_others_ended_at: Iterable[float] = ()) -> None:
        """Take a share of the app's quota, from 0 to 1, and count what others used of it."""
        if self._window is not None and self._app_per_minute is not None:
            self._window.limit = int(self._app_per_minute * share)
            self._window.remember(calls_of_others_ended_at)
