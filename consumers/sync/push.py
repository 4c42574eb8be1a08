"""Carry out what the plan says at a provider, safely: intent, call, outcome.

A crash between any two lines loses nothing and writes nothing twice: before a write there is
an intent with its idempotency key; while an intent of a create is open, the document is
looked up in the ledger before anything is created.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from consumers.outcome import (
    AdoptedStale,
    Dead,
    Done,
    Hold,
    Outcome,
    Pause,
    Retry,
)
from consumers.store.intents import IntendedWrite
from consumers.store.leases import Fence
from consumers.store.protocols import RecordStore
from consumers.sync.actions import (
    Create,
    FindOrCreate,
    Update,
    Void,
)
from consumers.sync.clashes import (
    goes_under_own_name,
    is_foreign,
    taken_by_change,
    without_linked,
)
from consumers.sync.doubt import find, found_as_sent
from consumers.sync.immediate import at_once
from consumers.sync.loaded_record import LoadedRecord, total_mismatch, under_own_name
from consumers.sync.plan import plan
from consumers.sync.policy import DEFAULT_POLICY, FACTS
from consumers.sync.record import is_withdrawn
from consumers.sync.retry_policy import RetryPolicy
from consumers.sync.sent_as import sent_as
from providers.base import Ledger, Operation, Result, Write, Written
from providers.errors import (
    Blocked,
    Duplicate,
    Gone,
    ProviderError,
    RateLimited,
    Retryable,
    Stale,
    Uncertain,
)
from schemas.documents.document import DocumentType
from schemas.ids import RecordId

CrashPoint = Callable[[str], None]
Failed = tuple[LoadedRecord, Write, ProviderError]
"""A write and what it ended in, or the write to make now and what the one before ended in."""
Outcomes = dict[RecordId, Outcome]


class Push:
    """Writes at one provider. Holds no state of its own.

    Args:
        batch_limit: How many documents of a type one call may carry, by operation.
        chance: Gives a number from 0 to below 1, for the spread of retries.
        crash_point: Called with the name of each point between two steps.
    """

    def __init__(
        self,
        store: RecordStore,
        policy: RetryPolicy,
        *,
        batch_limit: Callable[[DocumentType, Operation], int],
        now: Callable[[], datetime],
        chance: Callable[[], float],
        crash_point: CrashPoint,
    ) -> None:
        self._store = store
        self._policy = policy
        self._batch_limit = batch_limit
        self._now = now
        self._chance = chance
        self._crash_point = crash_point

    async def carry_out(
        self, ledger: Ledger, fence: Fence, planned: Sequence[LoadedRecord]
    ) -> Outcomes:
        """Carry out what is planned for these records, and return an outcome for each of them.

        Raises:
            Fenced: the partition has another owner by now.
        """
        outcomes: Outcomes = {}
        linked: set[str] = set()
        # Look-ups come first: what a doubtful create turns out not to have made is created with
        # the others, in the same calls.
        to_create = [loaded for loaded in planned if isinstance(loaded.action, Create)]
        to_link = [loaded for loaded in planned if isinstance(loaded.action, FindOrCreate)]
        if to_link:
            outcomes, absent = await self._link(ledger, to_link, linked)
            to_create += absent
        to_update = [loaded for loaded in planned if isinstance(loaded.action, Update)]
        to_void = [loaded for loaded in planned if isinstance(loaded.action, Void)]
        # What makes room first: for a payment of what another one settled, for a name.
        for operation, records in (
            (Operation.VOID, to_void),
            (Operation.UPDATE, to_update),
            (Operation.CREATE, to_create),
        ):
            for call in self._calls(operation, records):
                outcomes |= await self._write(ledger, fence, operation, call, linked)
        return outcomes

    def _calls(
        self, operation: Operation, records: Sequence[LoadedRecord]
    ) -> Iterator[Sequence[LoadedRecord]]:
        """Yield the records of each call, no more than the provider's limit in one."""
        if records:
            limit = self._batch_limit(records[0].row.document_type, operation)
            for first in range(0, len(records), limit):
                yield records[first : first + limit]

    async def _link(
        self, ledger: Ledger, records: Sequence[LoadedRecord], linked: set[str]
    ) -> tuple[Outcomes, list[LoadedRecord]]:
        """Look records up; return outcomes of those found, and those that are to be created.

        What is not there is no longer in doubt, and may have become something not to create.

        Args:
            linked: The ledger's records that others of the same try are to be linked to.
        """
        writes = [loaded.write(loaded.key(Operation.CREATE)) for loaded in records]
        outcomes: Outcomes = {}
        absent: list[LoadedRecord] = []
        seen = await find(ledger, writes)
        looked = list(zip(records, seen, strict=True))
        seen = await without_linked(self._store, ledger, looked, linked)
        for i, record in enumerate(records):
            # What it was sent as comes first: what is found under a newer name may be another.
            seen[i] = await found_as_sent(self._store, ledger, record, linked) or seen[i]
        for record, found in zip(records, seen, strict=True):
            renamed = is_foreign(ledger, record, found)
            loaded = replace(record, renamed=renamed)
            if found is not None and not renamed:
                outcomes[loaded.id] = self._adopted(loaded, found)
            # Planned anew without the doubt: a document that was voided meanwhile is skipped.
            elif outcome := at_once(
                plan(replace(loaded.record, in_doubt=False), DEFAULT_POLICY)
            ):
                outcomes[loaded.id] = outcome
            else:
                absent.append(loaded)
        return outcomes, absent

    async def _write(
        self,
        ledger: Ledger,
        fence: Fence,
        operation: Operation,
        records: Sequence[LoadedRecord],
        linked: set[str],
    ) -> Outcomes:
        # The intent is committed before the call: a worker that dies in between leaves a row
        # that says so, and the next owner looks the document up instead of creating it blindly.
        # An intent that is open already keeps its key: the provider can recognise the repeat.
        keys = await self._begin(
            ledger, fence, operation, [(loaded, loaded.key(operation)) for loaded in records]
        )
        self._crash_point("after_intent_before_call")
        writes = [loaded.write(keys[loaded.id]) for loaded in records]
        results = await _call(ledger, operation, writes)
        self._crash_point("after_call_before_settle")
        outcomes: Outcomes = {}
        doubtful: list[Failed] = []
        clashing: list[Failed] = []
        for loaded, write, result in zip(records, writes, results, strict=True):
            if isinstance(result, ProviderError) and _worth_a_look(operation, result):
                doubtful.append((loaded, write, result))
            elif (taken := taken_by_change(ledger, operation, write, result)) is not None:
                clashing.append((loaded, under_own_name(write), taken))
            else:
                outcomes[loaded.id] = self._outcome(loaded, operation, result)
        linked |= {result.external.id for result in results if isinstance(result, Written)}
        if doubtful:
            outcomes |= await self._look_and_repeat(ledger, fence, operation, doubtful, linked)
        return outcomes | await self._repeat_all(ledger, fence, operation, clashing)

    async def _begin(
        self,
        ledger: Ledger,
        fence: Fence,
        operation: Operation,
        keys: Sequence[tuple[LoadedRecord, UUID]],
    ) -> dict[RecordId, UUID]:
        """Record that writes begin, and return the key that each of them carries."""
        naming = ledger.naming
        begun = [
            IntendedWrite(
                loaded.id,
                operation,
                loaded.version,
                key,
                sent_as(loaded.desired, naming)
                if loaded.desired and operation is Operation.CREATE
                else "",
            )
            for loaded, key in keys
        ]
        async with self._store.transaction(keys[0][0].row.tenant_id) as tx:
            return await tx.intents.open(fence, begun, now=self._now())

    async def _look_and_repeat(
        self,
        ledger: Ledger,
        fence: Fence,
        operation: Operation,
        doubtful: Sequence[Failed],
        linked: set[str],
    ) -> Outcomes:
        """Look up what a lost answer, a clash or a stale version left open; repeat once.

        Once and not in a loop: a second failure is a try that failed, with the delay of one.
        """
        found = await find(ledger, [write for _, write, _ in doubtful])
        if operation is Operation.CREATE:
            looked = [
                (loaded, seen) for (loaded, _, _), seen in zip(doubtful, found, strict=True)
            ]
            found = await without_linked(self._store, ledger, looked, linked)
        outcomes: Outcomes = {}
        again: list[Failed] = []
        for (loaded, write, error), seen in zip(doubtful, found, strict=True):
            if goes_under_own_name(ledger, loaded, write, seen, error):
                again.append((loaded, under_own_name(write), error))
            elif isinstance(seen, ProviderError):
                outcome = self._outcome(loaded, operation, _in_doubt(error, seen))
                outcomes[loaded.id] = _doubted(outcome, error)
            # The ledger clashed with something, or has another version, and yet finds nothing:
            # a repeat would meet the same, so the refusal counts.
            elif seen is None and not isinstance(error, Uncertain):
                outcomes[loaded.id] = self.failed(loaded, error)
            elif seen is not None and operation is Operation.CREATE:
                outcomes[loaded.id] = self._adopted(loaded, seen, just_sent=error)
            elif seen is not None and seen.voided and operation is Operation.VOID:
                outcomes[loaded.id] = Done(seen)
            else:
                again.append((*_repeat(loaded, write, seen, error), error))
        return outcomes | await self._repeat_all(ledger, fence, operation, again)

    async def _repeat_all(
        self,
        ledger: Ledger,
        fence: Fence,
        operation: Operation,
        again: Sequence[Failed],
    ) -> Outcomes:
        """Write once more, unless the partition has another owner by now.

        A change that only then runs into a taken name is written under one of its own.
        """
        if not again:
            return {}
        # The intents are opened again under the epoch, since a look-up may have taken so long
        # that the partition changed hands; an owner of the past raises here.
        keys = [(loaded, write.idempotency_key) for loaded, write, _ in again]
        await self._begin(ledger, fence, operation, keys)
        results = await _call(ledger, operation, [write for _, write, _ in again])
        outcomes: Outcomes = {}
        clashing: list[Failed] = []
        for (loaded, write, error), result in zip(again, results, strict=True):
            if taken_by_change(ledger, operation, write, result) is not None:
                clashing.append((loaded, under_own_name(write), error))
                continue
            outcome = self._outcome(loaded, operation, _in_doubt(error, result))
            # A create that is refused shows that there is none. A refused repeat of an update
            # says nothing of the write before it, whose answer was lost.
            created = operation is Operation.CREATE
            outcomes[loaded.id] = outcome if created else _doubted(outcome, error)
        return outcomes | await self._repeat_all(ledger, fence, operation, clashing)

    def _adopted(
        self, loaded: LoadedRecord, found: Result, *, just_sent: ProviderError | None = None
    ) -> Outcome:
        """Return the outcome for a record that was found in the ledger.

        What carries our own mark, and was sent at the version that is still desired, is what
        we wrote, if all of it is there. Anything else is linked and then brought up to date.
        The chart of accounts is the ledger's: an account is linked as it is.
        """
        if isinstance(found, ProviderError):
            return _still_in_doubt(loaded, self.failed(loaded, found))
        intent = loaded.row.intent
        sent = isinstance(just_sent, Uncertain) or (
            intent is not None and intent.version == loaded.version
        )
        # A name or number may belong to a record that a person made; only our own mark, with
        # the version that is still desired, shows that its content is what we sent.
        facts = FACTS[loaded.row.document_type]
        if found.partial or not (facts.ledger_owned or (sent and facts.marked)):
            return AdoptedStale(found)
        outcome = self._outcome(loaded, Operation.CREATE, found)
        if isinstance(outcome, Done) and facts.ledger_owned:
            return replace(outcome, written=replace(found, remarks=()), found=True)
        return outcome

    def _outcome(self, loaded: LoadedRecord, operation: Operation, result: Result) -> Outcome:
        # What is gone from the ledger is as good as voided there, or taken out of use.
        if isinstance(result, Gone) and is_withdrawn(loaded.desired):
            return Done()
        if isinstance(result, Blocked) and not is_withdrawn(loaded.desired):
            return Hold(result.reason)
        if isinstance(result, ProviderError):
            return self.failed(loaded, result)
        # The key of an older create may have brought that create's answer, and its state.
        if operation is Operation.CREATE and _begun_at_another_version(loaded):
            return AdoptedStale(result)
        if operation is not Operation.VOID and not result.voided:
            mismatch = total_mismatch(loaded, result.figures)
            if mismatch is not None:
                return Hold(mismatch, result)
        return Done(result)

    def failed(self, loaded: LoadedRecord, error: ProviderError) -> Outcome:
        """Return the outcome of a record whose try failed."""
        outcome = self._policy.decide(
            error, attempt=loaded.attempt, now=self._now(), chance=self._chance
        )
        return _doubted(outcome, error)


async def _call(
    ledger: Ledger, operation: Operation, writes: Sequence[Write]
) -> Sequence[Result]:
    """Return the result of each write; an error of the whole call is the result of all."""
    try:
        return await ledger.write(operation, writes)
    except ProviderError as error:
        return [error] * len(writes)


def _worth_a_look(operation: Operation, error: ProviderError) -> bool:
    """Return whether looking the document up can settle what a write left open."""
    if isinstance(error, Duplicate):
        return operation is Operation.CREATE
    return isinstance(error, (Uncertain, Stale))


def _begun_at_another_version(loaded: LoadedRecord) -> bool:
    """Return whether an older create was left in doubt, whose key every repeat carries.

    The provider may have made the record then, and answer with that older state now.
    """
    return loaded.row.intent is not None and loaded.row.intent.version != loaded.version


def _still_in_doubt(loaded: LoadedRecord, outcome: Outcome) -> Outcome:
    """Return an outcome that keeps the doubt: a failed look-up answers nothing."""
    if loaded.record.in_doubt and isinstance(outcome, (Retry, Dead)):
        return replace(outcome, in_doubt=True)
    return outcome


def _doubted(outcome: Outcome, error: ProviderError) -> Outcome:
    """Return an outcome that keeps the intent where this error may have come after a write."""
    may_be_written = isinstance(error, Uncertain) or error.written_in_part
    if may_be_written and isinstance(outcome, Retry | Dead | Pause | Hold):
        return replace(outcome, in_doubt=True)
    return outcome


def _in_doubt(first: ProviderError, then: Result) -> Result:
    """Return the first error where the second failure, which may pass, answers nothing."""
    passing = isinstance(then, (Retryable, RateLimited, Stale))
    return first if isinstance(first, Uncertain) and passing else then


def _repeat(
    loaded: LoadedRecord, write: Write, seen: Written | None, error: ProviderError
) -> tuple[LoadedRecord, Write]:
    """Return the write again: the same if its answer was lost, else on the new version."""
    if seen is None:
        return loaded, write
    fresh = loaded.with_external(seen.external)
    key = write.idempotency_key
    # Another body needs another key: under the old one a provider may answer with the refusal.
    if isinstance(error, Stale):
        key = uuid5(key, seen.external.sync_token)
    return fresh, fresh.write(key)
