from collections.abc import Iterable

import pytest

from producers.shards import ShardChange, rebalance
from producers.sources.source import MembershipView


def change(*, take: Iterable[int] = (), leave: Iterable[int] = ()) -> ShardChange:
    return ShardChange(frozenset(take), frozenset(leave))


@pytest.mark.parametrize(
    ("members", "taken", "ours", "lost", "expected"),
    [
        (1, set(), set(), set(), change(take={0, 1, 2, 3})),
        (1, {0, 1, 2, 3}, {0, 1, 2, 3}, set(), change()),
        (2, {0, 1, 2, 3}, {0, 1, 2, 3}, set(), change(leave={2, 3})),
        (2, {0, 1, 2, 3}, set(), set(), change()),
        (2, {0, 1}, set(), set(), change(take={2, 3})),
        (1, {0, 1}, {0, 1}, set(), change(take={2, 3})),
        (3, {0, 1, 2, 3}, {0, 1}, set(), change()),
        (4, {0, 1, 2, 3}, {0, 1}, set(), change(leave={1})),
        (9, {0, 1, 2, 3}, {0}, set(), change()),
        (2, {0, 1, 2}, {0, 1}, {1}, change(take={3}, leave={1})),
    ],
)
def test_a_process_takes_what_is_free_and_keeps_no_more_than_its_share(
    members: int, taken: set[int], ours: set[int], lost: set[int], expected: ShardChange
) -> None:
    view = MembershipView(members, 0, frozenset(taken))
    assert rebalance(view, 4, ours=frozenset(ours), lost=frozenset(lost)) == expected


@pytest.mark.parametrize("shards", [1, 2, 4, 7, 64])
@pytest.mark.parametrize("members", [1, 2, 3, 5])
def test_members_that_start_together_take_everything_once_and_rest(
    members: int, shards: int
) -> None:
    held: list[frozenset[int]] = [frozenset()] * members
    for _ in range(members + 1):
        taken = frozenset[int]().union(*held)
        changes = [
            rebalance(
                MembershipView(members, rank, taken), shards, ours=held[rank], lost=frozenset()
            )
            for rank in range(members)
        ]
        if not any(one.take or one.leave for one in changes):
            break
        given: set[int] = set()
        for rank, one in enumerate(changes):
            held[rank] |= one.take - given
            given |= one.take
    assert sorted(n for mine in held for n in mine) == list(range(shards))
    assert max(map(len, held)) <= -(-shards // members)
