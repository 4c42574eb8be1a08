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
        failures: So many in a row open it,
        within_s: in so long.
        first_open_s: How long it is open at first.
        longest_open_s: How long at most, and how long a probe is waited for; what the provider
            asks for may be longer.
        growth: How much longer after each probe that fails.
    """

    failures: int
    first_open_s: float
    longest_open_s: float
    within_s: float = 60.0
    growth: float = 2.0


class CircuitBreaker:
    """See the module. Failures that are told while it is open change nothing but its time."""

    __slots__ = ("_failures", "_open_s", "_open_until", "_policy", "_probing", "opened_at")

    def __init__(self, policy: BreakerPolicy) -> None:
        self._policy = policy
        self._failures: tuple[float, ...] = ()
        self._open_s = 0.0
        self._open_until = 0.0
        self._probing = False
        self.opened_at: float | None = None  # None while it is closed

    def state(self, now: float) -> BreakerState:
        """Say whether calls are made, one is made, or none."""
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
        """How long until a call may be made: the next probe, where it is not closed."""
        return 0.0 if self.opened_at is None else max(self._open_until - now, 0.0)

    def begin(self, now: float) -> None:
        """Note that a call begins; while the breaker is not closed, it is the probe."""
        if self.opened_at is not None:
            self._probing = True
            self._open_until = now + self._policy.longest_open_s

    def give_up_probe(self, now: float) -> None:
        """Note that the probe was not made, or showed nothing: the next may be made."""
        if self._probing:
            self.probe_from(now)

    def probe_from(self, now: float) -> None:
        """Let a probe be made now, for what is open."""
        self._probing = False
        self._open_until = now

    def succeed(self) -> None:
        """Note that a call succeeded: the breaker is closed."""
        self._failures = ()
        self.opened_at = None
        self._open_s = 0.0
        self._probing = False

    def fail(self, now: float, *, at_least_s: float = 0.0) -> None:
        """Note that a call failed.

        Args:
            at_least_s: What the provider asked for.
        """
        if self.opened_at is not None:
            self._fail_again(now, at_least_s)
            return
        self._failures = (*self._failures, now)[-self._policy.failures :]
        many = len(self._failures) == self._policy.failures
        if many and self._failures[0] > now - self._policy.within_s:
            self.trip(now, at_least_s=at_least_s)

    def trip(self, now: float, *, at_least_s: float = 0.0) -> None:
        """Open."""
        self.opened_at = now
        self._open(now, self._policy.first_open_s, at_least_s)

    def _fail_again(self, now: float, at_least_s: float) -> None:
        """A probe that failed makes it longer; a call from before can only ask for longer."""
        if self._probing:
            longer = self._open_s * self._policy.growth
            self._open(now, min(longer, self._policy.longest_open_s), at_least_s)
        else:
            self._open_until = max(self._open_until, now + at_least_s)

    def _open(self, now: float, open_s: float, at_least_s: float) -> None:
        self._probing = False
        self._open_s = open_s
        self._open_until = now + max(open_s, at_least_s)
