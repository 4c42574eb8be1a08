"""When consents end: days left, and when an idle grant is used."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from providers.expiry import ConsentEnds, days_left, keep_alive_due
from providers.registry import PROVIDERS
from tests.fakes.served import QBO, XERO

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LIVES = {QBO: timedelta(seconds=8_726_400), XERO: timedelta(days=60)}


@pytest.mark.parametrize(
    ("left", "days"),
    [
        (15 * DAY - timedelta(seconds=1), 14),
        (14 * DAY, 14),
        (7 * DAY, 7),
        (2 * DAY, 2),
        (DAY, 1),
        (DAY - timedelta(microseconds=1), 0),
        (timedelta(0), 0),
        (-3 * DAY, 0),
    ],
)
def test_days_are_whole_ones(left: timedelta, days: int) -> None:
    assert days_left(NOW + left, now=NOW) == days


@given(chance=st.floats(0, 1, exclude_max=True))
@pytest.mark.parametrize("provider", [QBO, XERO])
def test_an_idle_grant_is_used_long_before_its_end_and_not_within_a_week(
    provider: str, chance: float
) -> None:
    ends = ConsentEnds(NOW + LIVES[provider], None)  # type: ignore[index]
    due = keep_alive_due(ends, now=NOW, chance=chance)
    assert due is not None
    assert due - NOW > 7 * DAY
    assert ends.refresh_at - due > 14 * DAY, "before anybody is warned"


def test_grants_of_one_day_are_spread_over_ten() -> None:
    ends = ConsentEnds(NOW + LIVES[XERO], None)
    first, last = (keep_alive_due(ends, now=NOW, chance=chance) for chance in (0.0, 1.0))
    assert first is not None
    assert last is not None
    assert (first - NOW, last - first) == (30 * DAY, 10 * DAY)


@pytest.mark.parametrize(
    ("refresh_left", "consent_left", "renewable"),
    [
        (60, None, True),
        (101, 1825, True),
        (98, 100, True),
        (99.5, 100, False),
        (101, 40, False),
    ],
)
def test_what_ends_with_the_consent_is_not_used_to_prolong_it(
    refresh_left: float, consent_left: float | None, renewable: bool
) -> None:
    consent_at = None if consent_left is None else NOW + consent_left * DAY
    ends = ConsentEnds(NOW + refresh_left * DAY, consent_at)
    assert ends.renewable is renewable
    assert (keep_alive_due(ends, now=NOW, chance=0.5) is not None) is renewable


def test_intuit_ends_a_consent_after_five_years_and_xero_never() -> None:
    lives = {name: provider.oauth.consent_life for name, provider in PROVIDERS.items()}
    assert lives == {QBO: timedelta(seconds=157_680_000), XERO: None}
