"""The engine on virtual time: fairness, spill and drain, offsets, trouble."""

import asyncio
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from consumers.lanes.fencing import Fenced
from consumers.lanes.policy import LanePolicy
from consumers.lanes.ports import Disposition, TryResult
from schemas.ids import RecordId
from tests.fakes.lane_work import PastCall
from tests.unit.consumers.lanes.engine_harness import (
    EngineHarness,
    connection,
    record,
    running,
    signal,
    virtually,
)
from tests.virtual_time import now


@pytest.mark.accepts("TST-03")
@virtually
async def test_a_signal_is_handled_and_its_offset_may_be_committed() -> None:
    async with running(EngineHarness()) as harness:
        await harness.warm(connection(1))
        offset = harness.send(connection(1), record(1))
        assert harness.committed == offset
        await harness.settled()
        assert harness.work.writes[record(1)] == 1
        assert harness.committed == offset + 1


@virtually
async def test_a_try_is_shown_from_its_beginning_to_its_end() -> None:
    def shown() -> float | None:
        return REGISTRY.get_sample_value("ledgerlane_lane_tries_in_progress")

    async with running(EngineHarness()) as harness:
        await harness.warm(connection(1), connection(2))
        assert shown() == 0
        for n in (1, 2):
            harness.send(connection(n), record(n))
        await asyncio.sleep(0.05)
        assert shown() == 2
        await harness.settled()
        assert shown() == 0


@virtually
async def test_the_first_signal_of_a_lane_is_found_in_the_table() -> None:
    """Nothing may overtake what the table holds, and at first that is not known."""
    async with running(EngineHarness()) as harness:
        harness.send(connection(1), record(1))
        assert harness.committed == 1
        await harness.settled()
        assert harness.work.writes[record(1)] == 1


@virtually
async def test_signals_of_one_record_while_it_is_written_lead_to_one_more_try() -> None:
    async with running(EngineHarness()) as harness:
        harness.send(connection(1), record(1))
        await asyncio.sleep(0.1)
        for version in range(2, 20):
            harness.send(connection(1), record(1), version)
        await asyncio.sleep(0.5)
        assert harness.work.agreed[record(1)] == 19, "at once, and not when the table is swept"
        assert harness.work.writes[record(1)] == 2


@virtually
async def test_a_burst_spills_drains_and_stays_within_the_resident_limit() -> None:
    harness = EngineHarness(policy=LanePolicy(resident_limit=100))
    async with running(harness):
        for n in range(5_000):
            harness.send(connection(1), record(n % 2_000), n)
        assert harness.engine.resident <= 100
        assert harness.committed is not None
        await asyncio.sleep(30)
        assert harness.engine.resident <= 100
        await harness.settled()
        assert sum(harness.work.writes.values()) <= 2_100
        assert harness.committed == 5_000


@virtually
async def test_how_many_records_are_in_memory_is_known_without_counting_them() -> None:
    """Also when a lane is left while calls of it run, and when these end."""
    harness = EngineHarness(policy=LanePolicy(max_tasks=8))
    lanes = [connection(n) for n in range(5)]

    def counted() -> int:
        found = [harness.engine.lane(one) for one in lanes]
        return sum(len(lane.resident_ids) for lane in found if lane is not None)

    async with running(harness):
        for n in range(2_000):
            harness.send(lanes[n % 5], record(n))
        for _ in range(100):
            await asyncio.sleep(0.07)
            assert harness.engine.resident == counted() > 0
        harness.work.latency_s = 60.0
        await asyncio.sleep(1)
        await harness.engine.revoke(frozenset({0}), within_s=1)
        assert harness.engine.resident == counted() == 0
        harness.engine.forget(frozenset({0}))
        await asyncio.sleep(120)
        assert harness.engine.resident == 0
        harness.work.latency_s = 0.15
        await harness.engine.assign(frozenset({0}))
        await harness.settled()


@virtually
async def test_a_burst_of_one_realm_does_not_slow_the_others() -> None:
    harness = EngineHarness(policy=LanePolicy(max_tasks=64))
    async with running(harness):
        for n in range(20_000):
            harness.send(connection(0), record(n % 2_000), n)
        started = asyncio.get_running_loop().time()
        for n in range(1, 200):
            harness.send(connection(n), record(10_000 + n))
        await asyncio.sleep(5)
        waited = {c: at - started for at, c in harness.work.calls if c != connection(0)}
        assert len(waited) == 199
        assert max(waited.values()) < 1.0


@virtually
async def test_a_realm_uses_its_quota_and_never_more() -> None:
    harness = EngineHarness()
    async with running(harness):
        for n in range(2_500):
            harness.send(connection(1), record(n))
        await asyncio.sleep(240)
    calls = [at for at, _ in harness.work.calls]
    assert max(sum(s <= at < s + 60 for at in calls) for s in calls[::25]) <= 500
    assert sum(at < 240 for at in calls) >= 500 * 4 * 0.95


@virtually
async def test_a_new_owner_counts_the_calls_of_the_one_before() -> None:
    """A worker that was killed had used up the minute; its successor waits for what is left."""
    harness = EngineHarness()
    harness.history.calls = [
        PastCall(connection(1), "k", "qbo", 30.0 - n * 0.05) for n in range(480)
    ]
    async with running(harness):
        for n in range(100):
            harness.send(connection(1), record(n))
        await asyncio.sleep(20)
        assert len(harness.work.calls) == 500 - 480 - 10
        await harness.settled()
    assert len(harness.work.writes) == 100


@virtually
async def test_a_thousand_realms_at_once_do_not_storm_the_database() -> None:
    """With 10,000 of them every page was read at once, and the pool ran dry."""
    harness = EngineHarness(policy=LanePolicy(max_pages=8))
    async with running(harness):
        for n in range(1_000):
            harness.send(connection(n), record(n))
        await harness.settled()
    assert len(harness.work.writes) == 1_000
    assert harness.work.most_reads == 8


@virtually
async def test_what_the_table_holds_is_worked_off_without_any_signal() -> None:
    harness = EngineHarness()
    harness.work.key_of[connection(1)] = "k"
    for n in range(250):
        harness.work.announce(connection(1), record(n), 1)
    async with running(harness):
        await harness.settled()
    assert len(harness.work.writes) == 250


@virtually
async def test_a_retry_is_not_taken_up_before_it_is_due_and_then_at_once() -> None:
    async with running(EngineHarness()) as harness:
        harness.work.key_of[connection(1)] = "k"
        harness.signal(signal(connection(1), record(1), due_at=now() + timedelta(seconds=30)))
        await asyncio.sleep(29.9)
        harness.work.announce(connection(1), record(1), 1)
        assert not harness.work.calls
        assert harness.committed == 0
        await harness.settled()
        assert 30.0 <= harness.work.calls[0][0] < 30.1


@virtually
async def test_a_retry_leaves_for_its_topic_before_its_offset_is_finished() -> None:
    harness = EngineHarness()
    again = signal(connection(1), record(1), attempt=2, due_at=now() + timedelta(seconds=30))
    async with running(harness):
        await harness.warm(connection(1))
        harness.work.answer = lambda _: TryResult(Disposition.LATER, again)
        harness.retries.failures = 2
        offset = harness.send(connection(1), record(1))
        await asyncio.sleep(0.5)
        assert (harness.retries.published, harness.committed) == ([], offset)
        await asyncio.sleep(3)
        assert set(harness.retries.published) == {again}
        assert harness.committed == offset + 1
        harness.work.answer = lambda _: None


@pytest.mark.accepts("ERR-13")
@virtually
async def test_a_pause_stops_one_lane_and_no_other() -> None:
    harness = EngineHarness()
    pauses = iter([TryResult(Disposition.PAUSE, pause_s=60)])
    async with running(harness):
        await harness.warm(connection(1), connection(2))
        harness.work.answer = lambda r: next(pauses, None) if r == record(1) else None
        started = asyncio.get_running_loop().time()
        harness.send(connection(1), record(1))
        await asyncio.sleep(1)
        harness.send(connection(1), record(3))
        offset = harness.send(connection(2), record(2))
        await asyncio.sleep(1)
        assert harness.work.writes[record(2)] == 1
        assert harness.committed == offset + 1, "nothing waits in memory for a long pause"
        await harness.settled()
        assert 60 <= harness.work.calls[-1][0] - started < 62


@virtually
async def test_a_lane_without_consent_rests_until_it_is_authorised_again() -> None:
    harness = EngineHarness()
    harness.work.unauthorised = {connection(1)}
    async with running(harness):
        for n in range(150):
            harness.send(connection(1), record(n))
        await asyncio.sleep(100)
        assert not harness.work.calls
        assert harness.work.handled[connection(1)] <= 10, "those that had begun by then"
        assert harness.committed == 150
        harness.work.unauthorised = set()
        await harness.settled()
        assert len(harness.work.writes) == 150


@virtually
async def test_trouble_on_our_own_side_loses_nothing() -> None:
    harness = EngineHarness()
    troubles = iter([OSError("the database is away")] * 3)
    async with running(harness):
        await harness.warm(connection(1))
        harness.work.answer = lambda _: next(troubles, None)
        offset = harness.send(connection(1), record(1))
        await asyncio.sleep(0.5)
        assert harness.committed == offset
        await harness.settled()
        assert harness.work.writes[record(1)] == 1


async def fenced(harness: EngineHarness) -> int:
    """Let somebody else have taken the lease: nothing is called any more."""
    await harness.warm(connection(1), connection(2))
    fences = iter([Fenced("epoch 2")])
    harness.work.answer = lambda _: next(fences, None)
    offset = harness.send(connection(1), record(1))
    await asyncio.sleep(1)
    harness.send(connection(2), record(2))
    await asyncio.sleep(100)
    assert not harness.work.calls
    assert harness.committed == offset
    return offset


@pytest.mark.accepts("GWY-21")
@virtually
async def test_a_fenced_partition_is_left_alone_until_it_is_ours_again() -> None:
    """Every lane of it, also after sweeps that find its connections authorised."""
    harness = EngineHarness()
    async with running(harness):
        await fenced(harness)
        await harness.engine.revoke(frozenset({0}))
        harness.engine.forget(frozenset({0}))
        await harness.engine.assign(frozenset({0}))
        await harness.settled()
        assert harness.work.writes[record(1)] == harness.work.writes[record(2)] == 1


@virtually
async def test_a_fenced_partition_that_stays_ours_is_claimed_again() -> None:
    """A former owner may take the lease late, after the group had moved the partition on."""
    harness = EngineHarness()
    async with running(harness):
        offset = await fenced(harness)
        assert harness.engine.fenced_for(200) == frozenset()
        assert harness.engine.fenced_for(15) == {0}
        await harness.engine.assign(frozenset({0}))
        assert harness.engine.fenced_for(0) == frozenset()
        await harness.settled()
        assert harness.work.writes[record(1)] == harness.work.writes[record(2)] == 1
        assert (harness.committed or 0) > offset


@virtually
async def test_a_revoked_partition_is_left_when_its_calls_have_ended() -> None:
    harness = EngineHarness()
    async with running(harness):
        await harness.warm(connection(1))
        await asyncio.sleep(2)
        first = harness.offset
        for n in range(30):
            harness.send(connection(1), record(n))
        await asyncio.sleep(0.05)
        await harness.engine.revoke(frozenset({0}))
        made = len(harness.work.calls)
        assert made == 10
        assert harness.committed == first + made
        harness.engine.forget(frozenset({0}))
        await asyncio.sleep(10)
        assert len(harness.work.calls) == made
        assert harness.engine.committable() == {}


@pytest.mark.parametrize("after", [Disposition.PAUSE, Disposition.SUSPEND])
def test_a_long_stop_leaves_what_was_asked_for_again_meanwhile_to_the_table(
    after: Disposition,
) -> None:
    @virtually
    async def test() -> None:
        async with running(EngineHarness()) as harness:
            await harness.warm(connection(1))

            def answer(rec: RecordId) -> TryResult:
                harness.send(connection(1), rec, 2)
                return TryResult(after, pause_s=7200)

            harness.work.answer = answer
            offset = harness.send(connection(1), record(1))
            await asyncio.sleep(1)
            assert harness.committed == offset + 2, "no signal holds offsets for two hours"
            assert harness.engine.resident == 0

    test()
