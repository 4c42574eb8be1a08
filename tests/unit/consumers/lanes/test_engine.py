"""The engine on virtual time: fairness, spill and drain, offsets, trouble."""

import asyncio
from datetime import timedelta

import pytest

from consumers.lanes.engine import LanePolicy
from consumers.lanes.ports import Disposition, TryResult
from consumers.store.leases import Fenced
from tests.unit.consumers.lanes.bench import (
    Bench,
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
    async with running(Bench()) as bench:
        await bench.warm(connection(1))
        offset = bench.send(connection(1), record(1))
        assert bench.committed == offset
        await bench.settled()
        assert bench.work.writes[record(1)] == 1
        assert bench.committed == offset + 1


@virtually
async def test_the_first_signal_of_a_lane_is_found_in_the_table() -> None:
    """Nothing may overtake what the table holds, and at first that is not known."""
    async with running(Bench()) as bench:
        bench.send(connection(1), record(1))
        assert bench.committed == 1
        await bench.settled()
        assert bench.work.writes[record(1)] == 1


@virtually
async def test_signals_of_one_record_while_it_is_written_lead_to_one_more_try() -> None:
    async with running(Bench()) as bench:
        bench.send(connection(1), record(1))
        await asyncio.sleep(0.1)
        for version in range(2, 20):
            bench.send(connection(1), record(1), version)
        await bench.settled()
        assert bench.work.agreed[record(1)] == 19
        assert bench.work.writes[record(1)] == 2


@pytest.mark.accepts("GWY-13", "ERR-12")
@virtually
async def test_a_burst_spills_drains_and_stays_within_the_resident_limit() -> None:
    bench = Bench(policy=LanePolicy(resident_limit=100))
    async with running(bench):
        for n in range(5_000):
            bench.send(connection(1), record(n % 2_000), n)
        assert bench.engine.resident <= 100
        assert bench.committed is not None
        await asyncio.sleep(30)
        assert bench.engine.resident <= 100
        await bench.settled()
        assert sum(bench.work.writes.values()) <= 2_100
        assert bench.committed == 5_000


@virtually
async def test_how_many_records_are_in_memory_is_known_without_counting_them() -> None:
    """Also when a lane is left while calls of it run, and when these end."""
    bench = Bench(policy=LanePolicy(max_tasks=8))
    lanes = [connection(n) for n in range(5)]

    def counted() -> int:
        found = [bench.engine.lane(one) for one in lanes]
        return sum(lane.resident_count for lane in found if lane is not None)

    async with running(bench):
        for n in range(2_000):
            bench.send(lanes[n % 5], record(n))
        for _ in range(100):
            await asyncio.sleep(0.07)
            assert bench.engine.resident == counted() > 0
        bench.work.latency_s = 60.0
        await asyncio.sleep(1)
        await bench.engine.revoke(frozenset({0}), within_s=1)
        assert bench.engine.resident == counted() == 0
        bench.engine.forget(frozenset({0}))
        await asyncio.sleep(120)
        assert bench.engine.resident == 0
        bench.work.latency_s = 0.15
        await bench.engine.assign(frozenset({0}))
        await bench.settled()


@virtually
async def test_a_burst_of_one_realm_does_not_slow_the_others() -> None:
    bench = Bench(policy=LanePolicy(max_tasks=64))
    async with running(bench):
        for n in range(20_000):
            bench.send(connection(0), record(n % 2_000), n)
        started = asyncio.get_running_loop().time()
        for n in range(1, 200):
            bench.send(connection(n), record(10_000 + n))
        await asyncio.sleep(5)
        waited = {c: at - started for at, c in bench.work.calls if c != connection(0)}
        assert len(waited) == 199
        assert max(waited.values()) < 1.0


@pytest.mark.accepts("SEC-08", "SEC-09")
@virtually
async def test_a_realm_uses_its_quota_and_never_more() -> None:
    bench = Bench()
    async with running(bench):
        for n in range(2_500):
            bench.send(connection(1), record(n))
        await asyncio.sleep(240)
    calls = [at for at, _ in bench.work.calls]
    assert max(sum(s <= at < s + 60 for at in calls) for s in calls[::25]) <= 500
    assert sum(at < 240 for at in calls) >= 500 * 4 * 0.95


@pytest.mark.accepts("SEC-08")
@virtually
async def test_a_new_owner_counts_the_calls_of_the_one_before() -> None:
    """A worker that was killed had used up the minute; its successor waits for what is left."""
    bench = Bench()
    bench.history.ages = [30.0 - n * 0.05 for n in range(480)]
    async with running(bench):
        for n in range(100):
            bench.send(connection(1), record(n))
        await asyncio.sleep(20)
        assert len(bench.work.calls) == 500 - 480 - 10
        await bench.settled()
    assert len(bench.work.writes) == 100


@virtually
async def test_a_thousand_realms_at_once_do_not_storm_the_database() -> None:
    """With 10,000 of them every page was read at once, and the pool ran dry."""
    bench = Bench(policy=LanePolicy(max_drains=8))
    async with running(bench):
        for n in range(1_000):
            bench.send(connection(n), record(n))
        await bench.settled()
    assert len(bench.work.writes) == 1_000
    assert bench.work.most_reads == 8


@virtually
async def test_what_the_table_holds_is_worked_off_without_any_signal() -> None:
    bench = Bench()
    bench.work.key_of[connection(1)] = "k"
    for n in range(250):
        bench.work.announce(connection(1), record(n), 1)
    async with running(bench):
        await bench.settled()
    assert len(bench.work.writes) == 250


@virtually
async def test_a_retry_is_not_taken_up_before_it_is_due_and_then_at_once() -> None:
    async with running(Bench()) as bench:
        bench.work.key_of[connection(1)] = "k"
        bench.signal(signal(connection(1), record(1), due_at=now() + timedelta(seconds=30)))
        await asyncio.sleep(29.9)
        bench.work.announce(connection(1), record(1), 1)
        assert not bench.work.calls
        assert bench.committed == 0
        await bench.settled()
        assert 30.0 <= bench.work.calls[0][0] < 30.1


@virtually
async def test_a_retry_leaves_for_its_topic_before_its_offset_is_finished() -> None:
    bench = Bench()
    again = signal(connection(1), record(1), attempt=2, due_at=now() + timedelta(seconds=30))
    async with running(bench):
        await bench.warm(connection(1))
        bench.work.answer = lambda _: TryResult(Disposition.LATER, again)
        bench.retries.failures = 2
        offset = bench.send(connection(1), record(1))
        await asyncio.sleep(0.5)
        assert (bench.retries.published, bench.committed) == ([], offset)
        await asyncio.sleep(3)
        assert set(bench.retries.published) == {again}
        assert bench.committed == offset + 1
        bench.work.answer = lambda _: None


@pytest.mark.accepts("ERR-13")
@virtually
async def test_a_pause_stops_one_lane_and_no_other() -> None:
    bench = Bench()
    pauses = iter([TryResult(Disposition.PAUSE, pause_s=60)])
    async with running(bench):
        await bench.warm(connection(1), connection(2))
        bench.work.answer = lambda r: next(pauses, None) if r == record(1) else None
        started = asyncio.get_running_loop().time()
        bench.send(connection(1), record(1))
        await asyncio.sleep(1)
        bench.send(connection(1), record(3))
        offset = bench.send(connection(2), record(2))
        await asyncio.sleep(1)
        assert bench.work.writes[record(2)] == 1
        assert bench.committed == offset + 1, "nothing waits in memory for a long pause"
        await bench.settled()
        assert 60 <= bench.work.calls[-1][0] - started < 62


@virtually
async def test_a_lane_without_consent_rests_until_it_is_authorised_again() -> None:
    bench = Bench()
    bench.work.unauthorised = {connection(1)}
    async with running(bench):
        for n in range(150):
            bench.send(connection(1), record(n))
        await asyncio.sleep(100)
        assert not bench.work.calls
        assert bench.committed == 150
        bench.work.unauthorised = set()
        await bench.settled()
        assert len(bench.work.writes) == 150


@virtually
async def test_trouble_on_our_own_side_loses_nothing() -> None:
    bench = Bench()
    troubles = iter([OSError("the database is away")] * 3)
    async with running(bench):
        await bench.warm(connection(1))
        bench.work.answer = lambda _: next(troubles, None)
        offset = bench.send(connection(1), record(1))
        await asyncio.sleep(0.5)
        assert bench.committed == offset
        await bench.settled()
        assert bench.work.writes[record(1)] == 1


async def fenced(bench: Bench) -> int:
    """Let somebody else have taken the lease: nothing is called any more."""
    await bench.warm(connection(1), connection(2))
    fences = iter([Fenced("epoch 2")])
    bench.work.answer = lambda _: next(fences, None)
    offset = bench.send(connection(1), record(1))
    await asyncio.sleep(1)
    bench.send(connection(2), record(2))
    await asyncio.sleep(100)
    assert not bench.work.calls
    assert bench.committed == offset
    return offset


@pytest.mark.accepts("GWY-21")
@virtually
async def test_a_fenced_partition_is_left_alone_until_it_is_ours_again() -> None:
    """Every lane of it, also after sweeps that find its connections authorised."""
    bench = Bench()
    async with running(bench):
        await fenced(bench)
        await bench.engine.revoke(frozenset({0}))
        bench.engine.forget(frozenset({0}))
        await bench.engine.assign(frozenset({0}))
        await bench.settled()
        assert bench.work.writes[record(1)] == bench.work.writes[record(2)] == 1


@virtually
async def test_a_fenced_partition_that_stays_ours_is_claimed_again() -> None:
    """A former owner may take the lease late, after the group had moved the partition on."""
    bench = Bench()
    async with running(bench):
        offset = await fenced(bench)
        assert bench.engine.fenced_for(200) == frozenset()
        assert bench.engine.fenced_for(15) == {0}
        await bench.engine.assign(frozenset({0}))
        assert bench.engine.fenced_for(0) == frozenset()
        await bench.settled()
        assert bench.work.writes[record(1)] == bench.work.writes[record(2)] == 1
        assert (bench.committed or 0) > offset


@virtually
async def test_a_revoked_partition_is_left_when_its_calls_have_ended() -> None:
    bench = Bench()
    async with running(bench):
        await bench.warm(connection(1))
        await asyncio.sleep(2)
        first = bench.offset
        for n in range(30):
            bench.send(connection(1), record(n))
        await asyncio.sleep(0.05)
        await bench.engine.revoke(frozenset({0}))
        made = len(bench.work.calls)
        assert made == 10
        assert bench.committed == first + made
        bench.engine.forget(frozenset({0}))
        await asyncio.sleep(10)
        assert len(bench.work.calls) == made
        assert bench.engine.committable() == {}
