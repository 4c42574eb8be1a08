"""The record store in memory passes the contract of the real one."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import pytest

from consumers.store import RecordStore
from providers.connections import Connection, ConnectionState
from schemas.ids import RealmId, RecordId
from tests.contracts.record_store import RecordStoreContract
from tests.contracts.store_steps import NOW, QBO, R1, R2, TENANT, Told
from tests.fakes.database import Database
from tests.fakes.record_store import MemoryStore


@dataclass
class MemoryPlace:
    database: Database = field(default_factory=Database)

    def __post_init__(self) -> None:
        self.store: RecordStore = MemoryStore(self.database)

    async def letters(self) -> list[UUID]:
        return list(self.database.letters.rows)

    async def events(self) -> list[UUID]:
        return list(self.database.outbox.rows.values())

    async def tasks(self) -> list[Told]:
        return sorted(
            Told(
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


class TestMemoryStore(RecordStoreContract):
    @pytest.fixture
    def place(self) -> MemoryPlace:
        place = MemoryPlace()
        for id_ in (R1, R2):
            place.database.connections.rows[id_] = Connection(
                id=id_,
                tenant_id=TENANT,
                provider=QBO,
                realm_id=RealmId(str(id_)),
                environment="sandbox",
                state=ConnectionState.CONNECTED,
                company_name="Larkspur",
                country="US",
                currency="USD",
                profile={},
                settings={},
                is_default=id_ == R1,
                connected_at=NOW,
                updated_at=NOW,
                scopes=(),
                token_expires_at=None,
                refresh_expires_at=None,
            )
        return place
