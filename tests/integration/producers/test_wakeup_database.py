"""PostgreSQL, with the outbox's trigger, passes the contract that a wakeup relies on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledgerlane_outbox import append
from producers.sources.postgres import libpq_url
from tests.contracts.wakeup_database import (
    RelaySession,
    WakeupDatabaseContract,
    WriterSession,
)
from tests.integration.producers.events import event

_OLDEST_OPEN_XID = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")


@dataclass
class Writer:
    connection: AsyncConnection

    async def commit(self) -> None:
        await self.connection.commit()
        await self.connection.close()


class TestPostgres(WakeupDatabaseContract):
    @pytest_asyncio.fixture(autouse=True)
    async def _database(self, engine: AsyncEngine, database_url: str) -> AsyncIterator[None]:
        self.engine = engine
        self.url = libpq_url(database_url)
        self.relays: list[Any] = []
        yield
        for one in self.relays:
            await one.close()

    async def relay(self) -> RelaySession:
        relay: RelaySession = await asyncpg.connect(self.url)
        self.relays.append(relay)
        return relay

    async def append(self) -> WriterSession:
        connection = await self.engine.connect()
        await append(connection, event(b"1"))
        return Writer(connection)

    async def oldest_open_xid(self) -> int:
        async with self.engine.connect() as connection:
            return int(await connection.scalar(_OLDEST_OPEN_XID))

    async def until_delivered(self) -> None:
        for one in self.relays:  # a notification that was sent comes before the answer
            await one.execute("SELECT 1")
