"""One realm's work in this process: what is ready, what is in flight, what is in the table."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from consumers.lanes.pacing.failure_valve import FailureValve
from consumers.lanes.pacing.lane_pace import LanePace
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, RecordId
from schemas.signal import Priority

BatchLimit = Callable[[DocumentType], int]

# The valve of every lane of which nothing died yet. It is never told of a death.
OPEN: Final = FailureValve()
# How many calls a lane that comes with work may make before those that always have some.
QUANTUM: Final = 25


class Position(NamedTuple):
    """Where a signal stands on Kafka."""

    topic: str
    partition: int
    offset: int


@dataclass(slots=True)
class Work:
    """One record that is to be brought into agreement, and the signals that asked for it.

    Attributes:
        repeat: Whether a try of this version failed before.
        in_flight: Whether a try is being made,
        again: and whether it was asked for once more meanwhile.
    """

    record_id: RecordId
    document_type: DocumentType
    priority: Priority
    positions: list[Position] = field(default_factory=list)
    repeat: bool = False
    in_flight: bool = False
    again: bool = False


@dataclass(slots=True)
class Tally:
    """How many records are in memory, over all lanes that are counted together."""

    records: int = 0


class Lane:
    """The ready work of one realm, at most ``resident_limit`` records of it in memory.

    The limit is exact: a page that is being read is as large as the room that was set aside
    for it, and what comes in meanwhile has the rest.

    A signal beyond the limit *spills*: it is finished at once, because the table says already
    that its record is not in agreement. While the table may hold work as urgent, new signals
    spill too, so that nothing overtakes what is there; it is drained in pages. What is more
    urgent than all that the table can hold goes first, and the least urgent makes room for it.

    Between priorities the rule is strict: while there is more urgent work, less urgent waits.
    That ends, as no record is in the backlog twice, unless a realm's urgent changes alone need
    more calls than its quota has.
    """

    __slots__ = (
        "_limit",
        "_most_urgent_in_table",
        "_ready",
        "_resident",
        "_spilled_before",
        "_tally",
        "allowance",
        "connection",
        "fenced",
        "opened",
        "pace",
        "page",
        "partition",
        "queued",
        "spilled",
        "suspended",
        "table_has_work",
        "tasks",
        "valve",
    )

    def __init__(
        self,
        connection: ConnectionId,
        partition: int,
        pace: LanePace,
        *,
        resident_limit: int,
        tally: Tally | None = None,
    ) -> None:
        self.connection = connection
        self.partition = partition
        self.pace = pace
        self.valve = OPEN
        self.allowance = QUANTUM  # the dispatcher's: how many calls it may make out of turn
        self.queued = False  # the dispatcher's: whether it waits for its turn
        self.tasks = 0
        self.page = 0  # how many records are being read from the table, at most
        self.suspended = False
        self.fenced = False
        self._limit = resident_limit
        self._tally = tally or Tally()
        self._ready: dict[Priority, deque[Work]] = {}
        self._resident: dict[RecordId, Work] = {}
        # What the table holds, and which calls an earlier owner made, is not known yet: both
        # are read before the first dispatch, and until then signals spill.
        self.table_has_work = True
        self._most_urgent_in_table = Priority.PERSON
        self.spilled = 0  # how often the table got, or may have got, work of this lane
        self._spilled_before = 0
        self.opened = False

    # -- work comes in -------------------------------------------------------------------

    def admit(self, work: Work) -> list[Work]:
        """Take work in; give what is left to the table for it, whose signals are finished."""
        known = self._resident.get(work.record_id)
        if known is not None:
            self._ask_again(known, work)
            return []
        in_turn = work.priority >= self._most_urgent_in_table
        if not self.opened or (self.table_has_work and in_turn):
            self.note_table_work(work.priority)
            return [work]
        self._add(work)
        return self._trim()

    def begin_drain(self, least: int) -> list[Work]:
        """Set room aside for a page; what spills from now on may not be in it.

        Gives what is left to the table for it, as :meth:`admit`.

        Args:
            least: How much room is made where the table may hold something more urgent.
        """
        room = self._limit - len(self._resident)
        self.page = max(room, min(least, self._limit)) if self.wants_urgent else room
        given_up = self._trim()
        self.page = self._limit - len(self._resident)
        self._spilled_before = self.spilled
        self._most_urgent_in_table = Priority.IMPORT
        return given_up

    def drained(self, works: Sequence[Work], *, table_has_more: bool) -> list[Work]:
        """Take in a page that was read back from the table, the most urgent first.

        Gives what is left to the table for it, as :meth:`admit`.
        """
        self.page = 0
        for work in works:
            if work.record_id not in self._resident:
                self._add(work)
        self.table_has_work = table_has_more or self.spilled > self._spilled_before
        if table_has_more and works:
            rest = works[-1].priority
            self._most_urgent_in_table = min(self._most_urgent_in_table, rest)
        return self._trim()

    def end_drain(self) -> None:
        """Note that no page is being read any more, however that ended."""
        self.page = 0

    def note_table_work(self, priority: Priority = Priority.IMPORT) -> None:
        """Remember that the table holds work of this lane, and how urgent that is at least."""
        if not self.table_has_work:
            self._most_urgent_in_table = Priority.IMPORT
        self._most_urgent_in_table = min(self._most_urgent_in_table, priority)
        self.table_has_work = True
        self.spilled += 1

    def _ask_again(self, known: Work, work: Work) -> None:
        known.positions += work.positions
        if known.in_flight:
            known.again = True
        elif work.priority < known.priority:
            queue = self._ready[known.priority]
            queue.remove(known)
            if not queue:
                self._drop_queue(known.priority)
            known.priority = work.priority
            self._make_ready(known)

    def _add(self, work: Work) -> None:
        self._resident[work.record_id] = work
        self._tally.records += 1
        self._make_ready(work)

    def _forget(self, work: Work) -> None:
        del self._resident[work.record_id]
        self._tally.records -= 1
        if not self._resident:
            self._resident.clear()  # or an emptied table is most of an idle lane's memory

    def _make_ready(self, work: Work) -> None:
        if work.priority not in self._ready:
            self._ready[work.priority] = deque()
            self._ready = dict(sorted(self._ready.items()))
        self._ready[work.priority].append(work)

    def _trim(self) -> list[Work]:
        """Give up the least urgent work beyond the limit."""
        given_up: list[Work] = []
        while self._ready and len(self._resident) > self._limit - self.page:
            priority, queue = next(reversed(self._ready.items()))
            work = queue.pop()
            if not queue:
                self._drop_queue(priority)
            self._forget(work)
            self.note_table_work(priority)
            given_up.append(work)
        return given_up

    # -- work goes out -------------------------------------------------------------------

    def take(self, limit_of: BatchLimit, *, repeats: bool = True) -> list[Work]:
        """Take the most urgent work, and more of its type as far as one call may carry it.

        Args:
            repeats: Whether to take what failed before.
        """
        for priority, queue in self._ready.items():
            first = next((work for work in queue if repeats or not work.repeat), None)
            if first is not None:
                kind = first.document_type
                taken = _take(queue, kind, limit_of(kind), repeats)
                if not queue:
                    self._drop_queue(priority)
                return taken
        return []

    def _drop_queue(self, priority: Priority) -> None:
        """Keep no empty queue, nor an emptied table of queues: they weigh as much as a lane."""
        del self._ready[priority]
        if not self._ready:
            self._ready.clear()

    def finish(self, work: Work, *, again: bool) -> None:
        """Forget work, or make it ready once more."""
        work.in_flight = False
        if again or work.again:
            work.again = False
            self._make_ready(work)
        else:
            self._forget(work)

    def uncount(self) -> None:
        """Be counted no more: the lane was dropped, though calls of it may still end."""
        self._tally.records -= len(self._resident)
        self._tally = Tally(len(self._resident))

    def empty(self) -> list[Work]:
        """Give up all ready work, leaving it to the table; that finishes its signals."""
        given_up = list(self._all_ready())
        self._ready.clear()
        for work in given_up:
            self._forget(work)
            self.note_table_work(work.priority)
        return given_up

    def own_valve(self) -> FailureValve:
        """Give the lane a valve of its own, to tell it of deaths."""
        if self.valve is OPEN:
            self.valve = FailureValve()
        return self.valve

    # -- what is there -------------------------------------------------------------------

    def _all_ready(self) -> Iterator[Work]:
        for queue in self._ready.values():
            yield from queue

    def delay_s(self) -> float | None:
        """How long until a dispatch may be made: 0 is now, ``None`` when a call has ended."""
        delay = self.pace.delay_s()
        gathering = self._gathering_s() if self.pace.shares_calls else 0.0
        if delay is None or gathering is None:
            return None
        return max(delay, gathering, self.valve.delay_s(self.pace.now_s()))

    def _gathering_s(self) -> float | None:
        """How long what is ready waits to share its call; probes and people never do."""
        if self.probing or Priority.PERSON in self._ready or not self.has_room:
            return 0.0
        # Where the table has more, half a call may go: the rest is not read before that.
        return self.pace.gathering_s(self.ready_count * (1 + self.table_has_work))

    @property
    def stopped(self) -> bool:
        """Whether the lane rests until something else than time helps."""
        return self.suspended or self.fenced

    @property
    def draining(self) -> bool:
        """Whether a page is being read."""
        return self.page > 0

    @property
    def has_ready(self) -> bool:
        """Whether a record could be dispatched now."""
        return bool(self._ready)  # it holds no empty queue

    @property
    def ready_count(self) -> int:
        """How many records could be dispatched now."""
        return sum(len(queue) for queue in self._ready.values())

    @property
    def probing(self) -> bool:
        """Whether a dispatch that begins now is a probe, of the realm or behind the valve."""
        return self.pace.probing or self.valve.shut

    @property
    def only_repeats(self) -> bool:
        """Whether whatever may be dispatched failed before."""
        return self.pace.probing or all(work.repeat for work in self._all_ready())

    @property
    def holds_signals(self) -> bool:
        """Whether ready work keeps offsets from being committed."""
        return any(work.positions for work in self._all_ready())

    @property
    def wants_urgent(self) -> bool:
        """Whether the table may hold something more urgent than all that is ready."""
        first = next(iter(self._ready), None)
        urgent = self._most_urgent_in_table
        return self.table_has_work and (first is None or urgent < first)

    @property
    def resident_count(self) -> int:
        """How many records are in memory, ready or in flight."""
        return len(self._resident)

    @property
    def has_room(self) -> bool:
        """Whether a record more may be in memory; what is in flight can't make room."""
        return len(self._resident) < self._limit

    @property
    def resident_ids(self) -> list[RecordId]:
        """The records in memory."""
        return list(self._resident)

    @property
    def idle(self) -> bool:
        """Whether the lane can be forgotten: nothing in memory, in flight or in the table."""
        busy = self._resident or self.tasks or self.draining or self.table_has_work
        return not (busy or self.valve.shut or self.valve.stored)


def _take(queue: deque[Work], kind: DocumentType, limit: int, repeats: bool) -> list[Work]:
    taken: list[Work] = []
    passed: deque[Work] = deque()
    while queue and len(taken) < limit:
        work = queue.popleft()
        fits = work.document_type is kind and (repeats or not work.repeat)
        (taken if fits else passed).append(work)
    queue.extendleft(reversed(passed))
    for work in taken:
        work.in_flight = True
    return taken
