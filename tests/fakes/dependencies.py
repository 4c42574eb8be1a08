"""The statements of the record store in memory about dependencies."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from consumers.dependency_cycles import NAMES_STOPPED
from consumers.store.dependencies import Blockers, blockers_among, record_ref
from schemas.errors import Reason
from schemas.ids import ConnectionId, RecordId
from schemas.result import SyncState
from tests.fakes.database import Dependency, DependencyKey
from tests.fakes.statements import Statements
from tests.fakes.sync_records import reopened


class MemoryDependencies(Statements):
    """The dependencies in memory."""

    async def lock(self, connection_id: ConnectionId, record_ids: Sequence[RecordId]) -> None:
        await self._exclude(connection_id)
        await self._pause("lock")
        waiting = [
            w.key.record_id
            for w in self._session.rows(self._database.dependencies)
            if w.key.awaited_id in record_ids
        ]
        for id_ in sorted({*record_ids, *waiting}):
            await self._session.lock_row(self._database.records, id_)

    async def begin_wait(
        self,
        connection_id: ConnectionId,
        record_id: RecordId,
        awaited: Mapping[RecordId, bool],
    ) -> bool:
        await self._exclude(connection_id)
        await self._pause("begin_wait")
        for known in list(self._session.rows(self._database.dependencies)):
            if known.key.record_id == record_id:
                await self._delete_wait(known)
        begun = False
        for id_, agreed in awaited.items():
            record = self._record(id_)
            if record is not None and record.is_there(agreed=agreed):
                continue
            wait = Dependency(DependencyKey(record_id, id_), agreed)
            await self._session.lock_row(self._database.dependencies, wait.key)
            self._session.put(self._database.dependencies, wait.key, wait)
            begun = True
        return begun

    async def begin_comparison(
        self,
        connection_id: ConnectionId,
        record_id: RecordId,
        compared: Mapping[RecordId, int],
    ) -> bool:
        await self._exclude(connection_id)
        await self._pause("begin_comparison")
        for known in list(self._session.rows(self._database.dependencies)):
            if known.key.record_id == record_id:
                await self._delete_wait(known)
        records = {id_: self._record(id_) for id_ in compared}
        newest = {id_: record.revision if record else 0 for id_, record in records.items()}
        if self.changed(newest, compared):
            return False
        for id_, revision in compared.items():
            wait = Dependency(DependencyKey(record_id, id_), False, revision)
            await self._session.lock_row(self._database.dependencies, wait.key)
            self._session.put(self._database.dependencies, wait.key, wait)
        return True

    def changed(self, newest: Mapping[RecordId, int], compared: Mapping[RecordId, int]) -> bool:
        """Whether any record is newer than it was compared."""
        return newest != compared

    async def blockers(self, record_id: RecordId) -> Blockers:
        await self._pause("blockers")
        seen, todo, pairs = {record_id}, [record_id], []
        while todo:
            at = todo.pop()
            for wait in self._session.rows(self._database.dependencies):
                record = self._record(wait.key.awaited_id)
                if wait.key.record_id != at or record is None:
                    continue
                one = record.announced
                cause = record.reason.cause if record.reason else None
                kind = one.document_type.value
                name = record_ref(kind, one.document_id, record.state, cause)
                pairs.append((at, one.record_id, name))
                if record.state is SyncState.WAITING and one.record_id not in seen:
                    seen.add(one.record_id)
                    todo.append(one.record_id)
        return blockers_among(record_id, pairs)

    async def update_waiting_reasons(
        self, record_id: RecordId, reason: Reason, *, now: datetime
    ) -> int:
        await self._pause("update_waiting_reasons")
        updated = 0
        for wait in list(self._session.rows(self._database.dependencies)):
            if wait.key.awaited_id == record_id:
                waiter = await self._session.lock_row(
                    self._database.records, wait.key.record_id
                )
                if waiter is not None and waiter.state is SyncState.WAITING:
                    self._put(replace(waiter, reason=reason))
                    updated += 1
        return updated

    async def wake(
        self, connection_id: ConnectionId, changed: Sequence[RecordId], *, now: datetime
    ) -> int:
        await self._exclude(connection_id)
        await self._pause("wake")
        ended = []
        for wait in list(self._session.rows(self._database.dependencies)):
            record = self._record(wait.key.awaited_id)
            if wait.key.awaited_id in changed and record and record.ends(wait):
                await self._delete_wait(wait)
                ended.append(wait.key.record_id)
        woken = [await self._woken(id_) for id_ in sorted(set(ended))]
        return sum(woken)

    async def _woken(self, record_id: RecordId) -> bool:
        record = await self._session.lock_row(self._database.records, record_id)
        waits_on = any(
            (awaited := self._record(wait.key.awaited_id)) is None
            or awaited.state is not SyncState.SKIPPED
            for wait in self._session.rows(self._database.dependencies)
            if wait.key.record_id == record_id
        )
        if record is not None and record.contradicts:
            self._put(reopened(record))
            return True
        if record is None or not record.waits:
            return False
        names_stopped = record.reason is not None and record.reason.code == NAMES_STOPPED
        if waits_on and not names_stopped:
            return False
        self._put(replace(record, state=SyncState.PENDING, reason=None))
        return True

    async def _delete_wait(self, wait: Dependency) -> None:
        await self._session.lock_row(self._database.dependencies, wait.key)
        self._session.put(self._database.dependencies, wait.key, None)

    async def _exclude(self, connection_id: ConnectionId) -> None:
        await self._session.lock("advisory", connection_id)
