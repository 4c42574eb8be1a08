"""The valve: many dead letters of one kind trip it, once; a probe or a person releases it."""

import asyncio
from collections.abc import Sequence

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from consumers.lanes.lane_registry import LaneRegistry
from consumers.lanes.pacing.failure_valve import FailureValve
from consumers.lanes.ports import TrippedValve
from consumers.lanes.valve_sync import ValveSync
from providers.errors import ProviderError, Rejected
from schemas.errors import ErrorCategory, Reason
from schemas.ids import ConnectionId, RecordId
from tests.fakes.lane_pace import lane_of
from tests.fakes.lane_work import MemoryValves
from tests.unit.consumers.lanes.engine_harness import (
    QBO,
    EngineHarness,
    connection,
    now_s,
    record,
    running,
    virtually,
)

CODE = "mapping_gone"
REASON = Reason(CODE, ErrorCategory.VALIDATION, "No.", "Correct the mapping.")


def trip(
    valve: FailureValve, dead_letters: int = 20, *, code: str = CODE, now: float = 0.0
) -> list[bool]:
    return [valve.dead_lettered(now, code) for _ in range(dead_letters)]


def test_the_twentieth_death_of_one_kind_shuts_it_and_tells_once() -> None:
    valve = FailureValve()
    assert trip(valve, 40) == [False] * 19 + [True] + [False] * 20
    assert (valve.tripped, valve.code, valve.dead_letters) == (True, CODE, 40)


def test_dead_letters_of_many_kinds_or_over_a_long_time_do_not() -> None:
    valve = FailureValve()
    assert not any(valve.dead_lettered(0.0, f"code {n}") for n in range(100))
    assert not any(valve.dead_lettered(61.0 + 4 * n, CODE) for n in range(100))


def test_some_bad_documents_among_many_good_ones_do_not() -> None:
    valve = FailureValve()
    for n in range(200):
        if n % 3:
            valve.wrote(n / 10)
        else:
            assert not valve.dead_lettered(n / 10, CODE)


def test_a_probe_that_dies_doubles_the_rest_and_one_that_is_written_opens_it() -> None:
    valve = FailureValve()
    trip(valve)
    assert valve.delay_s(0.0) == 300
    valve.wrote(1.0)
    assert valve.tripped, "that was in flight when it was shut"
    valve.begin(300.0)
    valve.dead_lettered(301.0, CODE)
    assert valve.delay_s(301.0) == 600
    valve.begin(901.0)
    valve.learn_nothing(902.0)
    assert valve.delay_s(902.0) == 0, "a try that showed nothing is followed by another"
    valve.begin(902.0)
    valve.wrote(903.0)
    assert not valve.tripped
    assert trip(valve, now=904.0)[-1]


def trips() -> float:
    name = "ledgerlane_valve_trips_total"
    return REGISTRY.get_sample_value(name, {"provider": "qbo", "code": CODE}) or 0.0


def mapping_gone(harness: EngineHarness, broken: ConnectionId) -> None:
    def fault(conn: ConnectionId, _: RecordId) -> ProviderError | None:
        return Rejected(REASON) if conn == broken else None

    harness.work.fault = fault


@pytest.mark.accepts("GWY-19")
@virtually
async def test_of_1000_records_that_would_die_some_do_and_the_rest_wait_in_the_table() -> None:
    harness, before = EngineHarness(), trips()
    async with running(harness):
        await harness.warm(connection(1), connection(2))
        mapping_gone(harness, connection(1))
        with capture_logs() as logged:
            for n in range(1_000):
                harness.send(connection(1), record(n))
                harness.send(connection(2), record(10_000 + n))
            await asyncio.sleep(200)
        assert 20 <= len(harness.work.dead) <= 30, "and those in flight"
        assert [one["event"] for one in logged if "valve" in one["event"]] == [
            "lanes.valve_tripped"
        ]
        assert trips() == before + 1
        [known] = harness.valves.known.values()
        assert (known.lane, known.code) == (connection(1), CODE)
        assert harness.committed == harness.offset, "nothing is held back"
        assert sum(record(10_000 + n) in harness.work.writes for n in range(1_000)) == 1_000
        await asyncio.sleep(2 * 3_600)
        assert len(harness.work.dead) <= 35, "one an hour in the end"
        assert trips() == before + 1
        harness.work.fault = lambda *_: None
        await harness.settled()
        assert not harness.valves.known, "it opened by itself"
    assert len(harness.work.dead) + len(harness.work.writes) == 2_002


@pytest.mark.accepts("GWY-19")
@virtually
async def test_a_valve_that_a_person_released_is_open_within_seconds() -> None:
    harness = EngineHarness()
    async with running(harness):
        await harness.warm(connection(1))
        mapping_gone(harness, connection(1))
        for n in range(200):
            harness.send(connection(1), record(n))
        await asyncio.sleep(60)
        harness.work.fault = lambda *_: None
        harness.valves.known.clear()
        released = now_s()
        await harness.settled()
        assert now_s() - released < 60


@virtually
async def test_a_new_owner_keeps_a_valve_tripped() -> None:
    harness = EngineHarness()
    await harness.valves.trip("qbo", TrippedValve(connection(1), CODE, 20))
    harness.work.key_of[connection(1)] = "k"
    for n in range(100):
        harness.work.announce(connection(1), record(n), 1)
    async with running(harness):
        await asyncio.sleep(250)
        assert not harness.work.calls
        await harness.settled()
        await asyncio.sleep(20)
        assert not harness.valves.known


@virtually
async def test_a_release_while_the_sweep_stores_the_count_is_not_undone() -> None:
    class ReleasedMeanwhile(MemoryValves):
        """A person releases all valves right after the sweep has read them."""

        releases = False

        async def all_tripped(self, family: str) -> Sequence[TrippedValve]:
            found = await super().all_tripped(family)
            if self.releases:
                self.known.clear()
            return found

    lanes = LaneRegistry(
        "qbo", make=lambda id_, _: lane_of(ConnectionId(id_), QBO), look=lambda _: None
    )
    lane = lanes.lane(connection(1), 0)
    store = ReleasedMeanwhile()
    valves = ValveSync("qbo", store, lanes)
    lane.own_valve().trip(0.0, "refused", 20)
    await valves.sync(0.0)
    assert list(store.known) == [connection(1)]
    store.releases = True
    await valves.sync(1.0)
    assert not store.known, "the newest count did not trip it again"
    assert lane.valve.tripped
    await valves.sync(2.0)
    assert not lane.valve.tripped, "the next sweep sees that it was released"
