"""Counting calls in a stretch of time: fixed from the first call on, or sliding."""

from datetime import datetime, timedelta
from typing import Literal, Protocol

from providers.simulators.sliding_window import SlidingWindow


class QuotaWindow(Protocol):
    """A number of calls that may be made in a stretch of time."""

    def remaining(self, now: datetime) -> int:
        """Return how many calls may still be made at ``now``."""

    def take(self, now: datetime) -> None:
        """Count a call."""

    def free_in(self, now: datetime) -> timedelta:
        """Return how long until a call may be made again."""


class FixedQuota:
    """Starts at the first call, and again at the first one after its end."""

    def __init__(self, limit: int, length: timedelta) -> None:
        self._limit = limit
        self._length = length
        self._started_at: datetime | None = None
        self._taken = 0

    def remaining(self, now: datetime) -> int:
        """Return the limit less the calls since the window began."""
        self._roll(now)
        return self._limit - self._taken

    def take(self, now: datetime) -> None:
        """Count a call; the first one begins the window."""
        self._roll(now)
        self._started_at = self._started_at or now
        self._taken += 1

    def free_in(self, now: datetime) -> timedelta:
        """Return how long until the window ends."""
        if self._started_at is None:
            return timedelta()
        return self._started_at + self._length - now

    def _roll(self, now: datetime) -> None:
        if self._started_at is not None and now >= self._started_at + self._length:
            self._started_at, self._taken = None, 0


class SlidingQuota:
    """Looks back from every moment; stricter than any fixed window."""

    def __init__(self, limit: int, length: timedelta) -> None:
        self._limit = limit
        self._taken = SlidingWindow(length)

    def remaining(self, now: datetime) -> int:
        """Return the limit less the calls of the last ``length``."""
        return self._limit - self._taken.count(now)

    def take(self, now: datetime) -> None:
        """Count a call."""
        self._taken.add(now)

    def free_in(self, now: datetime) -> timedelta:
        """Return how long until the oldest call leaves the window."""
        return self._taken.free_in(now)


def window(kind: Literal["fixed", "sliding"], limit: int, length: timedelta) -> QuotaWindow:
    """Return a window of the kind asked for."""
    return (FixedQuota if kind == "fixed" else SlidingQuota)(limit, length)
