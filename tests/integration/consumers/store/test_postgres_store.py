"""The record store on PostgreSQL passes the contract that all else rests on."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.contracts.record_store import RecordStoreContract
from tests.integration.consumers.store.postgres_place import PostgresPlace, open_place


class TestPostgresStore(RecordStoreContract):
    @pytest_asyncio.fixture
    async def place(self, migrated_database_url: str) -> AsyncIterator[PostgresPlace]:
        async with open_place(migrated_database_url) as opened:
            yield opened
