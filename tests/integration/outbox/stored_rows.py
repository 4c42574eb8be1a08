"""What is stored in an outbox."""

from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine


async def rows(engine: AsyncEngine) -> list[Row[Any]]:
    async with engine.connect() as connection:
        found = await connection.execute(
            text(
                "SELECT event_id, topic, partition_key, headers, payload"
                " FROM ledgerlane_outbox ORDER BY seq"
            )
        )
        return list(found.all())


async def attributes(engine: AsyncEngine) -> list[tuple[Any, ...]]:
    async with engine.connect() as connection:
        found = await connection.execute(
            text(
                "SELECT type, source, tenant_id, subject, entity_version, time, headers"
                " FROM ledgerlane_outbox ORDER BY seq"
            )
        )
        return [tuple(row) for row in found]
