"""Workers without one of their guards each, to see that the simulation would notice.

A guard of the engine, of push or of reconcile is left out in a subclass. One that is in an SQL
statement is left out in the store in memory; that the statement has it, is in the contract that
both stores pass.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from aiokafka import AIOKafkaConsumer

from consumers.kafka.intake_consumer import Batch, IntakeConsumer
from consumers.lanes.engine import Engine
from consumers.lanes.lane import Lane
from consumers.lanes.pacing.sliding_window import SlidingWindow
from consumers.lanes.work import LaneId, LaneSignal, Work
from consumers.outcome import Dead, Outcome, Retry
from consumers.position import Position
from consumers.store.desired_states import DesiredState
from consumers.store.intents import IntendedWrite
from consumers.store.leases import Fence
from consumers.store.observed_states import ObservedDocument, ObservedState
from consumers.store.record_rows import SyncRecordRow
from consumers.store.refused_versions import RefusedVersion
from consumers.store.related_records import RelatedRecord
from consumers.sync.actions import Create, FindOrCreate
from consumers.sync.loaded_record import LoadedRecord
from consumers.sync.push import Failed, Outcomes, Push
from consumers.sync.reconciler import Reconciler
from providers.base import Ledger, Operation, Result
from providers.errors import ProviderError
from schemas.ids import ConnectionId, RecordId
from schemas.result import SyncState
from schemas.signal import Priority
from tests.fakes.database import Record
from tests.fakes.dependencies import MemoryDependencies
from tests.fakes.intents import MemoryIntents, MemoryLeases
from tests.fakes.record_store import MemoryTables
from tests.fakes.related_records import MemoryRelatedRecords
from tests.fakes.statements import FencedStatements
from tests.fakes.sync_records import MemorySyncRecords
from tests.simulation.parts import Parts
from tests.simulation.world import Report, simulate


class NotesNoIntent(MemoryIntents):
    async def open(
        self, fence: Fence, writes: Sequence[IntendedWrite], *, now: datetime
    ) -> dict[RecordId, UUID]:
        return {one.record_id: one.idempotency_key for one in writes}


class LetsAnyEpochWrite(FencedStatements):
    def may_write(self, fence: Fence, epoch: int | None) -> bool:
        return True


class OpensIntentsOfAnyEpoch(LetsAnyEpochWrite, MemoryIntents):
    """For both, as an owner of the past that may open intents must also be let settle."""


class HoldsForAnyEpoch(LetsAnyEpochWrite, MemoryLeases):
    """Lets an owner of the past settle, which hides that it opens intents where it may not."""


class SettlesAnyRevision(MemorySyncRecords):
    def may_settle(self, known: Record, revision: int) -> bool:
        return True


class AgreesAtAnyRevision(MemorySyncRecords):
    def is_settled(self, known: Record, revision: int) -> bool:
        return True


class RaisesNoRevision(MemorySyncRecords):
    def noticed(self, one: ObservedState, known: Record) -> Record:
        return replace(super().noticed(one, known), revision=known.revision)


class TakesOlderLooks(MemorySyncRecords):
    def is_news(self, one: ObservedState, known: Record) -> bool:
        return True


class SeesOnlyItsOwnWrites(MemorySyncRecords):
    def may_see(self, known: Record, observed: ObservedDocument) -> bool:
        return True


class ForgetsUpdatesInDoubt(MemorySyncRecords):
    def _row(self, record: Record) -> SyncRecordRow:
        row = super()._row(record)
        created = row.intent is not None and row.intent.operation == Operation.CREATE
        return row if created else replace(row, intent=None)


class KnowsNoLinks(MemorySyncRecords):
    async def linked_elsewhere(self, externals: Mapping[RecordId, str]) -> set[RecordId]:
        return set()


class LetsAnyEpochSettle(MemoryLeases):
    async def hold(self, fence: Fence) -> None:
        return


class AgreesOnOlderVersions(MemorySyncRecords):
    """Only an owner of the past could know of an older version later, so it is let in."""

    def may_agree(self, known: Record, version: int | None) -> bool:
        return True


class TakesOlderAnnouncements(MemorySyncRecords):
    def supersedes(self, one: DesiredState, known: Record) -> bool:
        return True


class HoldsNothingRefused(MemorySyncRecords):
    def is_refused_anew(self, one: RefusedVersion, known: Record) -> bool:
        return False


class RefusesKnownVersionsAnew(MemorySyncRecords):
    def is_refused_anew(self, one: RefusedVersion, known: Record) -> bool:
        return True


class KeepsEveryRefusal(MemorySyncRecords):
    def with_refusal(self, known: Record, one: DesiredState) -> Record:
        if known.refused is None:
            return known
        return replace(known, state=SyncState.HELD, reason=known.refused.reason)


class ClearsEveryRefusal(MemorySyncRecords):
    def with_refusal(self, known: Record, one: DesiredState) -> Record:
        return replace(known, refused=None)


class LoadsNoRefusal(MemorySyncRecords):
    def _row(self, record: Record) -> SyncRecordRow:
        return replace(super()._row(record), refused=None)


class ComparesNothing(MemoryRelatedRecords):
    async def named(self, record_ids: Sequence[RecordId]) -> list[RelatedRecord]:
        return []


class WakesNoContradiction(MemoryDependencies):
    async def _woken(self, record_id: RecordId) -> bool:
        record = self._record(record_id)
        return not (record and record.contradicts) and await super()._woken(record_id)


class WakesNobody(MemoryDependencies):
    async def wake(
        self, connection_id: ConnectionId, changed: Sequence[RecordId], *, now: datetime
    ) -> int:
        return 0


class ExcludesNobody(MemoryDependencies):
    async def lock(self, connection_id: ConnectionId, record_ids: Sequence[RecordId]) -> None:
        return

    async def _exclude(self, connection_id: ConnectionId) -> None:
        return


class CreatesBlindly(Push):
    async def carry_out(
        self, ledger: Ledger, fence: Fence, planned: Sequence[LoadedRecord]
    ) -> Outcomes:
        blind = [
            replace(case, action=Create()) if isinstance(case.action, FindOrCreate) else case
            for case in planned
        ]
        return await super().carry_out(ledger, fence, blind)


class ForgetsDoubt(Push):
    def _adopted(
        self, loaded: LoadedRecord, found: Result, *, just_sent: ProviderError | None = None
    ) -> Outcome:
        outcome = super()._adopted(loaded, found, just_sent=just_sent)
        if isinstance(outcome, (Retry, Dead)):
            return replace(outcome, in_doubt=False)
        return outcome


class RepeatsForAnyEpoch(Push):
    async def _repeat_all(
        self,
        ledger: Ledger,
        fence: Fence,
        operation: Operation,
        again: Sequence[Failed],
    ) -> Outcomes:
        if not again:
            return {}
        results = await ledger.write(operation, [write for _, write, _ in again])
        return {
            loaded.id: self._outcome(loaded, operation, result)
            for (loaded, _, _), result in zip(again, results, strict=True)
        }


class CommitsBeforeItHandles(IntakeConsumer):
    async def _take_batch(
        self, consumer: AIOKafkaConsumer, batch: Batch, stop: asyncio.Event
    ) -> None:
        if batch.readings:
            await self._commit(consumer, batch)
            await self._handled(batch.readings, stop)


class WritesWhatRests(Reconciler):
    def _at_rest(self, loaded: LoadedRecord) -> bool:
        return False


class WritesBeforeItIsDue(Reconciler):
    def _not_due(self, loaded: LoadedRecord) -> bool:
        return False


class WaitsForNoRetry(Engine):
    def take(self, position: Position, signal: LaneSignal) -> None:
        self._offsets.take(position)
        self._admit(signal, position)


class FinishesTooEarly(Engine):
    async def _try(self, lane: Lane, works: Sequence[Work]) -> None:
        for work in works:
            self._offsets.finish(work.positions)
            work.positions = []
        await super()._try(lane, works)


class CountsCallsFromTheirStart(Engine):
    def _make_lane(self, lane_id: LaneId, partition: int) -> Lane:
        lane = super()._make_lane(lane_id, partition)
        pace = lane.pace
        pace._windows = [FromTheStart(w.limit, w.length_s) for w in pace._windows]
        return lane


class FromTheStart(SlidingWindow):
    __slots__ = ()

    def start(self) -> None:
        self._counts_until.append(asyncio.get_running_loop().time() + self.length_s)

    def cancel(self) -> None:
        if self._counts_until:
            self._counts_until.pop()

    def end(self, now: float) -> None:
        return


class ForgetsWhatItSpilled(Engine):
    def _make_lane(self, lane_id: LaneId, partition: int) -> Lane:
        pace = super()._make_lane(lane_id, partition).pace
        limit = self._policy.resident_limit
        return ForgetfulLane(lane_id, partition, pace, resident_limit=limit)


class ForgetfulLane(Lane):
    def note_table_work(self, priority: Priority = Priority.IMPORT) -> None:
        return


@dataclass(frozen=True, slots=True)
class Guard:
    """One guard.

    Attributes:
        without: Workers that do not have it.
        seed: A world in which that was noticed when this was written. A change of the workers'
            timing may make it another one; the search then takes longer, no more.
        beside: Workers without the guards that would hide its absence, but with the guard
            itself, where ``without`` lacks such guards too; ``None`` where it lacks no other.
            A world that they fail in as well shows nothing of this guard.
    """

    without: Parts
    seed: int
    beside: Parts | None = None

    def noticed(self, seeds: int) -> Report | None:
        """Return a world in which its absence is noticed, of so many; ``None`` if none is."""
        for seed in (self.seed, *range(seeds)):
            report = simulate(seed, self.without)
            if report.violation and not self._fails_beside(seed):
                return report
        return None

    def _fails_beside(self, seed: int) -> bool:
        return self.beside is not None and bool(simulate(seed, self.beside).violation)


GUARDS: Final[Mapping[str, Guard]] = {
    "an intent before every call": Guard(Parts(tables=MemoryTables(intents=NotesNoIntent)), 0),
    "a look-up first while in doubt": Guard(Parts(push=CreatesBlindly), 18),
    "a look-up that failed leaves the doubt": Guard(Parts(push=ForgetsDoubt), 45),
    "an update in doubt is written over": Guard(
        Parts(tables=MemoryTables(records=ForgetsUpdatesInDoubt)), 74
    ),
    "the newest epoch only repeats a write": Guard(Parts(push=RepeatsForAnyEpoch), 153),
    "the newest epoch only opens intents": Guard(
        Parts(tables=MemoryTables(intents=OpensIntentsOfAnyEpoch, leases=HoldsForAnyEpoch)),
        38,
        beside=Parts(tables=MemoryTables(leases=HoldsForAnyEpoch)),
    ),
    "the newest epoch only settles": Guard(
        Parts(tables=MemoryTables(leases=LetsAnyEpochSettle)), 193
    ),
    "an outcome is fenced by the revision": Guard(
        Parts(tables=MemoryTables(records=SettlesAnyRevision)), 5
    ),
    "an agreement is fenced by the revision": Guard(
        Parts(tables=MemoryTables(records=AgreesAtAnyRevision)), 5
    ),
    "what is seen raises the revision": Guard(
        Parts(tables=MemoryTables(records=RaisesNoRevision)), 6
    ),
    "an older look replaces no newer one": Guard(
        Parts(tables=MemoryTables(records=TakesOlderLooks)), 7
    ),
    "what a write led to replaces nothing newer that was seen": Guard(
        Parts(tables=MemoryTables(records=SeesOnlyItsOwnWrites)), 62
    ),
    "what another document is linked to is not taken for its own": Guard(
        Parts(tables=MemoryTables(records=KnowsNoLinks)), 11
    ),
    "an older agreement replaces no newer one": Guard(
        Parts(tables=MemoryTables(records=AgreesOnOlderVersions, leases=LetsAnyEpochSettle)),
        16,
        beside=Parts(tables=MemoryTables(leases=LetsAnyEpochSettle)),
    ),
    "an older announcement replaces no newer one": Guard(
        Parts(tables=MemoryTables(records=TakesOlderAnnouncements)), 0
    ),
    "a refused version holds its record": Guard(
        Parts(tables=MemoryTables(records=HoldsNothingRefused)), 3
    ),
    "a refused version holds no newer one": Guard(
        Parts(tables=MemoryTables(records=RefusesKnownVersionsAnew)), 14
    ),
    "a newer version clears a refused one": Guard(
        Parts(tables=MemoryTables(records=KeepsEveryRefusal)), 0
    ),
    "an older version clears no refused one": Guard(
        Parts(tables=MemoryTables(records=ClearsEveryRefusal)), 56
    ),
    "what a refused version holds is not written": Guard(
        Parts(tables=MemoryTables(records=LoadsNoRefusal)), 7
    ),
    "a document is compared with what it names": Guard(
        Parts(tables=MemoryTables(related=ComparesNothing)), 0
    ),
    "a newer version wakes what contradicted the older": Guard(
        Parts(tables=MemoryTables(dependencies=WakesNoContradiction)), 53
    ),
    "events are taken in before they are committed": Guard(
        Parts(intake_consumer=CommitsBeforeItHandles), 43
    ),
    "what rests is left alone": Guard(Parts(reconciler=WritesWhatRests), 35),
    "a retry is not made before it is due": Guard(Parts(reconciler=WritesBeforeItIsDue), 8),
    "a retry is waited for": Guard(Parts(engine=WaitsForNoRetry), 14),
    "what is spilled is looked for in the table": Guard(Parts(engine=ForgetsWhatItSpilled), 0),
    "an offset is finished after its record is settled": Guard(
        Parts(engine=FinishesTooEarly), 1
    ),
    "a link wakes those that wait for it": Guard(
        Parts(tables=MemoryTables(dependencies=WakesNobody)), 2
    ),
    "linking and beginning to wait exclude each other": Guard(
        Parts(tables=MemoryTables(dependencies=ExcludesNobody)), 110
    ),
    "a call counts until its window after its end": Guard(
        Parts(engine=CountsCallsFromTheirStart), 28
    ),
}
