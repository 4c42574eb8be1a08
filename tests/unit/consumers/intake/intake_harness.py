"""Intake on a store in memory, with two companies of one tenant at two providers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import orjson

from consumers.intake.events import Received
from consumers.intake.platform_events import Intake
from consumers.position import Position
from consumers.store.dead_letters import DeadLetter
from consumers.store.tasks import Task
from providers.connections import Connection
from schemas.documents.document import DocumentType
from schemas.envelope import Envelope
from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId, record_id
from schemas.signal import Signal
from tests.fakes.connected import CONNECTED
from tests.fakes.database import Database, Kept, Record
from tests.fakes.record_store import MemoryStore
from tests.virtual_time import START

TENANT = TenantId("harbour")


def connection(n: int, provider: str, *, is_default: bool = True) -> Connection:
    return replace(
        CONNECTED,
        id=ConnectionId(UUID(int=n)),
        tenant_id=TENANT,
        provider=ProviderName(provider),
        realm_id=RealmId(f"r{n}"),
        is_default=is_default,
    )


QBO, XERO, OTHER = connection(1, "qbo"), connection(2, "xero"), connection(3, "qbo")


@dataclass
class IntakeHarness:
    """Takes events in, batch by batch; the third company is no default."""

    database: Database = field(default_factory=Database)
    offset: int = 0

    def __post_init__(self) -> None:
        for one in (QBO, XERO, replace(OTHER, is_default=False)):
            self.database.connections.rows[one.id] = one
        self.store = MemoryStore(self.database)
        self.intake = Intake(self.store, now=lambda: START)

    def event(
        self,
        kind: str,
        version: int,
        payload: Mapping[str, Any] | bytes,
        *,
        subject: str = "",
        realm: str | None = None,
        tenant: str = TENANT,
    ) -> Received:
        """Return the next event; a kind such as ``customer`` or a whole type."""
        self.offset += 1
        envelope = Envelope(
            id=f"e{self.offset}",
            source="/billing",
            type=kind if "." in kind else f"{kind}.changed.v1",
            tenant_id=TenantId(tenant),
            entity_version=version,
            subject=subject,
            realm_id=RealmId(realm) if realm else None,
        )
        value = payload if isinstance(payload, bytes) else orjson.dumps(payload)
        position = Position("platform.events", 0, self.offset)
        return Received(position, envelope.headers(), value)

    async def take(self, *events: Received) -> list[Signal]:
        return [signal for _, signal in await self.intake.accept(events)]

    def record(self, kind: DocumentType, id_: str, at: Connection = QBO) -> Record | None:
        return self.database.records.rows.get(record_id(at.id, kind, id_))

    def letters(self) -> list[DeadLetter]:
        return list(self.database.dead_letters.rows.values())

    def kept(self) -> list[Kept]:
        return list(self.database.tasks.rows.values())

    def tasks(self) -> list[Task]:
        return [kept.last for kept in self.kept()]
