"""The statements of the record store in memory about sync records."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from consumers.store.desired_states import DesiredState, newest
from consumers.store.sync_records import Linked, LinkTaken, OpenWork, SyncRecordRow
from providers.base import Written
from schemas.errors import Reason
from schemas.ids import ConnectionId, ProviderName, RecordId
from schemas.result import SyncState
from tests.fakes.database import Record
from tests.fakes.statements import Statements


class MemorySyncRecords(Statements):
    """The sync records in memory."""

    async def upsert_desired(
        self, states: Sequence[DesiredState], *, now: datetime
    ) -> set[RecordId]:
        await self._pause("upsert_desired")
        signalled = set()
        for one in newest(states):
            known = await self._session.lock_row(self._database.records, one.record_id)
            fresh = Record(one, now)
            if known is None:
                self._put(fresh)
            elif self.supersedes(one, known):
                self._put(
                    replace(
                        fresh,
                        base=known.base,
                        base_version=known.base_version,
                        external=known.external,
                        attempts_total=known.attempts_total,
                        resolved_at=known.resolved_at,
                    )
                )
            elif known.state is not SyncState.PENDING:
                continue
            signalled.add(one.record_id)
        return signalled

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
            document_type=record.announced.document_type,
            document_id=record.announced.document_id,
            desired=record.announced.document,
            desired_version=record.announced.version,
            desired_at=record.desired_at,
            base=record.base,
            base_version=record.base_version,
            external=record.external,
            state=record.state,
            attempts_this_version=record.attempts_this_version,
            attempts_total=record.attempts_total,
            next_attempt_at=record.next_attempt_at,
            intent=begun.intent if begun else None,
        )

    async def links(
        self, connection_id: ConnectionId, record_ids: Sequence[RecordId]
    ) -> dict[RecordId, Linked]:
        await self._pause("links")
        found = [self._record(id_) for id_ in record_ids]
        return {
            r.announced.record_id: Linked(r.external, r.state is SyncState.AGREED)
            for r in found
            if r is not None and r.external and r.announced.connection_id == connection_id
        }

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
        found.sort(key=lambda r: (r.announced.priority, r.desired_at))
        return [
            OpenWork(
                r.announced.record_id,
                r.announced.document_type,
                r.announced.priority,
                repeat=r.attempts_this_version > 0,
            )
            for r in found[:limit]
        ]

    async def agree(
        self,
        record_id: RecordId,
        *,
        version: int,
        base: str | None,
        written: Written | None,
        now: datetime,
    ) -> None:
        await self._pause("agree")
        known = await self._session.lock_row(self._database.records, record_id)
        if known is None or not self.may_agree(known, version):
            return
        newest_one = known.announced.version == version
        agreed = replace(
            known,
            base=base,
            base_version=version,
            external=written.external if written else known.external,
            state=SyncState.AGREED if newest_one else SyncState.PENDING,
            reason=None,
            next_attempt_at=None,
            attempts_this_version=0 if newest_one else known.attempts_this_version,
            resolved_at=_resolved_at(known, now) if newest_one else known.resolved_at,
        )
        await self._claim_link(agreed)
        self._put(agreed)

    def may_agree(self, known: Record, version: int) -> bool:
        """Whether a version may become the base: an older one never replaces a newer one."""
        return known.base_version is None or known.base_version <= version

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
        version: int,
        reason: Reason | None,
        now: datetime,
        failed: bool = False,
        next_attempt_at: datetime | None = None,
    ) -> bool:
        await self._pause("set_state")
        known = await self._session.lock_row(self._database.records, record_id)
        if known is None or not self.may_settle(known, version):
            return False
        changed = replace(
            known,
            state=state,
            reason=reason,
            attempts_this_version=known.attempts_this_version + failed,
            attempts_total=known.attempts_total + failed,
            next_attempt_at=next_attempt_at,
            resolved_at=None if failed else known.resolved_at,
        )
        self._put(changed)
        return True

    def may_settle(self, known: Record, version: int) -> bool:
        """Whether an outcome is about the newest version."""
        return known.announced.version == version


def _resolved_at(known: Record, now: datetime) -> datetime | None:
    """Return when the trouble of a record that agrees now was over; ``None`` without any."""
    return known.resolved_at or (now if known.attempts_total else None)
