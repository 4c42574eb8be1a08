"""How much happened in the last stretch of time, at any moment and at the most."""

from collections import deque
from datetime import datetime, timedelta


class SlidingWindow:
    """The moments within the last ``span``.

    A sliding window is what tests want of a quota: no stretch of that length, wherever it
    starts, holds more than the limit. Time is the simulator's, so moving its clock on empties
    the window.

    Attributes:
        most: The most moments that ever lay within one span.
    """

    def __init__(self, span: timedelta) -> None:
        self._span = span
        self._moments: deque[datetime] = deque()
        self.most = 0

    def count(self, now: datetime) -> int:
        """Return how many moments lie after ``now`` minus the span."""
        moments = self._moments
        while moments and moments[0] <= now - self._span:
            moments.popleft()
        # A clock that was set back leaves moments in the future; they would never pass.
        while moments and moments[-1] > now:
            moments.pop()
        return len(moments)

    def add(self, now: datetime) -> None:
        """Count a moment."""
        self.count(now)
        self._moments.append(now)
        self.most = max(self.most, len(self._moments))

    def free_in(self, now: datetime) -> timedelta:
        """Return how long until the oldest moment leaves the window; zero when it is empty."""
        return self._moments[0] + self._span - now if self._moments else timedelta()
