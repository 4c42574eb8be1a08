"""The valve of a lane: many dead letters of one kind are one trouble, not as many.

Pure: time is an argument, in seconds of a clock that never goes back. A tripped valve lets one
item at a time through, at growing intervals: when it is written, or when a person released the
valve, the lane goes on.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from consumers.lanes.pacing.circuit_breaker import BreakerPolicy, BreakerState, CircuitBreaker

PROBES: Final = BreakerPolicy(failures=1, first_open_s=300.0, longest_open_s=3_600.0)


@dataclass(frozen=True, slots=True)
class ValvePolicy:
    """When a valve trips.

    Attributes:
        dead_letters: The count of dead letters of one code that trips the valve, 1 or more.
            They must be more than the items that were written in the same time.
        within_s: Seconds within which they are counted.
        probes: How long a tripped valve waits before it lets an item through.
    """

    dead_letters: int = 20
    within_s: float = 60.0
    probes: BreakerPolicy = PROBES


VALVE: Final = ValvePolicy()


class FailureValve:
    """Counts how items ended of late; trips, and lets one item at a time through.

    Attributes:
        code: The code of the dead letters that tripped the valve; empty while it is open.
        dead_letters: How many of them there were, those of probes included.
    """

    __slots__ = ("_ends", "_policy", "_probes", "_stored", "code", "dead_letters")

    def __init__(self, policy: ValvePolicy = VALVE) -> None:
        self._policy = policy
        # How items ended: the moment, and the code of a dead letter or "" for a write. Kept
        # only while there was a dead letter of late, so that it costs a healthy lane nothing.
        self._ends: deque[tuple[float, str]] | None = None
        self._probes: CircuitBreaker | None = None  # while it is tripped
        self._stored = False
        self.code = ""
        self.dead_letters = 0

    @property
    def tripped(self) -> bool:
        """Whether the lane rests, but for probes."""
        return self._probes is not None

    @property
    def stored(self) -> bool:
        """Whether other processes and people see it as tripped."""
        return self._stored

    def mark_stored(self, stored: bool) -> None:
        """Record whether others see it as tripped; only `ValveSync` knows."""
        self._stored = stored

    def delay_s(self, now: float) -> float:
        """Return the seconds until an item may be tried."""
        return 0.0 if self._probes is None else self._probes.delay_s(now)

    def begin(self, now: float) -> None:
        """Record that an item is tried; while the valve is tripped, it is the probe."""
        if self._probes is not None:
            self._probes.begin(now)

    def wrote(self, now: float) -> None:
        """Record that an item was written: what tripped the valve is over."""
        if self._probes is not None:
            # A write that was in flight when the valve tripped says nothing of what is behind
            # it; only the end of a probe does.
            if self._probes.state(now) is BreakerState.HALF_OPEN:
                self.release()
        elif self._ends is not None:
            self._count_end(now, "")

    def learn_nothing(self, now: float) -> None:
        """Record that a try showed nothing: another may be made."""
        if self._probes is not None:
            self._probes.give_up_probe(now)

    def dead_lettered(self, now: float, code: str) -> bool:
        """Record that an item became a dead letter; return whether that tripped the valve."""
        if self._probes is not None:
            self.dead_letters += 1
            self._probes.fail(now)
            return False
        self._count_end(now, code)
        dead_letters = self._count(code)
        # A few bad documents among many good ones are no reason to stop the good ones.
        if dead_letters < self._policy.dead_letters or dead_letters <= self._count(""):
            return False
        self.trip(now, code, dead_letters)
        return True

    def trip(self, now: float, code: str, dead_letters: int) -> None:
        """Stop the lane: by what happened here, or because an earlier owner's valve was."""
        self.code = code
        self.dead_letters = dead_letters
        self._probes = CircuitBreaker(self._policy.probes)
        self._probes.trip(now)

    def release(self) -> None:
        """Open: the lane goes on."""
        self._ends = self._probes = None
        self.code = ""
        self.dead_letters = 0

    def _count_end(self, now: float, code: str) -> None:
        ends = self._ends = deque() if self._ends is None else self._ends
        ends.append((now, code))
        while ends[0][0] <= now - self._policy.within_s:
            ends.popleft()
        if not any(code for _, code in ends):
            self._ends = None

    def _count(self, code: str) -> int:
        return sum(one == code for _, one in self._ends or ())
