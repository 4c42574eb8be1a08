from hypothesis import given, strategies as st

from consumers.lanes.offsets import PartitionOffsets


@given(st.permutations(range(30)), st.integers(0, 30), st.integers(0, 1_000_000))
def test_never_past_what_is_unfinished(order: list[int], finished: int, start: int) -> None:
    offsets = PartitionOffsets()
    for n in range(30):
        offsets.take(start + n)
    for n in order[:finished]:
        offsets.finish(start + n)
    unfinished = set(range(30)) - set(order[:finished])
    assert offsets.next_offset == start + min(unfinished, default=30)


def test_nothing_is_known_before_the_first_record() -> None:
    assert PartitionOffsets().next_offset is None


def test_gaps_in_the_log_do_not_hold_up() -> None:
    offsets = PartitionOffsets()
    for offset in (5, 9, 10):
        offsets.take(offset)
    offsets.finish(5)
    assert offsets.next_offset == 9
    offsets.finish(9)
    offsets.finish(10)
    assert offsets.next_offset == 11
    offsets.take(20)
    assert offsets.next_offset == 20
