"""The breaker's rule, without any time passing."""

from consumers.lanes.pacing.circuit_breaker import BreakerPolicy, BreakerState, CircuitBreaker

POLICY = BreakerPolicy(failures=3, first_open_s=2.0, longest_open_s=10.0, within_s=60.0)


def opened() -> CircuitBreaker:
    breaker = CircuitBreaker(POLICY)
    for _ in range(POLICY.failures):
        assert breaker.closed
        breaker.fail(0.0)
    return breaker


def test_it_opens_after_so_many_failures_in_a_row() -> None:
    breaker = CircuitBreaker(POLICY)
    for now in (0.0, 1.0):
        breaker.fail(now)
    breaker.succeed()
    for now in (2.0, 3.0):
        breaker.fail(now)
    assert (breaker.closed, breaker.delay_s(3.0)) == (True, 0)
    breaker.fail(4.0)
    assert (breaker.state(4.0), breaker.delay_s(4.0)) == (BreakerState.OPEN, 2.0)


def test_failures_of_long_ago_do_not_count() -> None:
    """One record that always fails comes back every few minutes, and is no outage."""
    breaker = CircuitBreaker(POLICY)
    for now in (0.0, 59.0, 60.0):
        breaker.fail(now)
    assert breaker.closed
    breaker.fail(61.0)
    assert not breaker.closed


def test_one_probe_at_a_time_and_its_failure_doubles_the_time_up_to_a_limit() -> None:
    breaker, now, seen = opened(), 0.0, []
    for _ in range(4):
        seen.append(breaker.delay_s(now))
        now += breaker.delay_s(now)
        assert breaker.state(now) is BreakerState.HALF_OPEN
        breaker.begin(now)
        assert breaker.delay_s(now) > 0, "no second probe"
        breaker.fail(now)
    assert seen == [2.0, 4.0, 8.0, 10.0]


def test_the_first_success_closes_it_and_its_time_begins_anew() -> None:
    breaker = opened()
    breaker.begin(2.0)
    breaker.fail(2.0)
    breaker.begin(6.0)
    breaker.succeed()
    assert breaker.closed
    for _ in range(3):
        breaker.fail(7.0)
    assert breaker.delay_s(7.0) == 2.0


def test_what_the_provider_asks_for_is_waited_for_however_long() -> None:
    breaker = CircuitBreaker(POLICY)
    for _ in range(3):
        breaker.fail(0.0, at_least_s=120.0)
    assert breaker.delay_s(0.0) == 120.0
    breaker.fail(1.0, at_least_s=300.0)
    assert breaker.delay_s(1.0) == 300.0


def test_calls_from_before_that_fail_later_do_not_make_it_longer() -> None:
    breaker = opened()
    for _ in range(50):
        breaker.fail(1.0)
    assert breaker.delay_s(1.0) == 1.0


def test_a_probe_that_was_never_made_is_given_back() -> None:
    breaker = opened()
    breaker.begin(2.0)
    breaker.give_up_probe(2.5)
    assert breaker.delay_s(2.5) == 0


def test_a_probe_that_never_ends_is_waited_for_no_longer_than_the_longest_time() -> None:
    breaker = opened()
    breaker.begin(2.0)
    assert breaker.delay_s(2.0) == 10.0
    assert breaker.delay_s(12.0) == 0
