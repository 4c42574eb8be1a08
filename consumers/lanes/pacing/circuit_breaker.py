"""The breaker: no call has a chance for a while, and one probe at a time finds out when.

Pure: time is an argument, in seconds of a clock that never goes back.

    closed ──too many failures in a row──▶ open ──its time is over──▶ half-open
      ▲                                     ▲                            │
      │                                     └───────the probe failed─────┤
      └───────────────────────any call succeeded─────────────────────────┘
"""

from dataclasses import dataclass
from enum import IntEnum


class BreakerState(IntEnum):
    """Whether calls are made; the numbers are those of the metric."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When a breaker opens, and for how long.

    Attributes:
        failures: The count of failures in a row that opens the breaker, 1 or more.
        first_open_s: Seconds that the breaker stays open before its first probe.
        longest_open_s: The most seconds from one probe to the next, and how long the end of a
            probe is waited for. A longer pause that the other side asks for is kept.
        within_s: Seconds; older failures do not count towards ``failures``.
        growth: The factor by which a probe that fails lengthens the time to the next, 1 or
            more.
    """

    failures: int
    first_open_s: float
    longest_open_s: float
    within_s: float = 60.0
    growth: float = 2.0


class CircuitBreaker:
    """Counts failures in a row, opens, and lets one probe at a time through.

    Failures that are told while it is open change nothing but its time.

    Attributes:
        opened_at: The moment, in seconds of the clock, from which the breaker has not been
            closed; ``None`` while it is closed.
    """

    __slots__ = ("_failures", "_open_s", "_open_until", "_policy", "_probing", "opened_at")

    def __init__(self, policy: BreakerPolicy) -> None:
        self._policy = policy
        self._failures: tuple[float, ...] = ()
        self._open_s = 0.0
        self._open_until = 0.0
        self._probing = False
        self.opened_at: float | None = None

    def state(self, now: float) -> BreakerState:
        """Return whether calls are made, one is made, or none."""
        if self.opened_at is None:
            return BreakerState.CLOSED
        if self._probing or now >= self._open_until:
            return BreakerState.HALF_OPEN
        return BreakerState.OPEN

    @property
    def closed(self) -> bool:
        """Whether calls are made as if there were no breaker."""
        return self.opened_at is None

    def delay_s(self, now: float) -> float:
        """Return the seconds until a call may be made; a probe, where it is not closed."""
        return 0.0 if self.opened_at is None else max(self._open_until - now, 0.0)

    def begin(self, now: float) -> None:
        """Record that a call begins; while the breaker is not closed, it is the probe."""
        if self.opened_at is not None:
            self._probing = True
            # A probe that never ends must not keep the lane shut for good, so the next one is
            # due as if this one had taken the longest time.
            self._open_until = now + self._policy.longest_open_s

    def give_up_probe(self, now: float) -> None:
        """Record that the probe was not made, or showed nothing: the next may be made."""
        if self._probing:
            self.probe_from(now)

    def probe_from(self, now: float) -> None:
        """Allow a probe from now on, where the breaker is open."""
        self._probing = False
        self._open_until = now

    def succeed(self) -> None:
        """Record that a call succeeded: the breaker is closed."""
        self._failures = ()
        self.opened_at = None
        self._open_s = 0.0
        self._probing = False

    def fail(self, now: float, *, at_least_s: float = 0.0) -> None:
        """Record that a call failed.

        Args:
            at_least_s: Seconds that the other side asked to be left alone for; 0 when it did
                not.
        """
        if self.opened_at is not None:
            self._fail_again(now, at_least_s)
            return
        self._failures = (*self._failures, now)[-self._policy.failures :]
        many = len(self._failures) == self._policy.failures
        if many and self._failures[0] > now - self._policy.within_s:
            self.trip(now, at_least_s=at_least_s)

    def trip(self, now: float, *, at_least_s: float = 0.0) -> None:
        """Open, whatever was counted."""
        self.opened_at = now
        self._open(now, self._policy.first_open_s, at_least_s)

    def _fail_again(self, now: float, at_least_s: float) -> None:
        """Stay open: longer after a probe that failed, as it was after a call from before."""
        # Calls that were in flight when it opened fail by the dozen in one moment. Only a probe
        # says something new, so only a probe makes the time grow.
        if self._probing:
            longer = self._open_s * self._policy.growth
            self._open(now, min(longer, self._policy.longest_open_s), at_least_s)
        else:
            self._open_until = max(self._open_until, now + at_least_s)

    def _open(self, now: float, open_s: float, at_least_s: float) -> None:
        self._probing = False
        self._open_s = open_s
        self._open_until = now + max(open_s, at_least_s)
