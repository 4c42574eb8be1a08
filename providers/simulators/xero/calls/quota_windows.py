"""Counting calls in a stretch of time: fixed from the first call on, or sliding."""

from collections import deque
from datetime import datetime, timedelta
from typing import Literal, Protocol


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
        """See `QuotaWindow`."""
        self._roll(now)
        return self._limit - self._taken

    def take(self, now: datetime) -> None:
        """See `QuotaWindow`."""
        self._roll(now)
        self._started_at = self._started_at or now
        self._taken += 1

    def free_in(self, now: datetime) -> timedelta:
        """See `QuotaWindow`."""
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
        self._length = length
        self._taken_at: deque[datetime] = deque()

    def remaining(self, now: datetime) -> int:
        """See `QuotaWindow`."""
        while self._taken_at and self._taken_at[0] <= now - self._length:
            self._taken_at.popleft()
        while self._taken_at and self._taken_at[-1] > now:  # the clock was set back
            self._taken_at.pop()
        return self._limit - len(self._taken_at)

    def take(self, now: datetime) -> None:
        """See `QuotaWindow`."""
        self._taken_at.append(now)

    def free_in(self, now: datetime) -> timedelta:
        """See `QuotaWindow`."""
        return self._taken_at[0] + self._length - now if self._taken_at else timedelta()


def window(kind: Literal["fixed", "sliding"], limit: int, length: timedelta) -> QuotaWindow:
    """Return a window of the kind asked for."""
    return (FixedQuota if kind == "fixed" else SlidingQuota)(limit, length)
