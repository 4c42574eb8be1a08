"""The demo platform: it stores its business, and announces it in the same transaction."""

from typing import Any

import orjson
from sqlalchemy import Table, delete, insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from gateway.demo.business.actions import Action, Change
from gateway.demo.platform.rows import TABLES, DocumentTables, own_row, part_rows
from gateway.demo.platform.tables import metadata
from ledgerlane_outbox import OutboxMessage, append, install
from schemas.documents.catalogue import encode
from schemas.ids import TenantId

SOURCE = "/demo-platform"


async def create_tables(connection: AsyncConnection) -> None:
    """Create the platform's tables and its outbox."""
    await connection.run_sync(metadata.create_all)
    await install(connection)


class Platform:
    """A service that sells and buys for its tenants."""

    def __init__(self, database: AsyncEngine) -> None:
        self._database = database

    async def carry_out(self, action: Action) -> None:
        """Store an action's rows and its events in one transaction."""
        async with AsyncSession(self._database) as session, session.begin():
            for change in action.changes:
                version = await self._store(session, action.tenant_id, change)
                await append(session, _event(action.tenant_id, change, version))

    async def _store(self, session: AsyncSession, tenant: TenantId, change: Change) -> int:
        tables = TABLES[change.type]
        row = {"tenant_id": tenant, **own_row(change, tables.table)}
        version = await self._put(session, tables.table, row)
        if tables.parts is not None:
            await self._replace_parts(session, tables.parts, tables, tenant, change)
        return version

    async def _put(self, session: AsyncSession, table: Table, row: dict[str, Any]) -> int:
        """Store an object, new or changed, and return its version; its row stays locked."""
        stored = await session.execute(
            upsert(table)
            .values(version=1, **row)
            .on_conflict_do_update(
                index_elements=["tenant_id", "id"],
                set_={**row, "version": table.c.version + 1},
            )
            .returning(table.c.version)
        )
        return int(stored.scalar_one())

    async def _replace_parts(
        self,
        session: AsyncSession,
        parts: Table,
        tables: DocumentTables,
        tenant: TenantId,
        change: Change,
    ) -> None:
        owner = {"tenant_id": tenant, tables.key: change.document.id}
        await session.execute(
            delete(parts).where(*(parts.c[name] == value for name, value in owner.items()))
        )
        rows = [
            {**owner, "position": i, **row}
            for i, row in enumerate(part_rows(change.document), start=1)
        ]
        if rows:
            await session.execute(insert(parts), rows)


def _event(tenant: TenantId, change: Change, version: int) -> OutboxMessage:
    return OutboxMessage(
        type=change.event_type,
        source=SOURCE,
        tenant_id=tenant,
        subject=f"{change.type}/{change.document.id}",
        entity_version=version,
        payload=_payload(change),
    )


def _payload(change: Change) -> bytes:
    """Return the document as the service writes it."""
    if not change.written:
        return encode(change.document)
    return orjson.dumps({**orjson.loads(encode(change.document)), **change.written})
