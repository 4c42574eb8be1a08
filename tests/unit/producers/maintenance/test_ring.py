from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from producers.maintenance.replay import slots_between
from producers.maintenance.ring import RetentionPolicy, Slot, days_left, wrapped

NOW = datetime(2026, 3, 12, 15, tzinfo=UTC)


def slot(age_days: int, *, unpublished: bool = False, oldest_days_ago: int = 0) -> Slot:
    oldest_at = NOW - timedelta(days=oldest_days_ago or age_days)
    return Slot(0, age_days, 8192, True, 10, oldest_at, unpublished)


@pytest.mark.parametrize("days", [0, 7])
def test_a_retention_that_the_ring_cannot_keep_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match="1 to 6"):
        RetentionPolicy(days)


@given(days=st.integers(1, 6), age_days=st.integers(0, 7), unpublished=st.booleans())
def test_a_slot_goes_when_it_is_published_and_its_day_ended_that_many_days_ago(
    days: int, age_days: int, unpublished: bool
) -> None:
    found = slot(age_days, unpublished=unpublished).may_be_truncated(RetentionPolicy(days))
    assert found == (age_days >= days + 1 and not unpublished)


@given(days=st.integers(1, 6))
def test_there_is_always_a_day_to_empty_a_slot_in_before_it_is_written_again(days: int) -> None:
    ages = [age for age in range(8) if slot(age).is_due(RetentionPolicy(days))]
    assert ages
    assert 0 not in ages


def test_the_ring_has_as_many_days_left_as_its_oldest_slot() -> None:
    assert days_left([], now=NOW) == 8
    assert days_left([slot(0)], now=NOW) == 8
    assert days_left([slot(0), slot(3), slot(5)], now=NOW) == 3
    assert days_left([slot(7), slot(0)], now=NOW) == 1


def test_a_ring_that_has_come_round_has_none_left() -> None:
    twice_used = slot(0, oldest_days_ago=8)
    assert wrapped(twice_used, now=NOW)
    assert days_left([twice_used, slot(1)], now=NOW) == 0


def test_an_old_slot_that_was_used_twice_is_not_the_ring_come_round() -> None:
    assert not wrapped(slot(3, oldest_days_ago=11), now=NOW)


@given(
    since=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds it
    length=st.timedeltas(timedelta(), timedelta(days=20)),
    at=st.floats(0, 1),
)
def test_every_moment_of_a_replay_lies_in_one_of_its_slots(
    since: datetime, length: timedelta, at: float
) -> None:
    moment = since + length * at
    slot_of_moment = int(moment.timestamp() // 86_400) % 8
    assert slot_of_moment in slots_between(since, since + length)


def test_an_hour_lies_in_one_slot_or_two() -> None:
    noon = datetime(2026, 3, 12, 12, tzinfo=UTC)
    assert len(slots_between(noon, noon + timedelta(hours=1))) == 1
    assert len(slots_between(noon, noon + timedelta(hours=12))) == 2
