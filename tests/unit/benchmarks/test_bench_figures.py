"""The sums that the benchmarks report by."""

import pytest

from tests.benchmarks.bench_realm import steady_per_minute
from tests.benchmarks.figures import Figure, percentile


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(n) for n in range(200, 0, -1)]
    assert percentile(values, 50) == 100.0
    assert percentile(values, 95) == 190.0
    assert percentile([7.0], 95) == 7.0


def test_a_quota_that_is_used_up_at_once_every_minute_is_a_full_share() -> None:
    calls = [minute * 60 + n * 0.01 for minute in range(4) for n in range(60)]
    assert steady_per_minute(calls, 60) == pytest.approx(60)


def test_calls_that_come_evenly_are_counted_evenly() -> None:
    assert steady_per_minute([n * 2.0 for n in range(200)], 60) == pytest.approx(30)


def test_too_few_calls_give_no_rate() -> None:
    with pytest.raises(ValueError, match="run longer"):
        steady_per_minute([float(n) for n in range(120)], 60)


def test_a_figure_says_what_it_stands_beside() -> None:
    line = Figure(
        "intake", 7.0, "events/s", aim="10", baseline="the bare one", ratio=0.7
    ).line()
    assert "0.70 of the bare one" in line
    assert "aim: 10" in line
