"""Whose fault failures are: a realm's, or the provider's.

Pure: time is an argument, in seconds of a clock that never goes back.
"""

from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutagePolicy:
    """When it is the provider.

    Attributes:
        realms: At least so many realms fail,
        share: which are so large a share of all that made a call of late,
        failures: and there were so many failures since somebody succeeded.
        within_s: What of late is.
    """

    realms: int = 3
    share: float = 0.8
    failures: int = 10
    within_s: float = 10.0


class OutageDetector:
    """How the last call of each realm ended. Each operation is constant time on average."""

    def __init__(self, policy: OutagePolicy) -> None:
        self._policy = policy
        # By time, the oldest first: a realm that ends a call is put behind all others.
        self._well: dict[Hashable, float] = {}
        self._failing: dict[Hashable, float] = {}
        self._in_a_row = 0

    def succeed(self, realm: Hashable, now: float) -> None:
        """Note that a realm's call succeeded."""
        self._in_a_row = 0
        self._failing.pop(realm, None)
        self._well.pop(realm, None)
        self._well[realm] = now
        self._forget_before(now)

    def fail(self, realm: Hashable, now: float) -> None:
        """Note that a realm's call failed as in an outage."""
        self._in_a_row += 1
        self._well.pop(realm, None)
        self._failing.pop(realm, None)
        self._failing[realm] = now
        self._forget_before(now)

    def is_outage(self, now: float) -> bool:
        """Whether so many realms fail that it can't be theirs."""
        self._forget_before(now)
        failing, all_of_late = len(self._failing), len(self._failing) + len(self._well)
        return (
            failing >= self._policy.realms
            and failing >= self._policy.share * all_of_late
            and self._in_a_row >= self._policy.failures
        )

    def _forget_before(self, now: float) -> None:
        for realms in (self._well, self._failing):
            while realms and (realm := next(iter(realms))) is not None:
                if realms[realm] > now - self._policy.within_s:
                    break
                del realms[realm]
