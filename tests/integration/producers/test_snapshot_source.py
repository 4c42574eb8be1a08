from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from ledgerlane_outbox import OutboxMessage, append
from producers.sources.base import Source
from producers.sources.snapshot import SnapshotSource
from tests.contracts.source import SourceContract, drain


def event(payload: bytes, key: str = "k") -> OutboxMessage:
    return OutboxMessage(
        type="thing.happened.v1",
        source="/test",
        tenant_id="t",
        topic="events",
        partition_key=key,
        payload=payload,
    )


class TestSnapshotSource(SourceContract):
    @pytest.fixture(autouse=True)
    def _database(self, engine: AsyncEngine, database_url: str) -> None:
        self.engine = engine
        self.url = database_url

    @pytest_asyncio.fixture
    async def source(self) -> AsyncIterator[Source]:
        yield SnapshotSource(self.url, name="test")

    async def commit(self, source: Source, *payloads: bytes, key: str = "k") -> None:
        async with self.engine.begin() as connection:
            await append(connection, *(event(payload, key) for payload in payloads))
