"""The sums that the comparison of relays reports by."""

from dataclasses import fields, replace

import pytest

from tests.benchmarks.relay.contestant import PAYLOAD_BYTES, payload
from tests.benchmarks.relay.reading import delays
from tests.benchmarks.relay.report import FLOOR, Found, aims, figures, table
from tests.benchmarks.relay.results import FloorTurn, Turn, medians
from tests.benchmarks.relay.topics import event_number
from tests.benchmarks.relay.writers import Pace

TURN = Turn(*(1.0 for _ in fields(Turn)))
SENT = FloorTurn(*(1.0 for _ in fields(FloorTurn)))


def test_a_median_is_taken_of_each_figure_by_itself() -> None:
    turns = [replace(TURN, drained_per_s=float(n), p99_ms=float(-n)) for n in (1, 9, 5)]
    middle = medians(turns)
    assert (middle.drained_per_s, middle.p99_ms) == (5.0, -5.0)


def test_delays_run_from_the_commit_and_from_the_time_due() -> None:
    pace = Pace(start=100.0, per_s=2.0, events=4)
    arrived = {0: 100.2, 1: 100.7, 2: 101.5, 3: 102.5}
    late = delays(pace, [100.1, 100.6, 101.25, 101.75], arrived)
    assert late.committed == pytest.approx([250.0, 750.0])
    assert late.due == pytest.approx([500.0, 1_000.0])
    assert late.lost == 0


def test_events_that_never_came_are_counted() -> None:
    pace = Pace(start=100.0, per_s=2.0, events=4)
    late = delays(pace, [100.1, 100.6, 101.25, 101.75], {0: 100.2, 3: 102.5})
    assert late.committed == pytest.approx([750.0])
    assert late.lost == 2


@pytest.mark.parametrize(
    "record", [payload(47), b'{"id":3,"key":"tenant-1","payload":"{\\"n\\":47,\\"a\\":1}"}']
)
def test_the_number_of_an_event_is_found_in_its_payload_alone_or_in_a_row(
    record: bytes,
) -> None:
    assert event_number(record) == 47


def test_a_record_without_an_event_is_an_error() -> None:
    with pytest.raises(ValueError, match="no event"):
        event_number(b'{"id":3}')


def test_every_payload_has_the_same_size() -> None:
    assert {len(payload(n)) for n in (0, 47, 199_999)} == {PAYLOAD_BYTES}


def test_ours_stand_beside_whom_the_aims_name() -> None:
    found: Found = {
        "ours": replace(TURN, drained_per_s=600.0),
        "debezium": replace(TURN, drained_per_s=100.0),
        FLOOR: SENT,
    }
    drained = aims(found)[0]
    assert (drained.value, drained.baseline, drained.ratio) == (600.0, "debezium", 6.0)
    assert not any(figure.baseline == "mq-bridge" for figure in aims(found))


def test_what_was_not_measured_of_the_bare_producer_is_left_out() -> None:
    found: Found = {"ours": TURN, FLOOR: SENT}
    told = {figure.name for figure in figures(found)}
    assert "ours: processor time when idle" in told
    assert f"{FLOOR}: processor time when idle" not in told
    (line,) = [line for line in table(found).splitlines() if "when idle" in line]
    assert line.split()[-5:] == ["1.0", "-", "%", "of", "one"]
