"""Calls that run short are spread out, and documents gather for them; on virtual time."""

import asyncio
from collections.abc import Sequence

import pytest

from consumers.lanes.lane import Lane
from consumers.lanes.ports import Disposition, TryResult
from consumers.lanes.work import Work
from consumers.sync.realm_pace import RealmPace
from providers.errors import Unavailable
from providers.quotas import CallKind, Quota
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, RecordId
from schemas.signal import Priority
from tests.fakes.lane_pace import lane_of
from tests.fakes.lane_work import MemoryLaneWork
from tests.unit.consumers.lanes.engine_harness import (
    AWAY,
    EngineHarness,
    connection,
    now_s,
    record,
    running,
    virtually,
)

BATCH = 50
AT_ONCE = Quota(per_minute=60, in_flight=5)
SPREAD = Quota(per_minute=60, in_flight=5, full_call=BATCH)
REALM = connection(1)
DAY_S = 86_400


class Batches(MemoryLaneWork):
    """A provider that takes many documents in a call."""

    async def handle(self, lane: Lane, works: Sequence[Work]) -> Sequence[TryResult]:
        async with RealmPace(lane.pace).call(CallKind.WRITE):
            self.calls.append((now_s(), ConnectionId(lane.id)))
            await asyncio.sleep(self.latency_s)
        for work in works:
            record = RecordId(work.item_id)
            self._agree(record, self.desired[ConnectionId(lane.id)][record])
        return [TryResult(Disposition.FINISH, wrote=True)] * len(works)


async def trickle(quota: Quota, *, every_s: float, count: int) -> tuple[list[float], int]:
    """Send documents one by one; give how long each waited, and how many calls were made."""
    harness = EngineHarness(quota=quota, work=Batches(), batch=BATCH)
    sent_at = {}
    async with running(harness):
        await harness.warm(REALM)
        for n in range(count):
            sent_at[record(n)] = now_s()
            harness.send(REALM, record(n))
            await asyncio.sleep(every_s)
        await harness.settled()
    waits = [harness.work.written_at[one] - at for one, at in sent_at.items()]
    return waits, len(harness.work.calls)


@virtually
async def test_documents_that_trickle_in_share_calls_and_none_waits_for_the_minute() -> None:
    unspread, _ = await trickle(AT_ONCE, every_s=0.5, count=600)
    waits, calls = await trickle(SPREAD, every_s=0.5, count=600)
    assert max(unspread) > 25, "half a minute without a call"
    assert max(waits) < 4
    assert calls <= 60 * 6


@virtually
async def test_the_calls_of_a_day_last_for_it() -> None:
    """One at a time, 5,000 calls would last for 14 hours, and then none were left for ten."""
    day = Quota(per_minute=60, in_flight=5, per_day=5_000, full_call=BATCH)
    waits, calls = await trickle(day, every_s=10, count=DAY_S // 10)
    assert max(waits) < 31
    assert calls <= 5_000


@virtually
async def test_few_calls_are_made_at_once() -> None:
    waits, calls = await trickle(SPREAD, every_s=5, count=100)
    assert max(waits) < 0.2
    assert calls == 100


@virtually
async def test_full_calls_are_held_back_by_nothing_but_the_quota() -> None:
    took = {}
    for quota in (AT_ONCE, SPREAD):
        harness = EngineHarness(quota=quota, work=Batches(), batch=BATCH)
        async with running(harness):
            await harness.warm(REALM)
            began = now_s()
            for n in range(59 * BATCH):
                harness.send(REALM, record(n))
            await harness.settled()
            took[quota] = now_s() - began
    assert took[SPREAD] == pytest.approx(took[AT_ONCE])
    assert took[SPREAD] < 5


@virtually
async def test_a_probe_waits_for_no_company() -> None:
    """It carries one document whatever gathers, and all others wait for what it finds out."""
    lane = lane_of(REALM, SPREAD)
    pace = RealmPace(lane.pace)
    lane.open()
    lane.take_page([], table_has_more=False)
    lane.admit(Work(record(1), DocumentType.CUSTOMER, Priority.PUSH))
    for _ in range(40):
        async with pace.call(CallKind.WRITE):
            await asyncio.sleep(0.1)
    assert lane.delay_s() == pytest.approx(2.7, abs=0.2)
    for _ in range(5):
        with pytest.raises(Unavailable):
            async with pace.call(CallKind.WRITE):
                raise Unavailable(AWAY)
    await asyncio.sleep(lane.pace.delay_s() or 0)
    assert lane.probing
    assert lane.delay_s() == 0


@virtually
async def test_what_a_person_waits_for_goes_at_once() -> None:
    harness = EngineHarness(quota=SPREAD, work=Batches(), batch=BATCH)
    async with running(harness):
        await harness.warm(REALM)
        for n in range(80):
            harness.send(REALM, record(n))
            await asyncio.sleep(0.5)
        harness.send(REALM, record(100))
        harness.send(REALM, record(101), priority=Priority.PERSON)
        asked_at = now_s()
        await harness.settled()
    assert harness.work.written_at[record(101)] - asked_at < 0.5
