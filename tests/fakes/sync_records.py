"""The statements of the record store in memory about sync records."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import orjson

from consumers.store.desired_states import ANNOUNCED, DesiredState, Upserted, newest
from consumers.store.observed_states import ObservedDocument, ObservedState, newest_seen
from consumers.store.record_rows import SyncRecordRow
from consumers.store.refused_versions import (
    HeldRecord,
    NewerRefused,
    RefusedVersion,
    newest_refused,
)
from consumers.store.sync_records import LinkTaken, Named, OpenWork
from providers.base import Written
from schemas.errors import Reason
from schemas.ids import ConnectionId, ProviderName, RecordId
from schemas.result import SyncState
from schemas.signal import NO_VERSION
from tests.fakes.database import Record
from tests.fakes.statements import Statements


class MemorySyncRecords(Statements):
    """The sync records in memory."""

    async def upsert_desired(
        self, states: Sequence[DesiredState], *, now: datetime
    ) -> Upserted:
        await self._pause("upsert_desired")
        signalled, others, changed = {}, {}, set()
        for one in newest(states):
            known = await self._session.lock_row(self._database.records, one.record_id)
            if known is None:
                known = Record(one, now)
                self._put(known)
                changed.add(one.record_id)
            elif self.supersedes(one, known):
                changed.add(one.record_id)
                known = replace(
                    self.with_refusal(reopened(known), one),
                    announced=one,
                    desired_at=now,
                    revision=known.revision + 1,
                    priority=ANNOUNCED,
                    next_attempt_at=None,
                )
                self._put(known)
            elif known.announced.version == one.version and _differ(known.announced, one):
                others[one.record_id] = known.announced.document
            if known.state is SyncState.PENDING:
                signalled[one.record_id] = known.revision
        return Upserted(signalled, others, frozenset(changed))

    def with_refusal(self, known: Record, one: DesiredState) -> Record:
        """Return a record that a newer refused version holds still, or none holds any more."""
        if known.refused is None or known.refused.version <= one.version:
            return replace(known, refused=None)
        return replace(known, state=SyncState.HELD, reason=known.refused.reason)

    async def hold_refused(
        self, versions: Sequence[RefusedVersion], *, now: datetime
    ) -> dict[RecordId, HeldRecord]:
        await self._pause("hold_refused")
        held = {}
        for one in newest_refused(versions):
            known = await self._session.lock_row(self._database.records, one.record_id)
            if known is None:
                known = Record(_nothing_of(one), None, revision=0)
            elif not self.is_refused_anew(one, known):
                continue
            refused = replace(
                known,
                state=SyncState.HELD,
                reason=one.reason,
                refused=NewerRefused(one.version, one.reason),
                revision=known.revision + 1,
                attempts_total=known.attempts_total + 1,
                next_attempt_at=None,
                resolved_at=None,
            )
            self._put(refused)
            external = refused.external.id if refused.external else None
            held[one.record_id] = HeldRecord(external, refused.attempts_total)
        return held

    def is_refused_anew(self, one: RefusedVersion, known: Record) -> bool:
        """Whether a refused version is newer than what is known of its record."""
        before = known.refused.version if known.refused else NO_VERSION
        return known.announced.version < one.version and before <= one.version

    async def count_failures(self, record_ids: Sequence[RecordId]) -> None:
        await self._pause("count_failures")
        for id_ in sorted(record_ids):
            known = await self._session.lock_row(self._database.records, id_)
            if known is not None:
                failures = known.attempts_total + 1
                self._put(replace(known, attempts_total=failures, resolved_at=None))

    def supersedes(self, one: DesiredState, known: Record) -> bool:
        """Whether a state is newer than the one that is known."""
        return known.announced.version < one.version

    async def load(
        self, connection_id: ConnectionId, record_ids: Sequence[RecordId]
    ) -> dict[RecordId, SyncRecordRow]:
        await self._pause("load")
        found = [self._record(id_) for id_ in record_ids]
        return {
            r.announced.record_id: self._row(r)
            for r in found
            if r is not None and r.announced.connection_id == connection_id
        }

    def _row(self, record: Record) -> SyncRecordRow:
        begun = self._session.get(self._database.intents, record.announced.record_id)
        return SyncRecordRow(
            record_id=record.announced.record_id,
            tenant_id=record.announced.tenant_id,
            document_type=record.announced.document_type,
            document_id=record.announced.document_id,
            revision=record.revision,
            desired=record.announced.document if record.desired_at else None,
            desired_version=record.announced.version if record.desired_at else None,
            desired_at=record.desired_at,
            observed=record.observed,
            base=record.base,
            base_version=record.base_version,
            base_ledger_version=record.base_ledger_version,
            external=record.external,
            state=record.state,
            attempts_this_version=record.attempts_this_version,
            attempts_total=record.attempts_total,
            next_attempt_at=record.next_attempt_at,
            intent=begun.intent if begun else None,
            refused=record.refused,
            remarks=record.remarks,
        )

    async def named(
        self, connection_id: ConnectionId, record_ids: Sequence[RecordId]
    ) -> dict[RecordId, Named]:
        await self._pause("named")
        found = [self._record(id_) for id_ in record_ids]
        return {
            r.announced.record_id: Named(
                r.announced.record_id,
                r.external,
                r.state is SyncState.AGREED,
                _is_out_of_use(r),
                r.revision,
            )
            for r in found
            if r is not None and r.announced.connection_id == connection_id
        }

    async def linked_elsewhere(self, externals: Mapping[RecordId, str]) -> set[RecordId]:
        await self._pause("linked_elsewhere")
        rows = list(self._session.rows(self._database.records))
        found = set()
        for id_, external in externals.items():
            mine = self._record(id_)
            if mine is None:
                continue
            link = (mine.announced.connection_id, mine.announced.document_type, external)
            if any(r.link == link and r.announced.record_id != id_ for r in rows):
                found.add(id_)
        return found

    async def open_work(
        self,
        provider: ProviderName,
        connection_id: ConnectionId,
        *,
        without: Sequence[RecordId],
        limit: int,
        now: datetime,
    ) -> list[OpenWork]:
        await self._pause("open_work")
        found = [
            r
            for r in self._session.rows(self._database.records)
            if (r.announced.provider, r.announced.connection_id) == (provider, connection_id)
            and r.is_work(now)
            and r.announced.record_id not in without
        ]
        found.sort(key=_urgency)
        return [
            OpenWork(
                r.announced.record_id,
                r.announced.document_type,
                r.priority,
                repeat=r.attempts_this_version > 0,
            )
            for r in found[:limit]
        ]

    async def agree(
        self,
        record_id: RecordId,
        *,
        revision: int | None,
        version: int | None,
        base: str | None,
        written: Written | None,
        now: datetime,
        ledger_version: int = -1,
        observed: ObservedDocument | None = None,
    ) -> None:
        await self._pause("agree")
        known = await self._session.lock_row(self._database.records, record_id)
        if known is None or not self.may_agree(known, version):
            return
        newest_one = revision is not None and self.is_settled(known, revision)
        agreed = replace(
            known,
            base=base,
            base_version=version,
            base_ledger_version=_newer(known.base_ledger_version, ledger_version),
            observed=observed if observed and self.may_see(known, observed) else known.observed,
            settled_revision=revision if newest_one and revision else known.settled_revision,
            external=written.external if written else known.external,
            remarks=written.remarks if written else known.remarks,
            state=SyncState.AGREED if newest_one else SyncState.PENDING,
            reason=None,
            next_attempt_at=None,
            attempts_this_version=0 if newest_one else known.attempts_this_version,
            resolved_at=_resolved_at(known, now) if newest_one else known.resolved_at,
        )
        await self._claim_link(agreed)
        self._put(agreed)

    def may_agree(self, known: Record, version: int | None) -> bool:
        """Whether a version may become the base: an older one never replaces a newer one."""
        return known.base_version is None or (
            version is not None and known.base_version <= version
        )

    def is_settled(self, known: Record, revision: int) -> bool:
        """Whether neither side has moved since a revision was loaded."""
        return known.revision == revision

    def may_see(self, known: Record, observed: ObservedDocument) -> bool:
        """Whether what a write led to is not older than what was seen since."""
        return known.observed is None or known.observed.version <= observed.version

    async def _claim_link(self, record: Record) -> None:
        """Keep the unique index of a connection's links."""
        if record.link is None:
            return
        mine = record.announced.record_id
        await self._session.lock("sync_records_external", *record.link)
        for other in self._session.rows(self._database.records):
            if other.link == record.link and other.announced.record_id != mine:
                raise LinkTaken(f"record {mine}")

    async def set_state(
        self,
        record_id: RecordId,
        state: SyncState,
        *,
        revision: int,
        reason: Reason | None,
        now: datetime,
        failed: bool = False,
        next_attempt_at: datetime | None = None,
    ) -> bool:
        await self._pause("set_state")
        known = await self._session.lock_row(self._database.records, record_id)
        if known is None:
            return False
        if not self.may_settle(known, revision):
            self._put(replace(known, attempts_total=known.attempts_total + failed))
            return False
        changed = replace(
            known,
            settled_revision=revision,
            state=state,
            reason=reason,
            attempts_this_version=known.attempts_this_version + failed,
            attempts_total=known.attempts_total + failed,
            next_attempt_at=next_attempt_at,
            resolved_at=None if failed else known.resolved_at,
        )
        self._put(changed)
        return True

    def may_settle(self, known: Record, revision: int) -> bool:
        """Whether an outcome is about the newest state of both sides."""
        return known.revision == revision

    async def observe(
        self, states: Sequence[ObservedState], *, now: datetime
    ) -> dict[RecordId, int]:
        await self._pause("observe")
        for connection in sorted({one.connection_id for one in states}):
            await self._session.lock("advisory", connection)
        placed = [(self._id_of(one), one) for one in newest_seen(states)]
        signalled = {}
        for id_, one in sorted(placed, key=lambda p: (p[0], -p[1].seen.version)):
            known = await self._session.lock_row(self._database.records, id_)
            if id_ in signalled or (known and not self.is_news(one, known)):
                continue
            seen = self.noticed(one, known) if known else _born(one)
            self._put(seen)
            signalled[id_] = seen.revision
        return signalled

    def _id_of(self, one: ObservedState) -> RecordId:
        """Return the record that is linked to what was seen, or the one to make."""
        link = (one.connection_id, one.document_type, one.external.id)
        rows = self._session.rows(self._database.records)
        linked = (r.announced.record_id for r in rows if r.link == link)
        return next(linked, one.record_id)

    def noticed(self, one: ObservedState, known: Record) -> Record:
        """Return a record with what was seen; a retry stays when it is due."""
        after = known if known.state is SyncState.RETRYING else reopened(known)
        external = known.external
        if external is not None:
            external = replace(external, sync_token=one.external.sync_token)
        return replace(after, observed=one.seen, external=external, revision=known.revision + 1)

    def is_news(self, one: ObservedState, known: Record) -> bool:
        """Whether a state of the ledger is newer than the one that was seen last."""
        other = known.external is not None and known.external.id != one.external.id
        last = known.observed.version if known.observed else -1
        return last < one.seen.version and not other


def _is_out_of_use(known: Record) -> bool:
    """Whether the platform's document says that it is no longer in use."""
    document = orjson.loads(known.announced.document) if known.desired_at else {}
    return document.get("active") is False


def reopened(known: Record) -> Record:
    """Return a record that is pending, as something has changed."""
    return replace(known, state=SyncState.PENDING, reason=None, attempts_this_version=0)


def _differ(known: DesiredState, one: DesiredState) -> bool:
    """Whether two texts are different JSON."""
    return bool(orjson.loads(known.document) != orjson.loads(one.document))


def _born(one: ObservedState) -> Record:
    """Return the record of what is in the ledger alone."""
    return Record(
        _nothing_of(one),
        None,
        observed=one.seen,
        priority=one.priority,
        external=one.external,
    )


def _nothing_of(one: ObservedState | RefusedVersion) -> DesiredState:
    """Return what is announced of a record of which nothing is."""
    return DesiredState(
        record_id=one.record_id,
        connection_id=one.connection_id,
        tenant_id=one.tenant_id,
        realm_id=one.realm_id,
        provider=one.provider,
        document_type=one.document_type,
        document_id=one.document_id,
        document="",
        version=NO_VERSION,
    )


def _urgency(record: Record) -> tuple[int, bool, float]:
    """Return the order of open work: a record without a desired state comes last."""
    at = record.desired_at
    return record.priority, at is None, at.timestamp() if at else 0.0


def _newer(known: int | None, version: int) -> int:
    return version if known is None else max(known, version)


def _resolved_at(known: Record, now: datetime) -> datetime | None:
    """Return when the trouble of a record that agrees now was over; ``None`` without any."""
    return known.resolved_at or (now if known.attempts_total else None)
