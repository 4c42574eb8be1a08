from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from providers.simulators.clock import ClockCommand, SimulatorClock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Source:
    """A machine's clock that the test turns."""

    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def clock(source: Source) -> SimulatorClock:
    return SimulatorClock(source=source)


def test_it_follows_the_machine_until_it_is_set(clock: SimulatorClock, source: Source) -> None:
    assert clock.now() == NOON
    clock.set(datetime(2027, 1, 1, 1, tzinfo=timezone(HOUR)))
    source.moment += HOUR
    assert clock.now() == datetime(2027, 1, 1, 1, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


def test_a_frozen_clock_moves_only_when_told(clock: SimulatorClock, source: Source) -> None:
    clock.freeze()
    source.moment += HOUR
    assert clock.now() == NOON
    clock.advance(HOUR * 3)
    assert clock.now() == NOON + HOUR * 3
    clock.thaw()
    source.moment += HOUR
    assert clock.now() == NOON + HOUR * 4


def test_a_reset_clock_shows_the_machine_again(clock: SimulatorClock, source: Source) -> None:
    clock.apply(ClockCommand(set=NOON - HOUR, frozen=True))
    assert clock.describe() == {"now": "2026-03-02T11:00:00+00:00", "frozen": True}
    clock.apply(ClockCommand(reset=True, advance_s=60))
    source.moment += HOUR
    assert clock.now() == NOON + HOUR + timedelta(minutes=1)


def test_a_command_without_an_offset_is_refused() -> None:
    with pytest.raises(ValidationError):
        ClockCommand.model_validate({"set": "2026-03-02T12:00:00"})
    with pytest.raises(ValidationError):
        ClockCommand.model_validate({"advance": 3})


def test_it_can_start_frozen_at_a_moment(source: Source) -> None:
    clock = SimulatorClock(at=NOON - HOUR, frozen=True, source=source)
    source.moment += HOUR
    assert clock.now() == NOON - HOUR
