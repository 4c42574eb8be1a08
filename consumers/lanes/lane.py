"""One realm's work in this process: what is ready, what is in flight, what is in the table."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from consumers.lanes.quota import RealmPace
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, RecordId
from schemas.signal import Priority

BatchLimit = Callable[[DocumentType], int]


class Position(NamedTuple):
    """Where a signal stands on Kafka."""

    topic: str
    partition: int
    offset: int


@dataclass(slots=True)
class Work:
    """One record that is to be brought into agreement, and the signals that asked for it."""

    record_id: RecordId
    document_type: DocumentType
    priority: Priority
    positions: list[Position] = field(default_factory=list)
    again: bool = False  # asked for once more while in flight


class Lane:
    """The ready work of one realm, at most ``resident_limit`` records of it in memory.

    A signal beyond the limit *spills*: it is finished at once, because the table says already
    that its record is not in agreement. While the table may hold such work, new signals spill
    too, so that nothing overtakes what is there; it is drained in pages.
    """

    def __init__(
        self, connection: ConnectionId, partition: int, pace: RealmPace, *, resident_limit: int
    ) -> None:
        self.connection = connection
        self.partition = partition
        self.pace = pace
        self.deficit = 0
        self.tasks = 0
        self.draining = False
        self.suspended = False
        self.spilled = 0
        self._limit = resident_limit
        self._ready: dict[Priority, deque[Work]] = {priority: deque() for priority in Priority}
        self._resident: dict[RecordId, Work] = {}
        self._in_flight: set[RecordId] = set()
        # What the table holds, and which calls an earlier owner made, is not known yet: both
        # are read before the first dispatch, and until then signals spill.
        self.table_has_work = True
        self.opened = False

    def admit(self, work: Work) -> bool:
        """Take work in; ``False`` when it spilled, and its signals are finished with that."""
        known = self._resident.get(work.record_id)
        if known is not None:
            known.positions += work.positions
            known.again = known.again or work.record_id in self._in_flight
            return True
        if self.table_has_work or len(self._resident) >= self._limit:
            self.note_table_work()
            return False
        self._add(work)
        return True

    def drained(self, works: Iterable[Work], *, table_has_more: bool) -> None:
        """Take in a page that was read back from the table."""
        for work in works:
            if work.record_id not in self._resident:
                self._add(work)
        self.table_has_work = table_has_more

    def note_table_work(self) -> None:
        """Remember that the table holds work of this lane."""
        self.table_has_work = True
        self.spilled += 1

    def _add(self, work: Work) -> None:
        self._resident[work.record_id] = work
        self._ready[work.priority].append(work)

    def take(self, limit_of: BatchLimit) -> list[Work]:
        """Take the most urgent work, and more of its type as far as one call may carry it."""
        queue = next((q for q in self._ready.values() if q), None)
        if queue is None:
            return []
        first = queue[0].document_type
        limit = limit_of(first)
        taken: list[Work] = []
        passed: deque[Work] = deque()
        while queue and len(taken) < limit:
            work = queue.popleft()
            (taken if work.document_type is first else passed).append(work)
        queue.extendleft(reversed(passed))
        self._in_flight.update(work.record_id for work in taken)
        return taken

    def finish(self, work: Work, *, again: bool) -> None:
        """Forget work, or make it ready once more."""
        self._in_flight.discard(work.record_id)
        if again or work.again:
            work.again = False
            self._ready[work.priority].append(work)
        else:
            del self._resident[work.record_id]

    @property
    def ready_count(self) -> int:
        """How many records could be dispatched now."""
        return sum(len(queue) for queue in self._ready.values())

    @property
    def resident_count(self) -> int:
        """How many records are in memory, ready or in flight."""
        return len(self._resident)

    @property
    def resident_ids(self) -> list[RecordId]:
        """The records in memory."""
        return list(self._resident)

    @property
    def idle(self) -> bool:
        """Whether the lane can be forgotten: nothing in memory, in flight or in the table."""
        return not (self._resident or self.tasks or self.draining or self.table_has_work)

    def empty(self) -> list[Work]:
        """Give up all ready work, leaving it to the table; that finishes its signals."""
        given_up = [work for queue in self._ready.values() for work in queue]
        for queue in self._ready.values():
            queue.clear()
        for work in given_up:
            self._resident.pop(work.record_id, None)
        if given_up:
            self.note_table_work()
        return given_up
