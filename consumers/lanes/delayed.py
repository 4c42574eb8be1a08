"""Signals that wait in memory until they are due."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count

from consumers.lanes.work import LaneSignal
from consumers.position import Position, TopicPartition


class DelayedSignals:
    """A heap of signals by due time, all operations at most logarithmic.

    Args:
        monotonic: Returns seconds; the clock by which is waited.
        now: Returns the time, UTC; the clock by which a signal is due.
    """

    def __init__(self, *, monotonic: Callable[[], float], now: Callable[[], datetime]) -> None:
        self._monotonic = monotonic
        self._now = now
        # The count keeps what is due at one moment in order of arrival; signals can't be
        # compared.
        self._heap: list[tuple[float, int, LaneSignal, Position]] = []
        self._order = count()
        self._held: Counter[TopicPartition] = Counter()

    def held_of(self, topic: str, partition: int) -> int:
        """Return how many signals of one partition wait."""
        return self._held[topic, partition]

    def put(self, signal: LaneSignal, position: Position) -> bool:
        """Keep a signal until it is due; return whether it is kept, as it is not due yet."""
        wait_s = self._wait_s(signal)
        if wait_s <= 0:
            return False
        self._held[position.topic, position.partition] += 1
        self._push(wait_s, signal, position)
        return True

    def next_at(self) -> float | None:
        """Return when to look again, on the monotonic clock."""
        return self._heap[0][0] if self._heap else None

    def take_due(self) -> Iterator[tuple[LaneSignal, Position, float]]:
        """Take out what is due; each with the seconds that it is late.

        Never early by the wall clock, also when that was set back in the meantime.
        """
        now = self._monotonic()
        while self._heap and self._heap[0][0] <= now:
            _, _, signal, position = heapq.heappop(self._heap)
            # Two clocks: the monotonic one wakes us, but due times were written by another
            # process's wall clock. Where ours was set back since, it is not due after all.
            wait_s = self._wait_s(signal)
            if wait_s > 0:
                self._push(wait_s, signal, position)
            else:
                self._held[position.topic, position.partition] -= 1
                yield signal, position, -wait_s

    def forget(self, partitions: frozenset[int]) -> None:
        """Drop the signals of these partitions."""
        self._heap = [one for one in self._heap if one[3].partition not in partitions]
        heapq.heapify(self._heap)
        for key in [key for key in self._held if key[1] in partitions]:
            del self._held[key]

    def _wait_s(self, signal: LaneSignal) -> float:
        if signal.due_at is None:
            return 0.0
        return (signal.due_at - self._now()).total_seconds()

    def _push(self, wait_s: float, signal: LaneSignal, position: Position) -> None:
        due = self._monotonic() + wait_s
        heapq.heappush(self._heap, (due, next(self._order), signal, position))
