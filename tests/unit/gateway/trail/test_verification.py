"""A chain that was changed does not fit, wherever and however that was done."""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.trail.entry import FIRST, ChainedEntry, Outcome, TrailEntry, chained
from gateway.trail.verification import ChainCheck, Head, Misfit

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LENGTH = 5


def chain_of(count: int, who: str = "ops") -> list[ChainedEntry]:
    found: list[ChainedEntry] = []
    previous = FIRST
    for seq in range(1, count + 1):
        entry = TrailEntry(
            "t1", NOW + timedelta(seconds=seq), "key:1", who, "POST /v1/x", "x", Outcome.DONE
        )
        found.append(chained(entry, seq=seq, previous=previous))
        previous = found[-1].digest
    return found


def head_of(chain: Sequence[ChainedEntry]) -> Head:
    return Head("t1", chain[-1].seq, chain[-1].digest)


WHOLE = chain_of(LENGTH)
HEAD = head_of(WHOLE)


def first_misfit(
    chain: Sequence[ChainedEntry], *heads: Head, length: int = LENGTH
) -> Misfit | None:
    check = ChainCheck("t1", heads)
    for one in chain:
        if (misfit := check.next(one)) is not None:
            return misfit
    return check.end(length)


def place(misfit: Misfit | None) -> int:
    assert misfit is not None
    return misfit.seq


def test_a_chain_as_it_was_written_fits_also_with_an_earlier_end_and_when_it_grew() -> None:
    assert first_misfit(WHOLE, HEAD) is None
    assert first_misfit(WHOLE, HEAD, head_of(WHOLE[:2])) is None
    grown = chain_of(LENGTH + 2)
    assert first_misfit(grown, HEAD, length=LENGTH + 2) is None
    assert first_misfit([], length=0) is None


@pytest.mark.parametrize("changed", [one.name for one in fields(TrailEntry)])
@pytest.mark.parametrize("at", range(LENGTH))
def test_a_change_of_any_field_of_any_entry_is_found_there(changed: str, at: int) -> None:
    entry = WHOLE[at].entry
    other = {"outcome": Outcome.FAILED, "at": entry.at + timedelta(microseconds=1)}
    value: Any = other.get(changed, "other")
    edited = replace(WHOLE[at], entry=replace(entry, **{changed: value}))
    chain = [*WHOLE[:at], edited, *WHOLE[at + 1 :]]
    assert place(first_misfit(chain, HEAD)) == at + 1


Change = Callable[[list[ChainedEntry]], list[ChainedEntry]]


@pytest.mark.parametrize(
    ("change", "at"),
    [
        (lambda chain: chain[1:], 1),
        (lambda chain: [*chain[:2], *chain[3:]], 3),
        (lambda chain: chain[:-1], LENGTH),
        (lambda chain: chain[:1], 2),
        (lambda chain: [], 1),
        (lambda chain: [chain[1], chain[0], *chain[2:]], 1),
        (lambda chain: [*chain[:2], replace(chain[2], digest=b"x" * 32), *chain[3:]], 3),
        (lambda chain: [*chain, chain_of(LENGTH + 1)[-1]], LENGTH + 1),
    ],
    ids=["first", "middle", "last", "tail", "all", "swapped", "digest", "added"],
)
def test_what_is_taken_out_swapped_or_added_is_found_there(change: Change, at: int) -> None:
    assert place(first_misfit(change(WHOLE), HEAD)) == at


def test_a_chain_that_was_written_anew_is_found_by_an_end_that_was_kept() -> None:
    forged = chain_of(LENGTH, who="somebody")
    assert first_misfit(forged, head_of(forged)) is None
    assert place(first_misfit(forged, head_of(forged), HEAD)) == LENGTH
    assert place(first_misfit(forged, head_of(forged), head_of(WHOLE[:2]))) == 2
    cut = WHOLE[:2]
    assert first_misfit(cut, head_of(cut), length=2) is None
    assert place(first_misfit(cut, head_of(cut), HEAD, length=2)) == 3


def test_an_entry_whose_digest_was_made_anew_is_found_at_the_next_one() -> None:
    edited = replace(WHOLE[1].entry, who="somebody")
    anew = chained(edited, seq=2, previous=WHOLE[0].digest)
    assert place(first_misfit([WHOLE[0], anew, *WHOLE[2:]], HEAD)) == 3


def test_a_text_can_not_pass_for_two_fields() -> None:
    one = TrailEntry("t1", NOW, "a", "b", "w", "s", Outcome.DONE)
    other = replace(one, who_id='a","b', who="")
    assert chained(one, seq=1, previous=FIRST) != chained(other, seq=1, previous=FIRST)
