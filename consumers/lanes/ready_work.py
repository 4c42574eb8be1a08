"""The work of a lane that waits for its dispatch: one queue for each priority."""

from collections import deque
from collections.abc import Iterator
from typing import Final

from consumers.lanes.work import BatchLimit, Work
from schemas.signal import Priority


class ReadyWork:
    """Work by priority, the most urgent first, and within a priority in order of arrival.

    No empty queue is kept, so that what is there can be told from the queues alone.
    """

    __slots__ = ("_queues",)

    def __init__(self) -> None:
        self._queues: dict[Priority, deque[Work]] = {}

    def __bool__(self) -> bool:
        return bool(self._queues)

    def __len__(self) -> int:
        return sum(len(queue) for queue in self._queues.values())

    def __iter__(self) -> Iterator[Work]:
        for queue in self._queues.values():
            yield from queue

    def __contains__(self, priority: Priority) -> bool:
        return priority in self._queues

    @property
    def most_urgent(self) -> Priority | None:
        """The priority of the work that goes next; ``None`` when there is none."""
        return next(iter(self._queues), None)

    def add(self, work: Work) -> None:
        """Put work behind all that is as urgent."""
        if work.priority not in self._queues:
            self._queues[work.priority] = deque()
            # Sorted here, once for each new priority, and not at each dispatch.
            self._queues = dict(sorted(self._queues.items()))
        self._queues[work.priority].append(work)

    def raise_priority(self, work: Work, priority: Priority) -> None:
        """Make work that is here more urgent."""
        self._queues[work.priority].remove(work)
        self._drop_if_empty(work.priority)
        work.priority = priority
        self.add(work)

    def take(self, limit_of: BatchLimit, *, repeats: bool) -> list[Work]:
        """Take the most urgent work out, and more of its kind as far as one call carries it.

        Args:
            repeats: Whether to take what failed before.
        """
        for priority, queue in self._queues.items():
            first = next((work for work in queue if repeats or not work.repeat), None)
            if first is not None:
                taken = _take(queue, first.kind, limit_of(first.kind), repeats)
                self._drop_if_empty(priority)
                return taken
        return []

    def pop_last(self) -> Work:
        """Take out the work that would go last: the newest of the least urgent."""
        priority, queue = next(reversed(self._queues.items()))
        work = queue.pop()
        self._drop_if_empty(priority)
        return work

    def _drop_if_empty(self, priority: Priority) -> None:
        if not self._queues[priority]:
            del self._queues[priority]


def _take(queue: deque[Work], kind: str, limit: int, repeats: bool) -> list[Work]:
    taken: list[Work] = []
    passed: deque[Work] = deque()
    while queue and len(taken) < limit:
        work = queue.popleft()
        fits = work.kind == kind and (repeats or not work.repeat)
        (taken if fits else passed).append(work)
    queue.extendleft(reversed(passed))
    return taken


# What every lane has that has nothing ready: with one shared object, ten thousand idle lanes
# hold none of their own. It is never added to.
NOTHING_READY: Final = ReadyWork()
