"""One lane: its work that is ready, in flight or in the table, and whether it may go."""

from collections.abc import Sequence
from typing import Final

from consumers.lanes.pacing.failure_valve import FailureValve
from consumers.lanes.pacing.lane_pace import LanePace
from consumers.lanes.ready_work import NOTHING_READY, ReadyWork
from consumers.lanes.table_state import TableState
from consumers.lanes.work import BatchLimit, ItemId, LaneId, Tally, Work
from schemas.signal import Priority

# The valve of every lane that has had no dead letter yet: shared, as most never have one. It is
# never told of a dead letter.
NEVER_TRIPPED: Final = FailureValve()
# How many calls a lane that comes with work may make before those that always have some.
QUANTUM: Final = 25


class Lane:
    """The work of one lane, at most ``resident_limit`` items of it in memory.

    The limit is exact: a page that is being loaded is as large as the room that was set aside
    for it, and what comes in meanwhile has the rest.

    A signal beyond the limit *spills*: it is finished at once, because the table says already
    that its item needs work. While the table may hold work as urgent, new signals spill too,
    so that nothing overtakes what is there; it is loaded in pages. What is more urgent than
    all that the table can hold goes first, and the least urgent makes room for it.

    Between priorities the rule is strict: while there is more urgent work, less urgent waits.
    That ends, as no item is in the backlog twice, unless a lane's urgent changes alone need
    more calls than its quota has.

    Its states, and who changes which, are drawn in `consumers/lanes/__init__.py`.
    """

    __slots__ = (
        "_credits",
        "_fenced",
        "_limit",
        "_opened",
        "_page",
        "_queued",
        "_ready",
        "_resident",
        "_retired",
        "_suspended",
        "_table",
        "_tally",
        "_tries",
        "_valve",
        "id",
        "pace",
        "partition",
    )

    def __init__(
        self,
        lane_id: LaneId,
        partition: int,
        pace: LanePace,
        *,
        resident_limit: int,
        tally: Tally | None = None,
    ) -> None:
        self.id = lane_id
        self.partition = partition
        self.pace = pace
        self._valve = NEVER_TRIPPED
        self._credits = QUANTUM
        self._queued = False
        self._tries = 0
        self._page = 0
        self._suspended = False
        self._fenced = False
        self._retired = False
        self._limit = resident_limit
        self._tally = tally or Tally()
        self._ready = NOTHING_READY
        self._resident: dict[ItemId, Work] = {}
        # What the table holds, and which calls an earlier owner made, is not known yet: both
        # are read before the first dispatch, and until then signals spill.
        self._opened = False
        self._table = TableState()

    # -- work comes in -------------------------------------------------------------------

    def admit(self, work: Work) -> list[Work]:
        """Take work in; return what is left to the table for it, whose signals are finished."""
        known = self._resident.get(work.item_id)
        if known is not None:
            self._ask_again(known, work)
            return []
        # A newer signal must not overtake an older one that spilled: as long as the table may
        # hold anything as urgent, this one spills, too. It costs a read of the table instead
        # of the order in which a person sees documents arrive.
        if not self._opened or self._table.may_hold_as_urgent(work.priority):
            self.note_table_work(work.priority)
            return [work]
        self._add(work)
        return self._trim()

    def begin_page(self, least: int) -> list[Work]:
        """Set room aside for a page; return what is left to the table for it.

        What spills from now on may not be in the page.

        Args:
            least: How many items' room is made where the table may hold something more urgent.
        """
        room = self._limit - len(self._resident)
        self._page = max(room, min(least, self._limit)) if self.wants_urgent else room
        spilled = self._trim()
        # What is in flight can't make room, so the page may be smaller than was asked for.
        self._page = self._limit - len(self._resident)
        self._table.begin_page()
        return spilled

    def take_page(self, works: Sequence[Work], *, table_has_more: bool) -> list[Work]:
        """Take in a page, the most urgent first; return what is left to the table for it."""
        self._page = 0
        for work in works:
            if work.item_id not in self._resident:
                self._add(work)
        self._table.end_page(works[-1].priority if works else None, more=table_has_more)
        return self._trim()

    def end_page(self) -> None:
        """Free the room of a page, however its loading ended."""
        self._page = 0

    def note_table_work(self, priority: Priority = Priority.IMPORT) -> None:
        """Remember that the table holds work of this lane, and how urgent that is at least."""
        self._table.note(priority)

    def spill(self) -> list[Work]:
        """Leave all ready work to the table and return it; that finishes its signals."""
        spilled = list(self._ready)
        self._ready = NOTHING_READY
        for work in spilled:
            self._forget(work)
            self.note_table_work(work.priority)
        return spilled

    def _ask_again(self, known: Work, work: Work) -> None:
        known.positions += work.positions
        if known.in_flight:
            # The try that is being made may have read the item before it changed.
            known.again = True
        elif work.priority < known.priority:
            self._ready.raise_priority(known, work.priority)

    def _add(self, work: Work) -> None:
        self._resident[work.item_id] = work
        self._tally.items += 1
        self._make_ready(work)

    def _forget(self, work: Work) -> None:
        del self._resident[work.item_id]
        self._tally.items -= 1
        if not self._resident:
            self._resident.clear()  # or an emptied table is most of an idle lane's memory

    def _make_ready(self, work: Work) -> None:
        if self._ready is NOTHING_READY:
            self._ready = ReadyWork()
        self._ready.add(work)

    def _trim(self) -> list[Work]:
        """Take out and return the least urgent work beyond the limit."""
        spilled: list[Work] = []
        while self.has_ready and len(self._resident) > self._limit - self._page:
            work = self._ready.pop_last()
            self._drop_empty_ready()
            self._forget(work)
            self.note_table_work(work.priority)
            spilled.append(work)
        return spilled

    def _drop_empty_ready(self) -> None:
        if not self._ready:
            self._ready = NOTHING_READY

    # -- work goes out -------------------------------------------------------------------

    def take(self, limit_of: BatchLimit, *, repeats: bool = True) -> list[Work]:
        """Take the most urgent work, and more of its kind as far as one call may carry it.

        Args:
            repeats: Whether to take what failed before, also where other work is there.
        """
        # Who has nothing but repeats was let go with them; the budget may be used up since.
        taken = self._ready.take(limit_of, repeats=repeats or self.only_repeats)
        for work in taken:
            work.in_flight = True
        self._drop_empty_ready()
        return taken

    def begin_try(self) -> None:
        """Count a try that begins."""
        self._tries += 1

    def end_try(self) -> None:
        """Count a try that ended, and free the places of calls that it did not make."""
        self._tries -= 1
        self.pace.release_unused(self._tries)

    def finish(self, work: Work, *, again: bool) -> None:
        """Forget work, or make it ready once more."""
        work.in_flight = False
        if again or work.again:
            work.again = False
            self._make_ready(work)
        else:
            self._forget(work)

    def leave_tally(self) -> None:
        """Count no more among the others: the lane was dropped, though tries may still end."""
        self._tally.items -= len(self._resident)
        self._tally = Tally(len(self._resident))

    # -- what stops it, each with one caller ---------------------------------------------

    def open(self) -> None:
        """Begin to admit signals: the calls of an earlier owner are counted."""
        self._opened = True

    def suspend(self) -> None:
        """Stop until :meth:`resume`: the lane's authorisation is gone."""
        self._suspended = True

    def resume(self) -> None:
        """Go on: the authorisation is back. A lane that is fenced or retired stays stopped."""
        self._suspended = False

    def fence(self) -> None:
        """Stop until :meth:`unfence`: the partition has another owner."""
        self._fenced = True

    def unfence(self) -> None:
        """Go on: the partition is ours by the newest epoch."""
        self._fenced = False

    def retire(self) -> None:
        """Stop for good: the partition was revoked, and the lane is about to be dropped."""
        self._retired = True

    def own_valve(self) -> FailureValve:
        """Return a valve that is this lane's own, to tell it of dead letters."""
        if self._valve is NEVER_TRIPPED:
            self._valve = FailureValve()
        return self._valve

    # -- its turn, the scheduler's -------------------------------------------------------

    def join_queue(self) -> None:
        """Record that the lane waits for its turn."""
        self._queued = True

    def leave_queue(self) -> None:
        """Record that the lane waits no more."""
        self._queued = False

    def renew_credits(self) -> None:
        """Restore the full quantum: the lane has nothing to do, and will be new when it has."""
        self._credits = QUANTUM

    def earn_credit(self) -> None:
        """Earn the call of one turn; turns that were not used are not saved up."""
        self._credits = min(self._credits + 1, 1)

    def charge(self, calls: int) -> None:
        """Pay for calls; what is paid beyond the credits costs later turns."""
        self._credits -= calls

    @property
    def queued(self) -> bool:
        """Whether the lane waits for its turn."""
        return self._queued

    @property
    def is_new(self) -> bool:
        """Whether the lane goes before others; one that fails does when it has recovered."""
        return self._credits > 0 and not self.pace.failed_last

    @property
    def credits(self) -> int:
        """How many calls the lane may make before it has to wait for its turn."""
        return self._credits

    # -- what is there -------------------------------------------------------------------

    def delay_s(self) -> float | None:
        """Return the seconds until a dispatch may be made, ``None`` until a call has ended."""
        delay = self.pace.delay_s()
        gathering = self._gathering_s() if self.pace.shares_calls else 0.0
        if delay is None or gathering is None:
            return None
        if self._valve is NEVER_TRIPPED:
            return max(delay, gathering)
        return max(delay, gathering, self._valve.delay_s(self.pace.now_s()))

    def _gathering_s(self) -> float | None:
        """Return how long what is ready waits to share its call; probes and people never do."""
        if self.probing or Priority.PERSON in self._ready or not self.has_room:
            return 0.0
        # Where the table has more, half a call may go: the rest is not read before that.
        return self.pace.gathering_s(len(self._ready) * (1 + self._table.has_work))

    @property
    def valve(self) -> FailureValve:
        """The valve, to be asked; see :meth:`own_valve` for telling it of dead letters."""
        return self._valve

    @property
    def opened(self) -> bool:
        """Whether the calls of an earlier owner are counted, so that signals are admitted."""
        return self._opened

    @property
    def suspended(self) -> bool:
        """Whether the lane waits for its authorisation."""
        return self._suspended

    @property
    def stopped(self) -> bool:
        """Whether the lane rests until something else than time helps."""
        return self._suspended or self._fenced or self._retired

    @property
    def tries(self) -> int:
        """How many tries are being made."""
        return self._tries

    @property
    def page(self) -> int:
        """How many items are being loaded from the table, at most; 0 when none are."""
        return self._page

    @property
    def table_has_work(self) -> bool:
        """Whether the table has, or may have, work that is not in memory."""
        return self._table.has_work

    @property
    def spills(self) -> int:
        """How often the table got, or may have got, work of this lane."""
        return self._table.spills

    @property
    def has_ready(self) -> bool:
        """Whether an item could be dispatched now."""
        return self._ready is not NOTHING_READY

    @property
    def ready_count(self) -> int:
        """How many items could be dispatched now."""
        return len(self._ready)

    @property
    def probing(self) -> bool:
        """Whether a dispatch that begins now is a probe, of the lane or behind the valve."""
        return self.pace.probing or self._valve.tripped

    @property
    def only_repeats(self) -> bool:
        """Whether whatever may be dispatched failed before."""
        return self.pace.probing or all(work.repeat for work in self._ready)

    @property
    def holds_signals(self) -> bool:
        """Whether ready work keeps offsets from being committed."""
        return any(work.positions for work in self._ready)

    @property
    def wants_urgent(self) -> bool:
        """Whether the table may hold something more urgent than all that is ready."""
        return self._table.may_hold_more_urgent(self._ready.most_urgent)

    @property
    def has_room(self) -> bool:
        """Whether an item more may be in memory; what is in flight can't make room."""
        return len(self._resident) < self._limit

    @property
    def resident_ids(self) -> list[ItemId]:
        """The items in memory, ready or in flight."""
        return list(self._resident)

    @property
    def idle(self) -> bool:
        """Whether the lane can be forgotten: nothing in memory, in flight or in the table."""
        busy = self._resident or self._tries or self._page or self._table.has_work
        return not (busy or self._valve.tripped or self._valve.stored)
