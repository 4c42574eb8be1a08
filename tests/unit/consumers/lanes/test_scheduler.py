"""Who goes next: new lanes first, within limits; and nobody who has work is passed over."""

from collections import Counter
from itertools import count, pairwise

import pytest
from hypothesis import given, settings, strategies as st

from consumers.lanes.lane import QUANTUM, Lane
from consumers.lanes.scheduler import MOST_IN_A_ROW, Scheduler
from consumers.lanes.work import Work
from consumers.sync.realm_pace import RealmPace
from providers.errors import Unavailable
from providers.quotas import CallKind, Quota
from schemas.documents.document import DocumentType
from schemas.signal import Priority
from tests.fakes.lane_pace import limiter, pace_of
from tests.unit.consumers.lanes.engine_harness import AWAY, connection, now_s, record, virtually

BOUNDLESS = Quota(per_minute=1_000_000, in_flight=1_000_000)


class Round:
    """Lanes whose work takes no time, by number, and the dispatcher between them."""

    def __init__(self, lanes: int) -> None:
        self.dispatcher = Scheduler(
            monotonic=lambda: 0.0, refuses_repeats=lambda: False, refused=lambda: None
        )
        self.lanes = [self._lane(n) for n in range(lanes)]
        self._records = count()

    def _lane(self, number: int) -> Lane:
        pace = pace_of(BOUNDLESS, shared=limiter(monotonic=lambda: 0.0))
        lane = Lane(connection(number), 0, pace, resident_limit=10_000)
        lane.take_page([], table_has_more=False)
        lane.open()
        return lane

    def give(self, number: int, works: int = 1) -> None:
        """Give a lane work."""
        for _ in range(works):
            found = record(next(self._records))
            self.lanes[number].admit(Work(found, DocumentType.CUSTOMER, Priority.PUSH))
        self.dispatcher.wake(self.lanes[number])

    def serve(self) -> int | None:
        """Do the work of whoever is next, and say who that was."""
        lane = self.dispatcher.next()
        if lane is None:
            return None
        [work] = lane.take(lambda _: 1)
        lane.finish(work, again=False)
        self.dispatcher.wake(lane)
        return self.lanes.index(lane)

    def served(self, times: int) -> list[int | None]:
        """Do so some times."""
        return [self.serve() for _ in range(times)]

    def make_old(self, number: int, works: int = 1_000) -> None:
        """Use a lane's quantum up, and leave it so much work."""
        self.give(number, QUANTUM + works)
        while self.lanes[number].credits:
            self.serve()


def test_a_lane_that_comes_with_work_goes_before_those_that_always_have_some() -> None:
    lanes = Round(3)
    lanes.make_old(0)
    lanes.give(1, 2)
    lanes.give(2, 2)
    assert lanes.served(6) == [1, 2, 1, 2, 0, 0]


def test_beyond_its_quantum_it_has_its_turn_among_them() -> None:
    lanes = Round(2)
    lanes.make_old(0)
    lanes.give(1, QUANTUM + 2)
    assert Counter(lanes.served(QUANTUM + 1)) == {0: 1, 1: QUANTUM}
    assert Counter(lanes.served(4)) == {0: 2, 1: 2}


def test_it_is_new_again_once_it_had_nothing_to_do() -> None:
    lanes = Round(2)
    lanes.make_old(0)
    lanes.give(1, QUANTUM)
    lanes.served(QUANTUM + 1)
    assert lanes.lanes[1].idle
    lanes.give(1)
    assert lanes.serve() == 1


def test_a_lane_whose_work_is_in_the_table_for_an_instant_is_not_new_again() -> None:
    lanes = Round(2)
    lanes.make_old(0)
    lanes.make_old(1)
    lane = lanes.lanes[1]
    work = lane.spill()[0]
    lanes.dispatcher.wake(lane)
    lane.begin_page(1)
    lanes.dispatcher.wake(lane)
    lane.take_page([work], table_has_more=False)
    lanes.give(1, 2)
    assert Counter(lanes.served(4)) == {0: 2, 1: 2}


def test_nor_is_one_whose_work_is_in_flight() -> None:
    lanes = Round(2)
    lanes.make_old(0)
    lanes.make_old(1, works=1)
    assert len(lanes.lanes[1].take(lambda _: 1)) == 1
    lanes.dispatcher.wake(lanes.lanes[1])
    lanes.give(1, 3)
    assert Counter(lanes.served(4)) == {0: 2, 1: 2}


def test_new_lanes_leave_the_others_one_turn_in_so_many() -> None:
    lanes = Round(1_000)
    lanes.make_old(0)
    for number in range(1, 1_000):
        lanes.give(number)
    served = lanes.served(1_000)
    turns = [at for at, who in enumerate(served) if who == 0]
    assert {later - at for at, later in pairwise(turns)} == {MOST_IN_A_ROW + 1}


@virtually
async def test_a_lane_whose_call_failed_does_not_go_before_others() -> None:
    lanes = Round(2)
    sick = lanes.lanes[0]
    with pytest.raises(Unavailable):
        async with RealmPace(sick.pace).call(CallKind.WRITE):
            raise Unavailable(AWAY)
    lanes.give(0, 3)
    lanes.give(1, 3)
    assert now_s() == 0
    assert lanes.served(4) == [1, 1, 1, 0]


@virtually
async def test_calls_beyond_its_turns_cost_a_lane_turns() -> None:
    lanes = Round(2)
    lanes.make_old(0)
    lanes.make_old(1)
    for _ in range(3):
        async with RealmPace(lanes.lanes[0].pace).call(CallKind.READ):
            pass
    assert Counter(lanes.served(9)) == {0: 3, 1: 6}


# Which lane gets how much work, and how much is served before more comes: all but so much.
COMING = st.tuples(st.integers(1, 5), st.integers(1, QUANTUM), st.integers(0, QUANTUM))


@settings(max_examples=25)
@given(st.lists(COMING, min_size=50, max_size=80))
def test_whatever_comes_and_goes_whoever_has_work_is_served_soon(
    steps: list[tuple[int, int, int]],
) -> None:
    """Each old lane is one of six, and has its turn after so many calls of new ones."""
    lanes = Round(6)
    lanes.make_old(0, works=10_000)
    waited: Counter[int] = Counter()
    there = 0
    for number, works, left in steps:
        lanes.give(number, works)
        there += works
        while there > left:
            with_work = {n for n, lane in enumerate(lanes.lanes) if lane.has_ready}
            who = lanes.serve()
            assert who in with_work
            there -= who != 0
            waited = Counter({n: waited[n] + 1 for n in with_work if n != who})
            assert max(waited.values()) <= (MOST_IN_A_ROW + 1) * len(lanes.lanes)
