"""The calls that a key may make, by a clock of the test's own."""

import pytest

from gateway.http.rate_limit import PERIOD_S, RateLimiter


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_as_many_calls_as_in_a_minute_may_come_at_once_and_no_more(clock: Clock) -> None:
    limiter = RateLimiter(60, clock=clock)
    granted = [limiter.take("a") for _ in range(60)]
    assert [one.left for one in granted] == list(range(59, -1, -1))
    assert {one.wait_s for one in granted} == {0}
    refused = limiter.take("a")
    assert (refused.left, refused.wait_s, refused.full_in_s) == (0, 1, PERIOD_S)


def test_calls_come_back_at_an_even_rate_and_never_beyond_the_size(clock: Clock) -> None:
    limiter = RateLimiter(6, clock=clock)
    assert [limiter.take("a").wait_s for _ in range(7)][-1] == 10
    clock.now = 9.9
    assert limiter.take("a").wait_s == 1
    clock.now = 10.0
    assert limiter.take("a").wait_s == 0
    clock.now = 10_000.0
    assert limiter.take("a").left == 5


def test_a_refused_call_uses_nothing_up(clock: Clock) -> None:
    limiter = RateLimiter(1, clock=clock)
    limiter.take("a")
    assert all(limiter.take("a").wait_s == PERIOD_S for _ in range(10))


def test_callers_are_counted_apart(clock: Clock) -> None:
    limiter = RateLimiter(1, clock=clock)
    assert [limiter.take(name).wait_s for name in "abab"] == [0, 0, PERIOD_S, PERIOD_S]


def test_an_allowance_is_told_in_structured_fields(clock: Clock) -> None:
    limiter = RateLimiter(2, clock=clock)
    assert limiter.take("a").headers() == {
        "RateLimit-Policy": '"api";q=2;w=60',
        "RateLimit": '"api";r=1;t=30',
    }
    limiter.take("a")
    assert limiter.take("a").headers()["Retry-After"] == "30"
