"""The record store in memory passes the contract of the real one."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import pytest

from consumers.store.protocols import RecordStore
from schemas.ids import ConnectionId, RealmId, RecordId
from tests.contracts.record_store import RecordStoreContract
from tests.contracts.store_steps import QBO, R1, R2, TENANT, StoredTask
from tests.fakes.connected import CONNECTED
from tests.fakes.database import Database
from tests.fakes.record_store import MemoryStore


@dataclass
class MemoryPlace:
    database: Database = field(default_factory=Database)

    def __post_init__(self) -> None:
        self.store: RecordStore = MemoryStore(self.database)

    async def dead_letters(self) -> list[UUID]:
        return list(self.database.dead_letters.rows)

    async def events(self) -> list[UUID]:
        return list(self.database.outbox.rows.values())

    async def tasks(self) -> list[StoredTask]:
        return sorted(
            StoredTask(
                kept.id,
                kept.last.reason.code,
                kept.last.reason.cause,
                kept.last.version,
                kept.times_seen,
                kept.closed_by or "",
            )
            for kept in self.database.tasks.rows.values()
        )

    async def resolved_at(self, record: RecordId) -> datetime | None:
        return self.database.records.rows[record].resolved_at

    async def ask_to_read(self, connection: ConnectionId) -> None:
        rows = self.database.connections.rows
        rows[connection] = replace(rows[connection], profile_read_at=None)


class TestMemoryStore(RecordStoreContract):
    @pytest.fixture
    def place(self) -> MemoryPlace:
        place = MemoryPlace()
        for id_ in (R1, R2):
            place.database.connections.rows[id_] = replace(
                CONNECTED,
                id=id_,
                tenant_id=TENANT,
                provider=QBO,
                realm_id=RealmId(str(id_)),
                is_default=id_ == R1,
            )
        return place
