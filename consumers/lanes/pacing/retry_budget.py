"""The retry budget: while calls fail, repeats are a small share of them.

Pure: time is an argument, in seconds of a clock that never goes back.
"""

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryBudgetPolicy:
    """How many repeats there may be.

    Attributes:
        share: The most repeats while calls fail, as a share of all calls, from 0 to 1.
        least_per_s: Repeats a second that are always allowed, so that it is noticed when calls
            no longer fail.
        failing: The share of failed calls, from 0 to 1, above which calls are taken to fail.
        window_s: The whole seconds over which calls are counted, 1 or more.
    """

    share: float = 0.2
    least_per_s: float = 1.0
    failing: float = 0.1
    window_s: int = 10


@dataclass(slots=True)
class _Second:
    """The calls of one second.

    Attributes:
        at: The second, as a whole number on the clock.
        calls: The calls that began in it.
        repeats: Those of them that try again what failed before.
        failures: The calls that failed in it as in an outage.
    """

    at: int
    calls: int = 0
    repeats: int = 0
    failures: int = 0


class RetryBudget:
    """The calls of the last seconds, over all lanes."""

    def __init__(self, policy: RetryBudgetPolicy) -> None:
        self._policy = policy
        self._seconds: deque[_Second] = deque()
        self._failures = 0  # the sum over these seconds

    def count(self, now: float, *, repeat: bool) -> None:
        """Count a call that begins."""
        second = self._second(now)
        second.calls += 1
        second.repeats += repeat

    def fail(self, now: float) -> None:
        """Count a call that failed as in an outage."""
        self._second(now).failures += 1
        self._failures += 1

    def forget(self) -> None:
        """Begin anew: the outage is over."""
        self._seconds.clear()
        self._failures = 0

    def refuses(self, now: float) -> bool:
        """Return whether a repeat must wait."""
        # Asked twice for each dispatch: while nothing fails, it costs one comparison.
        if not self._failures:
            return False
        self._forget_before(now)
        calls = sum(second.calls for second in self._seconds)
        if self._failures <= calls * self._policy.failing:
            return False
        repeats = sum(second.repeats for second in self._seconds)
        least = self._policy.least_per_s * self._policy.window_s
        return repeats >= max(least, calls * self._policy.share)

    def _second(self, now: float) -> _Second:
        at = int(now)
        if not self._seconds or self._seconds[-1].at != at:
            self._seconds.append(_Second(at))
            self._forget_before(now)
        return self._seconds[-1]

    def _forget_before(self, now: float) -> None:
        while self._seconds and self._seconds[0].at <= now - self._policy.window_s:
            self._failures -= self._seconds.popleft().failures
