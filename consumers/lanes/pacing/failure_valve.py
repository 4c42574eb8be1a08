"""The valve of a lane: many deaths of one kind are one trouble, and not as many dead letters.

Pure: time is an argument, in seconds of a clock that never goes back. A shut valve lets one
record at a time through, at growing intervals: when it is written, or when somebody released
the valve, the lane goes on.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from consumers.lanes.pacing.circuit_breaker import BreakerPolicy, BreakerState, CircuitBreaker

PROBES: Final = BreakerPolicy(failures=1, first_open_s=300.0, longest_open_s=3_600.0)


@dataclass(frozen=True, slots=True)
class ValvePolicy:
    """When a lane is shut.

    Attributes:
        deaths: So many of one code shut it,
        within_s: in so long, where they are more than the records that were written.
        probes: How long it is shut before a record is tried.
    """

    deaths: int = 20
    within_s: float = 60.0
    probes: BreakerPolicy = PROBES


VALVE: Final = ValvePolicy()


class FailureValve:
    """See the module."""

    __slots__ = ("_ends", "_policy", "_probes", "code", "deaths", "stored")

    def __init__(self, policy: ValvePolicy = VALVE) -> None:
        self._policy = policy
        self._ends: deque[tuple[float, str]] | None = None  # while something died of late
        self._probes: CircuitBreaker | None = None  # while it is shut
        self.code = ""  # what shut it
        self.deaths = 0
        self.stored = False  # whether others believe that it is shut

    @property
    def shut(self) -> bool:
        """Whether the lane rests, but for probes."""
        return self._probes is not None

    def delay_s(self, now: float) -> float:
        """How long until a record may be tried."""
        return 0.0 if self._probes is None else self._probes.delay_s(now)

    def begin(self, now: float) -> None:
        """Note that a record is tried; while the valve is shut, it is the probe."""
        if self._probes is not None:
            self._probes.begin(now)

    def wrote(self, now: float) -> None:
        """Note that a record was written: what shut the valve is over."""
        if self._probes is not None:
            if self._probes.state(now) is BreakerState.HALF_OPEN:
                self.release()
        elif self._ends is not None:
            self._note(now, "")

    def left_open(self, now: float) -> None:
        """Note that a try showed nothing: another may be made."""
        if self._probes is not None:
            self._probes.give_up_probe(now)

    def died(self, now: float, code: str) -> bool:
        """Note that a record died; say whether that shut the valve."""
        if self._probes is not None:
            self.deaths += 1
            self._probes.fail(now)
            return False
        self._note(now, code)
        deaths = self._count(code)
        if deaths < self._policy.deaths or deaths <= self._count(""):
            return False
        self.shut_for(now, code, deaths)
        return True

    def shut_for(self, now: float, code: str, deaths: int) -> None:
        """Shut: by what died here, or because an earlier owner of the lane had."""
        self.code = code
        self.deaths = deaths
        self._probes = CircuitBreaker(self._policy.probes)
        self._probes.trip(now)

    def release(self) -> None:
        """Let the lane go on."""
        self._ends = self._probes = None
        self.code = ""
        self.deaths = 0

    def _note(self, now: float, code: str) -> None:
        ends = self._ends = deque() if self._ends is None else self._ends
        ends.append((now, code))
        while ends[0][0] <= now - self._policy.within_s:
            ends.popleft()
        if not any(code for _, code in ends):
            self._ends = None

    def _count(self, code: str) -> int:
        return sum(one == code for _, one in self._ends or ())
