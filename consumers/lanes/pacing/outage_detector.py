"""Whose fault failures are: a lane's own, or that of what all lanes call.

Pure: time is an argument, in seconds of a clock that never goes back.
"""

from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutagePolicy:
    """When failures are those of what all lanes call.

    Attributes:
        lanes: The least count of failing lanes, 1 or more.
        share: The least share of failing lanes among all that made a call of late, from 0 to 1.
        failures: The least count of failures since any call succeeded, 1 or more.
        within_s: Seconds that count as of late.
    """

    lanes: int = 3
    share: float = 0.8
    failures: int = 10
    within_s: float = 10.0


class OutageDetector:
    """How the last call of each lane ended. Each operation is constant time on average."""

    def __init__(self, policy: OutagePolicy) -> None:
        self._policy = policy
        # By time, the oldest first: a lane that ends a call is put behind all others, so that
        # forgetting looks at no lane twice.
        self._well: dict[Hashable, float] = {}
        self._failing: dict[Hashable, float] = {}
        self._failures_in_a_row = 0

    def succeed(self, lane: Hashable, now: float) -> None:
        """Record that a lane's call succeeded."""
        self._failures_in_a_row = 0
        self._failing.pop(lane, None)
        self._well.pop(lane, None)
        self._well[lane] = now
        self._forget_before(now)

    def fail(self, lane: Hashable, now: float) -> None:
        """Record that a lane's call failed as in an outage."""
        self._failures_in_a_row += 1
        self._well.pop(lane, None)
        self._failing.pop(lane, None)
        self._failing[lane] = now
        self._forget_before(now)

    def is_outage(self, now: float) -> bool:
        """Return whether so many lanes fail that it can't be their own fault."""
        self._forget_before(now)
        failing, all_of_late = len(self._failing), len(self._failing) + len(self._well)
        # All three have to hold. The count alone would take a few broken companies of a small
        # gateway for an outage, the share alone two of two, and failures in a row alone one
        # lane that tries often.
        return (
            failing >= self._policy.lanes
            and failing >= self._policy.share * all_of_late
            and self._failures_in_a_row >= self._policy.failures
        )

    def _forget_before(self, now: float) -> None:
        for lanes in (self._well, self._failing):
            while lanes and (lane := next(iter(lanes))) is not None:
                if lanes[lane] > now - self._policy.within_s:
                    break
                del lanes[lane]
