"""Worlds of random faults on virtual time, and what they notice. See `tests/simulation`."""

import pytest

from tests.simulation.mutations import GUARDS
from tests.simulation.world import simulate

SEEDS = 60
# The rarest of them is noticed in one world of two hundred.
SEEDS_FOR_A_GUARD = 800


@pytest.mark.accepts("GWY-20", "GWY-21", "ERR-14", "RUN-06")
@pytest.mark.parametrize("tens", range(SEEDS // 10))
def test_nothing_is_lost_doubled_or_overwritten_whatever_fails(tens: int) -> None:
    for seed in range(tens * 10, tens * 10 + 10):
        report = simulate(seed)
        assert not report.violation, f"seed {seed}\n{report.trace.text(300)}"


def test_a_seed_gives_the_same_world_again() -> None:
    first, second = simulate(7), simulate(7)
    assert first.trace.text(1_000) == second.trace.text(1_000)
    assert (first.digest, first.virtual_s) == (second.digest, second.virtual_s)


@pytest.mark.parametrize("guard", GUARDS)
def test_a_missing_guard_is_noticed(guard: str) -> None:
    report = GUARDS[guard].noticed(SEEDS_FOR_A_GUARD)
    assert report is not None, f"not in {SEEDS_FOR_A_GUARD} worlds: look at `{guard}`"
    assert "Error" not in report.violation, "it is to be noticed, not to fail by itself"
