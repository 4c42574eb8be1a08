"""What a failed try leads to, as a table."""

from datetime import UTC, datetime, timedelta

import pytest

from consumers.outcome import Dead, Hold, Pause, Retry, Suspend
from consumers.sync.retry_policy import RetryPolicy, gave_up
from providers.errors import (
    Blocked,
    Bucket,
    Down,
    Duplicate,
    Gone,
    NeedsPerson,
    ProviderError,
    RateLimited,
    Rejected,
    Stale,
    Unauthorized,
    Unavailable,
    Uncertain,
)
from schemas.errors import ErrorCategory, Reason

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REASON = Reason("no_answer", ErrorCategory.NETWORK, "No answer.", "Nothing.")
POLICY = RetryPolicy()
AT_ONCE = NOW + timedelta(seconds=30)


def decide(error: ProviderError, attempt: int = 1, chance: float = 0.0) -> object:
    return POLICY.decide(error, attempt=attempt, now=NOW, chance=lambda: chance)


@pytest.mark.accepts("ERR-13", "ERR-16")
@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Unavailable(REASON), Retry(REASON, AT_ONCE, 1, in_doubt=False)),
        (Uncertain(REASON), Retry(REASON, AT_ONCE, 1, in_doubt=True)),
        (Stale(REASON), Retry(REASON, AT_ONCE, 1, in_doubt=False)),
        (Blocked(REASON), Retry(REASON, AT_ONCE, 1, in_doubt=False)),
        (NeedsPerson(REASON), Hold(REASON)),
        (Duplicate(REASON), Hold(REASON)),
        (Gone(REASON), Hold(REASON)),
        (Unauthorized(REASON), Suspend(REASON)),
        (Rejected(REASON, trace_id="tid"), Dead(REASON, 1, "tid")),
        (ProviderError(REASON), Dead(REASON, 1)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_leads_to(error: ProviderError, outcome: object) -> None:
    assert decide(error) == outcome


@pytest.mark.accepts("ERR-13")
def test_a_rate_limit_pauses_as_long_as_the_provider_says_and_uses_no_attempt() -> None:
    error = RateLimited(timedelta(seconds=60), Bucket.MINUTE)
    assert decide(error, attempt=5) == Pause(error.reason, timedelta(seconds=60))


@pytest.mark.accepts("GWY-19")
def test_what_is_known_to_be_down_pauses_and_uses_no_attempt() -> None:
    error = Down(REASON, retry_after=timedelta(seconds=4))
    assert decide(error, attempt=5) == Pause(REASON, timedelta(seconds=4))
    lost = Down(REASON, in_doubt=True)
    assert decide(lost, attempt=5) == Pause(REASON, timedelta(0), in_doubt=True)


def test_no_delay_is_lengthened_by_more_than_ten_seconds() -> None:
    """What waits on one topic comes due nearly in the order of its arrival."""
    latest = decide(Unavailable(REASON), attempt=5, chance=0.999)
    assert isinstance(latest, Retry)
    assert latest.due_at <= NOW + timedelta(minutes=75, seconds=10)


@pytest.mark.accepts("ERR-02")
@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
def test_five_retries_fall_within_two_hours_and_then_it_is_dead(chance: float) -> None:
    now = NOW
    for attempt in range(1, 6):
        outcome = POLICY.decide(
            Unavailable(REASON), attempt=attempt, now=now, chance=lambda: chance
        )
        assert isinstance(outcome, Retry)
        now = outcome.due_at
    assert now - NOW < timedelta(hours=2)
    assert decide(Unavailable(REASON), attempt=6) == Dead(gave_up(REASON, 6), 6)


def test_a_delay_is_lengthened_by_chance_and_never_shortened() -> None:
    delays = {decide(Unavailable(REASON), chance=c / 10).due_at for c in range(10)}  # type: ignore[attr-defined] # a Retry
    assert len(delays) == 10
    assert min(delays) == AT_ONCE


def test_what_blocks_is_a_persons_matter_when_it_does_not_go_away() -> None:
    assert decide(Blocked(REASON), attempt=6) == Hold(REASON)
