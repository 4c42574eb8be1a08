from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from providers.simulators.sliding_window import SlidingWindow

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


@given(st.lists(st.integers(min_value=0, max_value=30), max_size=60))
def test_a_window_counts_the_last_span_exactly(steps: list[int]) -> None:
    window = SlidingWindow(timedelta(seconds=60))
    moments: list[datetime] = []
    most = 0
    now = START
    for step in steps:
        now += timedelta(seconds=step)
        window.add(now)
        moments.append(now)
        within = [moment for moment in moments if moment > now - timedelta(seconds=60)]
        assert window.count(now) == len(within)
        most = max(most, len(within))
    assert window.most == most


def test_a_clock_set_back_does_not_block_the_window() -> None:
    window = SlidingWindow(timedelta(seconds=60))
    window.add(START)
    assert window.count(START - timedelta(days=1)) == 0


def test_room_comes_back_when_the_oldest_moment_leaves() -> None:
    window = SlidingWindow(timedelta(seconds=60))
    assert window.free_in(START) == timedelta()
    window.add(START)
    window.add(START + timedelta(seconds=59))
    assert window.free_in(START + timedelta(seconds=59)) == timedelta(seconds=1)
