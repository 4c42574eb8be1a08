"""Reconcile: what a lane does with its work. Load, plan, push, settle."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from consumers.lanes.lane import Lane
from consumers.lanes.ports import LaneKey, TryResult
from consumers.lanes.work import ItemId, LaneId, Work
from consumers.metrics import DESIRED_TO_AGREED, ERRORS, OUTCOMES
from consumers.outcome import AdoptedStale, Dead, Done, Hold, Outcome, Suspend
from consumers.position import Position
from consumers.store.leases import Fence
from consumers.store.protocols import RecordStore
from consumers.store.related_records import RelatedRecord
from consumers.store.sync_records import LinkTaken
from consumers.sync.actions import Create, FindOrCreate, Update, WaitAction
from consumers.sync.clashes import already_linked
from consumers.sync.company import CompanyReader
from consumers.sync.immediate import at_once
from consumers.sync.loaded_record import LoadedRecord, load_records
from consumers.sync.plan import plan
from consumers.sync.policy import DEFAULT_POLICY
from consumers.sync.push import Outcomes, Push
from consumers.sync.realm_pace import RealmPace
from consumers.sync.related import contradicted, settled_by
from consumers.sync.settlement import AGAIN, FINISHED, Settlement, later
from providers.base import Ledger, Provider, Written
from providers.connections import Connection, ConnectionState
from providers.errors import RateLimited, Retryable
from providers.http import Pace, Realm
from schemas import reasons
from schemas.errors import Reason
from schemas.ids import ConnectionId, RecordId, lane_key
from schemas.result import SyncState

log: Final = structlog.get_logger("reconcile")

OpenLedger = Callable[[Realm, Pace], Ledger]


class Reconciler:
    """Works on the records of one provider's realms; a lane engine's `LaneWork`.

    A lane's id is its connection's, an item's id its sync record's, and its kind the document
    type.

    Args:
        open_ledger: Opens a realm's ledger at the pace of its lane.
        epoch_of: Gives the lease epoch of an owned partition.
    """

    def __init__(
        self,
        store: RecordStore,
        provider: Provider,
        push: Push,
        *,
        open_ledger: OpenLedger,
        epoch_of: Callable[[int], int],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._provider = provider
        self._push = push
        self._open_ledger = open_ledger
        self._epoch_of = epoch_of
        self._now = now
        self._companies = CompanyReader(store, now=now)

    async def handle(self, lane: Lane, works: Sequence[Work]) -> Sequence[TryResult]:
        """Bring records of one realm and one type into agreement; one result each, in order.

        Raises:
            Fenced: the partition has another owner by now.
        """
        connection = ConnectionId(lane.id)
        async with self._store.transaction(owners_of=[connection]) as tx:
            # In this order: whoever opens a record has its company read again in the same
            # transaction, so what is seen of the company is no older than the record.
            records = await load_records(tx, connection, [RecordId(w.item_id) for w in works])
            stored = await tx.connections.get(connection)
        if stored is None:
            return [FINISHED] * len(works)
        realm = stored.realm
        fence = Fence(realm.provider, lane.partition, self._epoch_of(lane.partition))
        with structlog.contextvars.bound_contextvars(
            tenant=realm.tenant_id, realm=realm.realm_id, provider=realm.provider
        ):
            if stored.state is not ConnectionState.CONNECTED:
                outcomes: Outcomes = {id_: Suspend(NOT_CONNECTED) for id_ in records}
            else:
                outcomes = await self._outcomes(lane, stored, fence, records)
                await self._expire_if_refused(stored, outcomes)
            return await self._settle(lane, realm, fence, works, records, outcomes)

    async def _expire_if_refused(self, stored: Connection, outcomes: Outcomes) -> None:
        """Record that the provider no longer lets us in: no call is made until reconnected."""
        refused = [o for o in outcomes.values() if isinstance(o, Suspend) and not o.may_pass]
        if refused:
            async with self._store.transaction(stored.tenant_id) as tx:
                await tx.connections.expire(stored, refused[0].reason, now=self._now())

    async def _outcomes(
        self,
        lane: Lane,
        stored: Connection,
        fence: Fence,
        records: dict[RecordId, LoadedRecord],
    ) -> Outcomes:
        outcomes: Outcomes = {}
        planned: list[LoadedRecord] = []
        paying: list[Paying] = []
        for id_, found in list(records.items()):
            if self._at_rest(found) or self._not_due(found):
                continue
            if found.stopped_by is not None:
                outcomes[id_] = Hold(found.stopped_by, in_doubt=found.record.in_doubt)
                continue
            action = plan(found.record, DEFAULT_POLICY)
            # What settles it must know what was planned: on that depends what both agree on.
            records[id_] = loaded = replace(found, action=action)
            outcome = _contradicted(loaded, paying) or at_once(action)
            if outcome is None:
                planned.append(loaded)
                paying += _as_payment(loaded, stored.realm)
            else:
                outcomes[loaded.id] = outcome
        if planned:
            outcomes |= await self._carried_out(lane, stored, fence, planned)
        return outcomes

    async def _carried_out(
        self, lane: Lane, stored: Connection, fence: Fence, planned: Sequence[LoadedRecord]
    ) -> Outcomes:
        """Carry out what is planned; once more where the company has more than was known."""
        pace = RealmPace(lane.pace)

        def opened(realm: Realm) -> Ledger:
            return self._open_ledger(realm, pace)

        known = await self._companies.up_to_date(stored, opened)
        outcomes = await self._push.carry_out(opened(known.realm), fence, planned)
        lacking = [one for one in planned if _is_not_known(outcomes[one.id])]
        read = await self._companies.sought(known, opened) if lacking else None
        if read is not None:
            outcomes |= await self._push.carry_out(opened(read.realm), fence, lacking)
            still = [one for one in lacking if _is_not_known(outcomes[one.id])]
            self._companies.note(stored.id, found=len(still) < len(lacking))
            return outcomes
        error = self._companies.not_read(stored.id)
        if isinstance(error, RateLimited | Retryable):
            # What they lack may be there: only the company could not be read.
            outcomes |= {one.id: self._push.failed(one, error) for one in lacking}
        return outcomes

    def _at_rest(self, loaded: LoadedRecord) -> bool:
        return loaded.row.state not in OPEN

    def _not_due(self, loaded: LoadedRecord) -> bool:
        due_at = loaded.row.next_attempt_at
        return (
            loaded.row.state is SyncState.RETRYING
            and due_at is not None
            and due_at > self._now()
        )

    async def _settle(
        self,
        lane: Lane,
        realm: Realm,
        fence: Fence,
        works: Sequence[Work],
        records: dict[RecordId, LoadedRecord],
        outcomes: Outcomes,
    ) -> list[TryResult]:
        """Settle all in one transaction; where a link of theirs is taken, each alone."""
        todo = [
            (records[id_], outcomes[id_], _position(work))
            for work in works
            if (id_ := RecordId(work.item_id)) in outcomes
        ]
        try:
            ids = [loaded.id for loaded, _, _ in todo]
            async with self._settling(realm, fence, ids) as settlement:
                settled = {c.id: (await settlement.settle(c, o, p), o) for c, o, p in todo}
        except LinkTaken:
            settled = {
                c.id: await self._settle_alone(lane, realm, fence, c, o, p) for c, o, p in todo
            }
        for loaded, _, _ in todo:
            _, outcome = settled[loaded.id]
            self._count(realm, loaded, outcome)
            _log(loaded, outcome)
        handled = {id_: one for id_, (one, _) in settled.items()}
        return [self._handled(realm, work, records, handled) for work in works]

    async def _settle_alone(
        self,
        lane: Lane,
        realm: Realm,
        fence: Fence,
        loaded: LoadedRecord,
        outcome: Outcome,
        position: Position,
    ) -> tuple[TryResult, Outcome]:
        """Settle one record, as held where its link is taken; return what it was settled as.

        Where taken names lead to other ones it is tried again at once: another document was
        linked after this one was looked up, and by now the look-up knows. What was found was
        not written for this one; an intent that is open stays, and has it looked up first.
        """
        try:
            async with self._settling(realm, fence, [loaded.id]) as settlement:
                return await settlement.settle(loaded, outcome, position), outcome
        except LinkTaken:
            found = _found_unlinked(loaded, outcome)
            ledger = self._open_ledger(realm, RealmPace(lane.pace))
            if found is not None and ledger.renames(loaded.row.document_type):
                return AGAIN, AdoptedStale(found)
            held = Hold(already_linked(found))
            async with self._settling(realm, fence, [loaded.id]) as settlement:
                return await settlement.settle(loaded, held, position), held

    @asynccontextmanager
    async def _settling(
        self, realm: Realm, fence: Fence, records: Sequence[RecordId]
    ) -> AsyncIterator[Settlement]:
        """Open a transaction that locks the rows to be settled, and commit it at the end.

        Raises:
            Fenced: the partition has another owner by now, who may be writing what is to be
                settled here.
        """
        async with self._store.transaction(realm.tenant_id) as tx:
            await tx.leases.hold(fence)
            await tx.dependencies.lock(realm.connection_id, records)
            yield Settlement(tx, realm, self._now())

    def _count(self, realm: Realm, loaded: LoadedRecord, outcome: Outcome) -> None:
        kind = type(outcome).__name__.lower()
        OUTCOMES.labels(realm.provider, loaded.row.document_type.value, kind).inc()
        if isinstance(outcome, Done) and loaded.row.desired_at is not None:
            took = self._now() - loaded.row.desired_at
            DESIRED_TO_AGREED.labels(realm.provider).observe(took.total_seconds())
        reason = getattr(outcome, "reason", None)
        if isinstance(reason, Reason):
            ERRORS.labels(realm.provider, reason.category.value, reason.code).inc()

    def _handled(
        self,
        realm: Realm,
        work: Work,
        records: dict[RecordId, LoadedRecord],
        settled: dict[RecordId, TryResult],
    ) -> TryResult:
        """Return the result for one work: settled, not due yet, at rest, or of no record."""
        id_ = RecordId(work.item_id)
        if id_ in settled:
            return settled[id_]
        loaded = records.get(id_)
        if loaded is None or loaded.row.next_attempt_at is None:
            return FINISHED
        return later(loaded, realm, attempt=loaded.attempt, due_at=loaded.row.next_attempt_at)

    async def load_page(
        self, lane: LaneId, *, without: Sequence[ItemId], limit: int
    ) -> Sequence[Work]:
        """Return records of a realm that are not in agreement, the most urgent first."""
        known = [RecordId(id_) for id_ in without]
        async with self._store.transaction(owners_of=[ConnectionId(lane)]) as tx:
            page = await tx.records.open_work(
                self._provider.name,
                ConnectionId(lane),
                without=known,
                limit=limit,
                now=self._now(),
            )
        return [
            Work(one.record_id, one.document_type, one.priority, repeat=one.repeat)
            for one in page
        ]

    async def lanes_with_work(self) -> Sequence[LaneKey]:
        """Return the connected realms of which a record is not in agreement."""
        async with self._store.transaction() as tx:
            found = await tx.connections.with_open_work(self._provider.name, now=self._now())
        return [
            LaneKey(one.connection_id, lane_key(one.tenant_id, one.realm_id)) for one in found
        ]

    async def authorised(self, lanes: Sequence[LaneId]) -> set[LaneId]:
        """Return which of these connections may call their provider again."""
        asked = [ConnectionId(lane) for lane in lanes]
        async with self._store.transaction(owners_of=asked) as tx:
            found = await tx.connections.authorised(asked)
        return set(lanes).intersection(found)


def _is_not_known(outcome: Outcome) -> bool:
    return isinstance(outcome, Hold) and outcome.not_known


def _contradicted(loaded: LoadedRecord, paying: Sequence["Paying"]) -> Hold | None:
    """Return a hold for what is to be written and contradicts what it names.

    What waits is compared too: it may wait for what will never be in the ledger, as a draft.

    Args:
        paying: The payments that are written in the same try, and were loaded before it.
    """
    if loaded.desired is None or not isinstance(loaded.action, BRINGS_DOCUMENT):
        return None
    settled = settled_by(loaded.desired)
    also = [one for one, invoices in paying if settled & invoices]
    return contradicted(
        loaded.desired, loaded.related, also=also, in_doubt=loaded.record.in_doubt
    )


def _found_unlinked(loaded: LoadedRecord, outcome: Outcome) -> Written | None:
    """Return the ledger's record that a document without a link was to be linked to."""
    if loaded.record.external is None and isinstance(outcome, Done | AdoptedStale | Hold):
        return outcome.written
    return None


def _as_payment(loaded: LoadedRecord, realm: Realm) -> list["Paying"]:
    """Return a payment that is about to be written, as the next ones are compared with it."""
    invoices = settled_by(loaded.desired)
    if not invoices or not isinstance(loaded.action, BRINGS_DOCUMENT):
        return []
    row = loaded.row
    one = RelatedRecord(
        row.record_id,
        realm.realm_id,
        row.document_type,
        row.document_id,
        row.revision,
        row.desired,
    )
    return [(one, invoices)]


def _log(loaded: LoadedRecord, outcome: Outcome) -> None:
    """Log what stopped a record; where it is and at which provider is bound already.

    The cause may have names and numbers of the document in it, so it is left to the task.
    """
    if not isinstance(outcome, Dead | Hold):
        return
    died = isinstance(outcome, Dead)
    reason = outcome.reason
    say = log.error if died else log.warning
    say(
        "record.dead" if died else "record.held",
        document_type=loaded.row.document_type.value,
        document_id=loaded.row.document_id,
        version=loaded.version,
        code=reason.code,
        category=reason.category.value,
        fix=reason.fix,
        solver=reason.solver.value,
        link=reason.link,
    )


def _position(work: Work) -> Position:
    return work.positions[-1] if work.positions else FROM_TABLE


# States in which there is something to do. All others rest until a new version, a person or
# what they wait for opens them again, however often their signals are repeated.
OPEN = frozenset({SyncState.PENDING, SyncState.RETRYING})

# What is planned for a document that is to be in the ledger as announced.
BRINGS_DOCUMENT = (Create, FindOrCreate, Update, WaitAction)

Paying = tuple[RelatedRecord, frozenset[str]]

# Work that was read back from the table came from no record of a topic.
FROM_TABLE = Position("sync_records", -1, -1)

NOT_CONNECTED = reasons.CONNECTION_REQUIRED.reason()
