"""A burst of one realm that is far beyond what its lane keeps, and a crash in the middle."""

import asyncio
import contextlib
from collections import defaultdict
from typing import Final

import pytest

from consumers.lanes.engine import LanePolicy
from schemas.ids import RecordId
from schemas.signal import Signal
from tests.unit.consumers.lanes.bench import (
    Bench,
    connection,
    record,
    running,
    signal,
    virtually,
)

SIGNALS: Final = 20_000
RECORDS: Final = 2_000
LIMIT: Final = 100
REALM: Final = connection(1)


class Watched:
    """A bench that notes what is written, and how much it keeps in memory."""

    def __init__(self) -> None:
        self.bench = Bench(policy=LanePolicy(resident_limit=LIMIT))
        self.bench.work.answer = self._note
        self.versions: dict[RecordId, list[int]] = defaultdict(list)
        self.peak = 0

    def _note(self, one: RecordId) -> None:
        self.versions[one].append(self.bench.work.desired[REALM][one])
        self.peak = max(self.peak, self.bench.engine.resident)

    def take(self, *signals: Signal) -> None:
        for one in signals:
            self.bench.signal(one)
            self.peak = max(self.peak, self.bench.engine.resident)

    def survives(self, other: "Watched") -> None:
        """Stand on what another left: the table, the ledger, and the committed offset."""
        self.bench.work.survive(other.bench.work)
        self.bench.offset = other.bench.committed or 0


def burst(watched: Watched) -> list[Signal]:
    """Take the events in, and give a signal for each."""
    work = watched.bench.work
    work.key_of[REALM] = "t:r"
    for n in range(SIGNALS):
        work.announce(REALM, record(n % RECORDS), n)
    return [signal(REALM, record(n % RECORDS), n) for n in range(SIGNALS)]


@pytest.mark.accepts("GWY-13")
@virtually
async def test_20000_signals_stay_within_the_limit_and_a_crash_in_the_middle_loses_none() -> (
    None
):
    before, after = Watched(), Watched()
    signals = burst(before)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(120), running(before.bench):
            before.take(*signals)
            await asyncio.Event().wait()
    written = len(before.versions)
    assert LIMIT < written < RECORDS, "it died in the middle"
    after.survives(before)
    async with running(after.bench):
        after.take(*signals[after.bench.offset :])
        await after.bench.settled()
        assert after.bench.committed in (None, SIGNALS)
    newest = {record(n): SIGNALS - RECORDS + n for n in range(RECORDS)}
    assert after.bench.work.agreed == newest
    assert max(before.peak, after.peak) < 2 * LIMIT, "memory is flat"
    for one in newest:
        versions = before.versions[one] + after.versions[one]
        assert versions == sorted(versions)
