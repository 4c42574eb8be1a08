"""The sums and the referees of the benchmark of lanes."""

from collections import Counter
from pathlib import Path

import pytest

from consumers.lanes.policy import LanePolicy
from providers.errors import RateLimited
from schemas.signal import Signal
from tests.benchmarks.lanes.completions import Completions, number_in, read
from tests.benchmarks.lanes.load import Load, even, zipf
from tests.benchmarks.lanes.ordered import told
from tests.benchmarks.lanes.world import (
    Arrival,
    Neighbours,
    StrictProvider,
    World,
    burst,
    in_groups,
    in_world,
    jain,
    shares,
)
from tests.unit.consumers.lanes.engine_harness import QBO, connection, record
from tests.virtual_time import run_virtually

ONE, OTHER = connection(1), connection(2)


def test_jains_index_is_1_for_equals_and_falls_to_a_share_for_a_winner() -> None:
    assert jain([3.0] * 7) == pytest.approx(1)
    assert jain([1.0, 0.0, 0.0, 0.0]) == pytest.approx(0.25)


def test_a_realm_is_served_its_share() -> None:
    arrivals = [Arrival(0, ONE, record(1)), Arrival(0, ONE, record(2))]
    assert shares([*arrivals, Arrival(0, OTHER, record(3))], {record(1): 0.0}) == [0.5, 0.0]


def test_the_provider_refuses_the_call_too_many_and_that_of_no_other_realm() -> None:
    async def call_often() -> None:
        provider = StrictProvider(frozenset())
        for n in range(QBO.per_minute):
            assert provider(ONE, record(n)) is None
        assert isinstance(provider(ONE, record(0)), RateLimited)
        assert provider(OTHER, record(0)) is None
        assert (provider.refused, len(provider.calls)) == (1, QBO.per_minute + 1)

    run_virtually(call_often())


def test_a_world_waits_until_all_that_arrived_is_written() -> None:
    arrivals = in_groups([ONE, OTHER], until_s=30, every_s=5, most=3, seed=1)

    async def story(world: World) -> int:
        await world.feed(arrivals)
        await world.until_agreed(arrivals)
        return len(world.provider.calls)

    assert in_world(LanePolicy(), Neighbours(), story) == len(arrivals) > 0


def test_a_burst_has_as_many_signals_of_each_record() -> None:
    sent = burst(ONE, at=5, signals=100, records=20, per_s=10, seed=1)
    assert set(Counter(one.record for one in sent).values()) == {5}
    assert sent[0].at == 5
    assert sent[-1].at == pytest.approx(14.9)


def test_the_second_busiest_key_has_half_of_the_busiest() -> None:
    found = Counter(zipf(1_000, 100_000, seed=1))
    assert found[1] / found[0] == pytest.approx(1 / 2, rel=0.1)
    assert found[9] / found[0] == pytest.approx(1 / 10, rel=0.2)


def test_a_record_carries_its_number_where_every_consumer_looks_for_it() -> None:
    sent = list(Load(7, even(3, 2**12)).signals())
    assert [number_in(one.to_bytes()) for one in sent] == list(range(7, 7 + 2**12))
    assert all(Signal.from_bytes(one.to_bytes()) == one for one in sent)


def test_records_are_due_in_regular_intervals_or_all_at_once() -> None:
    assert Load(0, even(1, 3), per_s=2).due(10.0) == [10.0, 10.5, 11.0]
    assert Load(0, even(1, 3)).due(10.0) == [10.0] * 3


def test_what_a_consumer_notes_is_read_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    noted = Completions(warm=1, total=2, file=tmp_path / "noted")
    noted.note(4)
    assert (capsys.readouterr().out, noted.done) == ("warm\n", False)
    noted.note(2)
    assert (capsys.readouterr().out, noted.done) == ("done\n", True)
    assert [number for number, _ in read(tmp_path / "noted")] == [4, 2]


def test_a_rate_runs_from_the_first_sending_to_the_last_completion() -> None:
    load = Load(10, [0, 1, 0])
    found = told(load, [100.0] * 3, [(9, 99.0), (10, 101.0), (11, 101.5), (12, 102.0)], 0.3)
    assert found.per_s == pytest.approx(1.5)
    assert found.cpu_us == pytest.approx(100_000)
    assert found.delays_ms == [1_000.0, 1_500.0, 2_000.0]


@pytest.mark.parametrize("numbers", [(10, 11), (10, 11, 11), (12, 11, 10)])
def test_a_consumer_that_loses_repeats_or_overtakes_is_disqualified(
    numbers: tuple[int, ...],
) -> None:
    with pytest.raises(AssertionError):
        told(Load(10, [0, 1, 0]), [100.0] * 3, [(n, 101.0) for n in numbers], 0.3)
