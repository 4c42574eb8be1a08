"""Records that wait for each other, on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest_asyncio
from sqlalchemy.ext.asyncio import create_async_engine

from consumers.store.postgres import PostgresStore
from consumers.store.protocols import RecordStore
from gateway.database.sessions import Sessions
from tests.contracts.dependency_cycles import DependencyCyclesContract
from tests.contracts.store_steps import TENANT
from tests.integration.consumers.store.postgres_place import NamingStore


class TestPostgresDependencyCycles(DependencyCyclesContract):
    @pytest_asyncio.fixture
    async def records(self, migrated_database_url: str) -> AsyncIterator[RecordStore]:
        database = create_async_engine(migrated_database_url)
        yield NamingStore(PostgresStore(Sessions(database).session), TENANT)
        await database.dispose()
