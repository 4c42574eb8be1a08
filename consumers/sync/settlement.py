"""Store what became of a try: outcome, link, base, result event, and the end of the intent.

Everything of one record is in the caller's transaction. What comes back says what the engine
is to do with the work.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import uuid5

import orjson

from consumers.dependency_cycles import (
    waiting_for,
    waiting_in_a_cycle,
)
from consumers.lanes.ports import Disposition, TryResult
from consumers.metrics import WAITS
from consumers.outcome import (
    AdoptedStale,
    Dead,
    Done,
    Hold,
    Outcome,
    Pause,
    Retry,
    Skipped,
    Superseded,
    Suspend,
    Wait,
)
from consumers.position import Position
from consumers.store.dead_letters import DeadLetter
from consumers.store.dependencies import STOPPED, reason_of_wait
from consumers.store.observed_states import ObservedDocument
from consumers.store.protocols import Transaction
from consumers.sync.agreement import agreed_after
from consumers.sync.loaded_record import LoadedRecord
from consumers.sync.messages import result_message, signal_of, task_of
from consumers.sync.observation import seen_after_write, unread_after_write
from consumers.sync.record import UNKNOWN_VERSION, LedgerState
from providers.base import Written
from providers.http import Realm
from schemas.documents.catalogue import encode
from schemas.documents.document import Document
from schemas.errors import Reason
from schemas.ids import record_id
from schemas.remarks import Remark
from schemas.result import SyncResult, SyncState
from schemas.signal import NO_VERSION
from schemas.topics import dead_topic

FINISHED: Final = TryResult(Disposition.FINISH)
AGAIN: Final = TryResult(Disposition.AGAIN)


@dataclass(frozen=True, slots=True)
class Settlement:
    """Settles the loaded records of one lane.

    Attributes:
        transaction: What all of it is stored in.
        realm: The company whose records are settled.
        now: The time of the settlement, UTC.
    """

    transaction: Transaction
    realm: Realm
    now: datetime

    async def settle(
        self, loaded: LoadedRecord, outcome: Outcome, position: Position
    ) -> TryResult:
        """Store one outcome.

        Args:
            position: Where the newest signal of the record came from.

        Raises:
            LinkTaken: the ledger's record is linked to another document.
        """
        settled = await self._settled(loaded, outcome, position)
        if isinstance(outcome, Pause | Suspend) or settled.woke:
            return settled
        # What contradicts an older version of this record is compared with the newest one,
        # whatever became of that: a draft that is approved, say, or one that is held itself.
        return replace(settled, woke=await self._wake(loaded))

    async def _settled(
        self, loaded: LoadedRecord, outcome: Outcome, position: Position
    ) -> TryResult:
        match outcome:
            case Done() | AdoptedStale():
                return await self._linked(loaded, outcome)
            case Superseded() | Skipped() | Hold():
                return await self._stopped(loaded, outcome)
            case Wait():
                return await self._wait(loaded, outcome)
            case Retry():
                return await self._retry(loaded, outcome)
            case Dead():
                return await self._dead(loaded, outcome, position)
            case Pause():
                return await self._pause(loaded, outcome)
            case Suspend():
                return TryResult(Disposition.SUSPEND)

    async def _linked(self, loaded: LoadedRecord, outcome: Done | AdoptedStale) -> TryResult:
        if isinstance(outcome, AdoptedStale):
            # What the ledger's record holds is not known: with this link it is planned again at
            # once, and then brought up to date.
            return TryResult(Disposition.AGAIN, woke=await self._adopt(loaded, outcome.written))
        # What was only found was not written by us: nothing is known of what it holds.
        written = None if outcome.found else outcome.written
        woke = await self._agree(
            loaded, outcome.written, seen=seen_after_write(loaded, written)
        )
        await self._close_tasks(loaded)
        await self._announce(loaded, SyncState.AGREED, None, outcome.written)
        return TryResult(Disposition.FINISH, woke=woke, wrote=True)

    async def _adopt(
        self, loaded: LoadedRecord, written: Written, seen: LedgerState | None = None
    ) -> bool:
        """Store a link to a record whose contents are not known; return whether that woke."""
        # Of a record that agreed before, the version stays: a lower one would change nothing,
        # and a later document like the old base would be taken for what the ledger holds.
        agreed = loaded.row.base_version
        await self.transaction.records.agree(
            loaded.id,
            revision=None,
            version=UNKNOWN_VERSION if agreed is None else agreed,
            base=None,
            written=written,
            now=self.now,
            observed=_observed(loaded, seen),
        )
        return await self._after_link(loaded)

    async def _agree(
        self, loaded: LoadedRecord, written: Written | None, *, seen: LedgerState | None
    ) -> bool:
        """Store on what both sides agree; return whether that woke records that waited."""
        base = agreed_after(loaded.record, loaded.action, seen or loaded.record.observed)
        await self.transaction.records.agree(
            loaded.id,
            revision=loaded.revision,
            version=base.platform_version if base else None,
            base=_text(loaded, base.document) if base else None,
            written=written,
            now=self.now,
            ledger_version=base.ledger_version if base else UNKNOWN_VERSION,
            observed=_observed(loaded, seen),
        )
        return await self._after_link(loaded)

    async def _after_link(self, loaded: LoadedRecord) -> bool:
        await self.transaction.intents.close([loaded.id])
        # Waiting records are woken in the transaction that links: nothing looks for them later,
        # so a crash between the two would leave them waiting for ever.
        return await self._wake(loaded)

    async def _wake(self, loaded: LoadedRecord) -> bool:
        realm = self.realm.connection_id
        return bool(await self.transaction.dependencies.wake(realm, [loaded.id], now=self.now))

    async def _stopped(
        self, loaded: LoadedRecord, outcome: Superseded | Skipped | Hold
    ) -> TryResult:
        woke = False
        if isinstance(outcome, Hold) and outcome.written is not None:
            # The link is kept, the agreement is not: were the desired version the base, a
            # release would find nothing to do, and call agreed what still differs.
            unread = unread_after_write(loaded, outcome.written)
            woke = await self._adopt(loaded, outcome.written, seen=unread)
        if isinstance(outcome, Superseded):
            await self._agree(loaded, None, seen=None)
            await self._close_tasks(loaded)
            await self._announce(loaded, SyncState.AGREED, None, None)
            return FINISHED
        if (
            isinstance(outcome, Hold)
            and outcome.compared
            and not await self.transaction.dependencies.begin_comparison(
                self.realm.connection_id, loaded.id, dict(outcome.compared)
            )
        ):
            # One of them is newer since they were loaded: the two are compared anew at once.
            return AGAIN
        state = SyncState.HELD if isinstance(outcome, Hold) else SyncState.SKIPPED
        in_doubt = isinstance(outcome, Hold) and outcome.in_doubt
        await self._state(loaded, state, outcome.reason, in_doubt=in_doubt)
        return TryResult(Disposition.FINISH, woke=woke)

    async def _wait(self, loaded: LoadedRecord, outcome: Wait) -> TryResult:
        connection_id = self.realm.connection_id
        awaited = {
            record_id(connection_id, ref.type, ref.id): ref in outcome.agreed
            for ref in outcome.on
        }
        begun = await self.transaction.dependencies.begin_wait(
            connection_id, loaded.id, awaited
        )
        # All of it came true since the record was loaded. No link would wake it any more, so it
        # is planned again at once.
        if not begun:
            return AGAIN
        found = await self.transaction.dependencies.blockers(loaded.id)
        state, reason = SyncState.WAITING, waiting_for(outcome, found.stopped)
        if found.cycle:
            state, reason = SyncState.HELD, waiting_in_a_cycle(found.cycle)
        WAITS.labels(reason.code).inc()
        await self._state(loaded, state, reason, in_doubt=loaded.record.in_doubt)
        return FINISHED

    async def _end_intent(self, loaded: LoadedRecord, *, in_doubt: bool) -> None:
        """End an intent whose write was refused or never sent.

        One of an update or void that was begun by an earlier try stays: what this try found out
        is not what became of that one. A write that succeeds ends it.
        """
        if not (in_doubt or loaded.unfinished):
            await self.transaction.intents.close([loaded.id])

    async def _pause(self, loaded: LoadedRecord, outcome: Pause) -> TryResult:
        await self._end_intent(loaded, in_doubt=outcome.in_doubt or loaded.record.in_doubt)
        return TryResult(Disposition.PAUSE, pause_s=outcome.after.total_seconds())

    async def _retry(self, loaded: LoadedRecord, outcome: Retry) -> TryResult:
        await self._end_intent(loaded, in_doubt=outcome.in_doubt)
        await self.transaction.records.set_state(
            loaded.id,
            SyncState.RETRYING,
            revision=loaded.revision,
            reason=outcome.reason,
            now=self.now,
            failed=True,
            next_attempt_at=outcome.due_at,
        )
        return later(loaded, self.realm, attempt=outcome.attempt + 1, due_at=outcome.due_at)

    async def _dead(self, loaded: LoadedRecord, outcome: Dead, position: Position) -> TryResult:
        signal = signal_of(loaded, self.realm, attempt=outcome.attempt)
        letter = DeadLetter(
            # The same for each repeat of this transaction; another when it is given up again.
            id=uuid5(loaded.id, f"dead/{loaded.version}/{loaded.row.attempts_total}"),
            topic=dead_topic(self.realm.provider),
            tenant_id=self.realm.tenant_id,
            realm_id=self.realm.realm_id,
            provider=self.realm.provider,
            document_type=loaded.row.document_type.value,
            document_id=loaded.row.document_id,
            version=loaded.version,
            attempts=outcome.attempt,
            reason=outcome.reason,
            position=position,
            original_headers=(),
            original_value=signal.to_bytes(),
            died_at=self.now,
            trace_id=outcome.trace_id,
            record_id=loaded.id,
            connection_id=self.realm.connection_id,
            documents=_documents(loaded),
        )
        await self._state(
            loaded, SyncState.DEAD, outcome.reason, failed=True, in_doubt=outcome.in_doubt
        )
        await self.transaction.dead_letters.store([letter])
        return TryResult(Disposition.FINISH, dead_lettered=outcome.reason.code)

    async def _state(
        self,
        loaded: LoadedRecord,
        state: SyncState,
        reason: Reason,
        *,
        failed: bool = False,
        in_doubt: bool = False,
    ) -> None:
        """Store a state in which the record rests, end its intent, and tell the platform."""
        # A hold counts as a failed try: the provider may have refused the write, and may keep
        # that answer under its key, so the next write has to have another key.
        stored = await self.transaction.records.set_state(
            loaded.id,
            state,
            revision=loaded.revision,
            reason=reason,
            now=self.now,
            failed=failed or state is SyncState.HELD,
        )
        # What was overtaken is not stored: the record is planned again, so there is nothing to
        # do for a person, and nothing to say to those that wait for it.
        if stored and state in STOPPED:
            await self._update_waiting_reasons(loaded, state, reason)
        if stored:
            await self._keep_tasks(loaded, state, reason)
        await self._end_intent(loaded, in_doubt=in_doubt)
        await self._announce(loaded, state, reason, None)

    async def _update_waiting_reasons(
        self, loaded: LoadedRecord, state: SyncState, why: Reason
    ) -> None:
        """Store with all that wait for a record that it is stopped, and why."""
        row = loaded.row
        reason = reason_of_wait(row.document_type, row.document_id, state, why)
        updated = await self.transaction.dependencies.update_waiting_reasons(
            loaded.id, reason, now=self.now
        )
        WAITS.labels(reason.code).inc(updated)

    async def _keep_tasks(self, loaded: LoadedRecord, state: SyncState, reason: Reason) -> None:
        """Open a task for what rests until a person acts, and close those of other causes.

        What is skipped or waits has none.
        """
        if state in (SyncState.HELD, SyncState.DEAD):
            await self.transaction.tasks.open(task_of(loaded, self.realm, reason, self.now))
        await self._close_tasks(loaded)

    async def _close_tasks(self, loaded: LoadedRecord) -> None:
        """Close the tasks that are over; a record that never failed has none: no statement."""
        if loaded.row.attempts_total:
            await self.transaction.tasks.close(loaded.id, now=self.now)

    async def _announce(
        self,
        loaded: LoadedRecord,
        state: SyncState,
        reason: Reason | None,
        written: Written | None,
    ) -> None:
        """Put the result event into the outbox, under an id that a repeat gives again."""
        # The platform is told nothing of a record that it does not have.
        if loaded.newest_version == NO_VERSION:
            return
        external = written.external if written else loaded.row.external
        result = SyncResult(
            document_type=loaded.row.document_type.value,
            document_id=loaded.row.document_id,
            version=loaded.newest_version,
            state=state,
            external_id=external.id if external else None,
            reason=reason,
            remarks=_remarks(loaded, state, written),
        )
        await self.transaction.outbox.append(
            result_message(loaded, self.realm, result, self.now)
        )


def _remarks(
    loaded: LoadedRecord, state: SyncState, written: Written | None
) -> tuple[Remark, ...]:
    """Return what is remarked on a record that agrees: now, or when it was last written."""
    if state is not SyncState.AGREED:
        return ()
    return written.remarks if written else loaded.row.remarks


def _observed(loaded: LoadedRecord, seen: LedgerState | None) -> ObservedDocument | None:
    if seen is None:
        return None
    return ObservedDocument(_text(loaded, seen.document), seen.version, seen.presence)


def _text(loaded: LoadedRecord, document: Document | None) -> str | None:
    """Return a document as JSON text; the desired one stays as the platform sent it."""
    if document is None:
        return None
    if document is loaded.desired:
        return loaded.row.desired
    return encode(document).decode()


def later(loaded: LoadedRecord, realm: Realm, *, attempt: int, due_at: datetime) -> TryResult:
    """Send the work through a retry topic."""
    return TryResult(
        Disposition.LATER, signal_of(loaded, realm, attempt=attempt, due_at=due_at)
    )


def _documents(loaded: LoadedRecord) -> Mapping[str, Any]:
    sides = {"desired": loaded.row.desired, "base": loaded.row.base}
    return {name: orjson.loads(text) if text else None for name, text in sides.items()}
