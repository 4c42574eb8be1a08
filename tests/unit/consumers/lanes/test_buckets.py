"""Which allowance a throttle empties, and how processes share the app's, on virtual time."""

import asyncio
from datetime import timedelta

import pytest

from consumers.lanes.partition_ownership import PartitionOwnership
from providers.errors import Bucket, RateLimited
from providers.quotas import Quota
from schemas.ids import ConnectionId, RecordId
from tests.fakes.lane_pace import limiter
from tests.fakes.lane_work import MemoryHistory, PastCall
from tests.unit.consumers.lanes.engine_harness import (
    EngineHarness,
    connection,
    family_of,
    now_s,
    record,
    running,
    virtually,
)

XERO = Quota(per_minute=60, in_flight=5, app_per_minute=1_200)
ALL = frozenset(range(12))


async def throttled(
    harness: EngineHarness, bucket: Bucket, seconds: int
) -> tuple[float, float]:
    """Throttle one call of the first realm; return when either realm went on after."""
    await harness.warm(connection(1), connection(2))
    answers = iter([RateLimited(timedelta(seconds=seconds), bucket)])

    def fault(conn: ConnectionId, _: RecordId) -> RateLimited | None:
        return next(answers, None) if conn == connection(1) else None

    harness.work.fault = fault
    began = now_s()
    harness.send(connection(1), record(1))
    await asyncio.sleep(0.5)
    for n in (1, 2):
        harness.send(connection(n), record(10 + n))
    await harness.settled()
    assert not harness.work.failures, "no attempt is used up"
    return tuple(harness.work.written_at[record(n)] - began for n in (11, 12))  # type: ignore[return-value] # two of them


@pytest.mark.accepts("GWY-15", "ERR-13")
@pytest.mark.parametrize("bucket", [Bucket.MINUTE, Bucket.DAY, Bucket.CONCURRENT])
def test_a_realms_bucket_pauses_its_lane_and_no_other(bucket: Bucket) -> None:
    @virtually
    async def test() -> None:
        async with running(EngineHarness(quota=XERO)) as harness:
            own, other = await throttled(harness, bucket, 600)
            assert own >= 600
            assert other < 1

    test()


@pytest.mark.accepts("GWY-15")
@virtually
async def test_the_apps_bucket_pauses_every_lane() -> None:
    async with running(EngineHarness(quota=XERO)) as harness:
        own, other = await throttled(harness, Bucket.APP_MINUTE, 20)
        assert min(own, other) >= 20
        assert max(own, other) < 22


@virtually
async def test_all_lanes_together_keep_within_the_share_of_the_partitions() -> None:
    """The harness owns one partition of twelve: 100 calls of the app's 1,200 a minute."""
    async with running(EngineHarness(quota=XERO)) as harness:
        for n in range(1_000):
            harness.send(connection(n % 50), record(n))
        await asyncio.sleep(300)
        calls = [at for at, _ in harness.work.calls]
        assert max(sum(s <= at < s + 60 for at in calls) for s in calls) == 100
        assert len(calls) >= 500 * 0.97
        await harness.settled()


def calls_of_others() -> list[PastCall]:
    """Return the whole quota of a minute, called ten seconds ago for all partitions alike."""
    return [PastCall(connection(n), str(n % 12), "qbo", 10.0) for n in range(1_200)]


class Worker:
    """What a process knows of the app's quota. Keys are partition numbers."""

    def __init__(self, history: MemoryHistory | None = None) -> None:
        self.shared = limiter(per_minute=XERO.app_per_minute)
        self.ownership = PartitionOwnership(
            family_of(XERO), self.shared, history or MemoryHistory(), partition_of=int
        )

    def call_while_possible(self) -> int:
        made = 0
        while self.shared.quota_delay_s() == 0:
            self.shared.start(repeat=False)
            self.shared.end()
            made += 1
        return made


@virtually
async def test_a_share_that_grows_brings_no_burst_beyond_the_quota() -> None:
    """Two workers have half each, and one leaves when it has used its own up."""
    history = MemoryHistory()
    first, second = Worker(history), Worker(history)
    half = frozenset(range(6))
    await first.ownership.gain(half)
    await second.ownership.gain(ALL - half)
    assert (first.call_while_possible(), second.call_while_possible()) == (600, 600)
    await asyncio.sleep(10)
    history.calls = calls_of_others()
    first.ownership.lose(half)
    await first.ownership.gain(ALL)
    assert first.call_while_possible() == 0
    await asyncio.sleep(49)
    assert first.call_while_possible() == 0
    await asyncio.sleep(1)
    assert 1_150 <= first.call_while_possible() <= 1_200, "but for a second's worth"


@virtually
async def test_losing_what_was_never_ours_hides_no_call_that_others_made_for_it() -> None:
    history = MemoryHistory()
    worker = Worker(history)
    history.calls = calls_of_others()
    worker.ownership.lose(ALL)
    await worker.ownership.gain(ALL)
    assert worker.call_while_possible() == 0


@virtually
async def test_a_share_that_shrinks_does_so_at_once() -> None:
    worker = Worker()
    await worker.ownership.gain(ALL)
    assert worker.call_while_possible() == 1_200
    await asyncio.sleep(60)
    worker.ownership.lose(frozenset(range(9)))
    assert worker.call_while_possible() == 300


@virtually
async def test_at_the_very_start_the_whole_share_is_there() -> None:
    worker = Worker()
    await worker.ownership.gain(frozenset({0, 1, 2}))
    assert worker.call_while_possible() == 300
