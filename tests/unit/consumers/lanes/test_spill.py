"""A burst of one realm that is far beyond what its lane keeps, and a crash in the middle."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from consumers.lanes.policy import LanePolicy
from consumers.lanes.work import ItemId, LaneId, Work
from schemas.ids import RecordId
from schemas.signal import Priority, Signal
from tests.fakes.lane_work import MemoryLaneWork
from tests.unit.consumers.lanes.engine_harness import (
    EngineHarness,
    connection,
    now_s,
    record,
    running,
    signal,
    virtually,
)

SIGNALS: Final = 20_000
RECORDS: Final = 2_000
LIMIT: Final = 100
REALM: Final = connection(1)


@dataclass
class WatchedWork(MemoryLaneWork):
    """Notes how large the pages are."""

    page: Callable[[int], None] = lambda _: None

    async def load_page(
        self, lane: LaneId, *, without: Sequence[ItemId], limit: int
    ) -> Sequence[Work]:
        found = await super().load_page(lane, without=without, limit=limit)
        self.page(len(found))
        return found


class Watched:
    """A harness that notes what is written, and how much it keeps in memory.

    What a page brings counts from when it was read, so that peak is exact.
    """

    def __init__(self) -> None:
        work = WatchedWork(page=self._count)
        self.harness = EngineHarness(policy=LanePolicy(resident_limit=LIMIT), work=work)
        self.harness.work.answer = self._note
        self.versions: dict[RecordId, list[int]] = defaultdict(list)
        self.peak = 0

    def _note(self, one: RecordId) -> None:
        self.versions[one].append(self.harness.work.desired[REALM][one])
        self._count()

    def _count(self, read: int = 0) -> None:
        self.peak = max(self.peak, self.harness.engine.resident + read)

    def take(self, *signals: Signal) -> None:
        for one in signals:
            self.harness.signal(one)
            self._count()

    def survives(self, other: "Watched") -> None:
        """Stand on what another left: the table, the ledger, and the committed offset."""
        self.harness.work.survive(other.harness.work)
        self.harness.offset = other.harness.committed or 0


def burst(watched: Watched) -> list[Signal]:
    """Take the events in, and give a signal for each."""
    work = watched.harness.work
    work.key_of[REALM] = "t:r"
    for n in range(SIGNALS):
        work.announce(REALM, record(n % RECORDS), n)
    return [signal(REALM, record(n % RECORDS), n) for n in range(SIGNALS)]


@virtually
async def test_20000_signals_stay_within_the_limit_and_a_crash_in_the_middle_loses_none() -> (
    None
):
    before, after = Watched(), Watched()
    signals = burst(before)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(120), running(before.harness):
            before.take(*signals)
            await asyncio.Event().wait()
    written = len(before.versions)
    assert LIMIT < written < RECORDS, "it died in the middle"
    after.survives(before)
    async with running(after.harness):
        after.take(*signals[after.harness.offset :])
        await after.harness.settled()
        assert after.harness.committed in (None, SIGNALS)
    newest = {record(n): SIGNALS - RECORDS + n for n in range(RECORDS)}
    assert after.harness.work.agreed == newest
    assert max(before.peak, after.peak) <= LIMIT, "memory is flat"
    for one in newest:
        versions = before.versions[one] + after.versions[one]
        assert versions == sorted(versions)


@virtually
async def test_a_lane_that_had_nothing_in_the_table_keeps_to_the_limit_in_a_burst() -> None:
    """Its signals are admitted until there is no room, and only then spill."""
    watched = Watched()
    harness = watched.harness
    async with running(harness):
        await harness.warm(REALM)
        for n in range(10 * LIMIT):
            harness.send(REALM, record(n))
            assert harness.engine.resident <= LIMIT
        await harness.settled()
    assert watched.peak == LIMIT


@virtually
async def test_what_comes_later_does_not_overtake_what_spilled() -> None:
    harness = EngineHarness(policy=LanePolicy(resident_limit=10, low_water=2))
    async with running(harness):
        await harness.warm(REALM)
        for n in range(200):
            harness.send(REALM, record(n))
        while not (lane := harness.engine.lane(REALM)) or not 0 < len(lane.resident_ids) < 10:
            await asyncio.sleep(0.01)
        assert lane.table_has_work
        harness.send(REALM, record(500))
        await harness.settled()
    written_at = harness.work.written_at
    assert written_at[record(500)] >= max(written_at[record(n)] for n in range(200))


@virtually
async def test_what_is_urgent_in_the_table_finds_room_in_a_full_lane() -> None:
    """Its page is read into room that the least urgent made, and the limit is kept."""
    watched = Watched()
    harness = watched.harness
    async with running(harness):
        for n in range(500):
            harness.send(REALM, record(n), priority=Priority.IMPORT)
        await asyncio.sleep(3)
        lane = harness.engine.lane(REALM)
        assert lane is not None
        for n in range(500, 510):
            harness.work.announce(REALM, record(n), 1)
            harness.work.priority_of[record(n)] = Priority.PERSON
        lane.note_table_work(Priority.PERSON)
        began = now_s()
        await asyncio.sleep(5)
        assert all(harness.work.written_at[record(n)] - began < 4 for n in range(500, 510))
        await harness.settled()
    assert watched.peak == LIMIT
