import pytest

from producers.sources.snapshot.cursor import Cursor, lowest, oldest_open_xid

START = Cursor(done="10:10:", target=None, last_seq=0)


def test_a_page_freezes_the_target_and_keeps_what_is_done() -> None:
    assert START.through("12:15:12,13", 7) == Cursor("10:10:", "12:15:12,13", 7)


def test_arriving_makes_the_target_what_is_done() -> None:
    assert START.through("12:15:12,13", 7).arrived("12:15:12,13") == Cursor(
        "12:15:12,13", None, 7
    )


def test_the_oldest_open_transaction_is_the_first_number_of_a_snapshot() -> None:
    assert oldest_open_xid("12:15:12,13") == 12


def test_each_step_of_a_relay_is_past_the_one_before() -> None:
    steps = [START, START.through("12:15:12,13", 7), START.through("12:15:12,13", 9)]
    steps.append(steps[-1].arrived("12:15:12,13"))
    steps.append(steps[-1].arrived("13:15:13"))  # one transaction has ended, none began
    steps.append(steps[-1].arrived("15:15:"))
    steps.append(steps[-1].arrived("15:16:15"))
    for n, step in enumerate(steps):
        assert [step.is_past(other) for other in steps] == [m < n for m in range(len(steps))]


@pytest.mark.parametrize(
    ("cursors", "expected"),
    [
        ([Cursor("9:9:", None, 4)], Cursor("9:9:", None, 0)),
        (
            [Cursor("9:12:9,10", None, 4), Cursor("9:12:9", None, 0)],
            Cursor("9:12:9,10", None, 0),
        ),
        # one pages on towards 20:20:, the other has long been there
        (
            [Cursor("9:9:", "20:20:", 30), Cursor("25:25:", None, 8)],
            Cursor("9:9:", "20:20:", 30),
        ),
        # one has been at less than the end of the other's pages
        (
            [Cursor("9:9:", "20:20:", 30), Cursor("15:15:", None, 8)],
            Cursor("9:9:", "15:15:", 30),
        ),
        (
            [Cursor("9:9:", "20:20:", 30), Cursor("9:9:", "20:20:", 7)],
            Cursor("9:9:", "20:20:", 7),
        ),
        (
            [Cursor("9:9:", "20:20:", 30), Cursor("8:8:", "11:11:", 40)],
            Cursor("8:8:", "11:11:", 30),
        ),
    ],
)
def test_the_lowest_place_is_behind_none_and_at_or_before_all(
    cursors: list[Cursor], expected: Cursor
) -> None:
    assert lowest(cursors) == expected
    assert lowest(cursors[::-1]) == expected
