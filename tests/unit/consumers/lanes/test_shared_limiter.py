"""What lanes share: concurrency that adapts, and the budget of repeats."""

import pytest

from consumers.lanes.pacing.outage_detector import OutageDetector, OutagePolicy
from consumers.lanes.pacing.retry_budget import RetryBudget, RetryBudgetPolicy
from consumers.lanes.pacing.shared_limiter import AdaptiveLimit
from consumers.lanes.pacing.sliding_window import SlidingWindow


def test_concurrency_falls_by_a_share_and_rises_by_one_for_each_success() -> None:
    limit = AdaptiveLimit(128, decrease=0.9)
    for second in range(60):
        limit.fail(second + 0.9, began=float(second))
    assert limit.limit == 1.0
    for n in range(1, 11):
        limit.succeed(int(limit.limit))
        assert limit.limit == 1 + n


def test_concurrency_that_nobody_uses_does_not_rise() -> None:
    limit = AdaptiveLimit(128, decrease=0.5)
    limit.fail(1.0, began=0.0)
    limit.succeed(10)
    assert limit.limit == 64


def test_calls_that_ran_together_and_fail_make_it_fall_once() -> None:
    limit = AdaptiveLimit(100, decrease=0.9)
    for n in range(50):
        limit.fail(1.0 + n / 100, began=n / 60)
    assert limit.limit == 90
    limit.fail(2.0, began=1.0)
    assert limit.limit == 81


def test_repeats_are_free_while_the_provider_does_well() -> None:
    budget = RetryBudget(RetryBudgetPolicy())
    for n in range(1000):
        budget.count(n / 1000, repeat=True)
    assert not budget.refuses(1.0)


def test_repeats_are_a_fifth_of_the_calls_while_it_fails() -> None:
    budget = RetryBudget(RetryBudgetPolicy(share=0.2))
    made = {True: 0, False: 0}
    for n in range(2_000):
        now = n / 200
        repeat = n % 2 == 0
        if repeat and budget.refuses(now):
            continue
        budget.count(now, repeat=repeat)
        budget.fail(now)
        made[repeat] += 1
    assert made[False] == 1_000
    assert 0.15 < made[True] / (made[True] + made[False]) <= 0.21


def test_there_is_always_a_repeat_a_second_and_the_past_is_forgotten() -> None:
    budget = RetryBudget(RetryBudgetPolicy(least_per_s=1.0, window_s=10))
    made = 0
    for second in range(100):
        for _ in range(5):
            if not budget.refuses(float(second)):
                budget.count(float(second), repeat=True)
                budget.fail(float(second))
                made += 1
    assert 90 <= made <= 110
    assert not budget.refuses(200.0)


def test_a_window_that_shrank_waits_for_as_many_calls_as_it_has_too_many() -> None:
    window = SlidingWindow(10, 60.0)
    for n in range(10):
        window.start()
        window.end(float(n))
    assert window.delay_s(10.0) == 50.0
    window.limit = 4
    assert window.delay_s(10.0) == 56.0
    window.limit = 0
    assert window.delay_s(10.0) is None


def test_a_window_counts_the_calls_of_others_in_whatever_order_they_are_told() -> None:
    window = SlidingWindow(3, 60.0)
    window.start()
    window.end(50.0)
    window.remember([40.0, 30.0])
    assert window.delay_s(50.0) == 40.0
    assert window.delay_s(91.0) == 0


def suspicion(failing: int, well: int) -> OutageDetector:
    found = OutageDetector(OutagePolicy())
    for n in range(well):
        found.succeed(f"well {n}", 0.0)
    for n in range(max(failing, 12)):
        found.fail(f"failing {n % failing}", 1.0)
    return found


@pytest.mark.parametrize(
    ("failing", "well", "expected"),
    [(3, 0, True), (2, 0, False), (64, 136, False), (160, 40, True), (159, 41, False)],
)
def test_the_provider_is_suspected_when_most_realms_fail(
    failing: int, well: int, expected: bool
) -> None:
    assert suspicion(failing, well).is_outage(1.0) is expected


def test_one_success_or_ten_seconds_clear_the_provider() -> None:
    found = suspicion(5, 0)
    assert not found.is_outage(11.0)
    found = suspicion(5, 0)
    found.succeed("failing 1", 2.0)
    assert not found.is_outage(2.0)
