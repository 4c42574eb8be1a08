"""A sliding window of calls: at most so many in any stretch of so long."""

from array import array
from collections.abc import Iterable


class SlidingWindow:
    """At most ``limit`` calls in any ``length_s`` seconds. The limit may be changed.

    A call counts from its start until the window after its *end*: the other side saw it
    somewhere in between, so whatever the network's delays, it never sees more.

    Attributes:
        limit: The most calls within the window, 0 or more.
        length_s: The length of the window in seconds.
    """

    __slots__ = ("_counts_until", "_first", "_running", "length_s", "limit")

    def __init__(self, limit: int, length_s: float) -> None:
        self.limit = limit
        self.length_s = length_s
        # When each ended call stops to count. One sum a call, so that what is compared and
        # what is waited for can't differ by a rounding. An array from `_first` on, as a lane
        # may make thousands of calls a day, and an empty deque weighs more than an idle lane.
        self._counts_until = array("d")
        self._first = 0
        self._running = 0

    def remember(self, ended_at: Iterable[float]) -> None:
        """Count calls of another process, given the moments at which they ended."""
        # They may have ended before or after our own, so both are sorted together.
        counting = self._counts_until[self._first :]
        others = (ended + self.length_s for ended in ended_at)
        self._counts_until = array("d", sorted([*counting, *others]))
        self._first = 0

    def delay_s(self, now: float) -> float | None:
        """Return the seconds until there is room, ``None`` until a running call has ended."""
        self._forget_before(now)
        counting = len(self._counts_until) - self._first
        too_many = counting + self._running - self.limit
        if too_many < 0:
            return 0.0
        if too_many >= counting:
            return None
        return self._counts_until[self._first + too_many] - now

    def spread_s(self, now: float) -> float | None:
        """Return the seconds to wait so that the room that is left lasts until there is more.

        0 while half of it is left; ``None`` is until a running call has ended.
        """
        self._forget_before(now)
        counting = len(self._counts_until) - self._first
        left = self.limit - counting - self._running
        if left * 2 > self.limit or left <= 0:
            return 0.0
        if self._running or not counting:
            return None if self._running else 0.0
        since_last_s = now - (self._counts_until[-1] - self.length_s)
        until_more_s = self._counts_until[self._first] - now
        return max(0.0, until_more_s / left - since_last_s)

    def empty(self, now: float) -> bool:
        """Return whether no call counts any more."""
        self._forget_before(now)
        return not self._counts_until and not self._running

    def start(self) -> None:
        """Count a call that begins."""
        self._running += 1

    def cancel(self) -> None:
        """Forget a call that was begun and never made."""
        self._running -= 1

    def end(self, now: float) -> None:
        """Start the window of a call that ended."""
        self._running -= 1
        if self._counts_until:
            self._counts_until.append(now + self.length_s)
        else:
            self._counts_until = array("d", (now + self.length_s,))  # with no room for others

    def _forget_before(self, now: float) -> None:
        calls = self._counts_until
        while self._first < len(calls) and calls[self._first] <= now:
            self._first += 1
        # The front is cut off only when it is half of all: each call is moved once or twice in
        # its life, whatever the window holds.
        if self._first * 2 >= len(calls):
            del calls[: self._first]
            self._first = 0
