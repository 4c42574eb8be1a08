import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database.engine import open_database
from gateway.database.migrate import NOTHING, check_migrated, downgrade, revision_of, upgrade
from gateway.errors import NotMigrated
from gateway.migrations.metadata import METADATA, is_ours

RELATIONS = text("""
    SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
     WHERE nspname = 'public' AND relname <> 'alembic_version'
       AND relname <> 'alembic_version_pkc'
""")
FUNCTIONS = text("""
    SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
     WHERE nspname = 'public'
""")
INDEXED = text("SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'")


async def _names(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        found = [*(await connection.execute(RELATIONS)), *(await connection.execute(FUNCTIONS))]
    return {row[0] for row in found}


@pytest.mark.accepts("CFG-07")
async def test_up_and_down_leave_nothing_behind(database_url: str) -> None:
    async with open_database(database_url) as engine:
        await upgrade(database_url)
        first = await _names(engine)
        assert {"connections", "grants", "api_calls", "ledgerlane_outbox"} <= first
        await downgrade(database_url, NOTHING)
        assert await _names(engine) == set()
        await upgrade(database_url)
        assert await _names(engine) == first


@pytest.mark.accepts("CFG-07")
async def test_external_id_and_status_are_indexed(migrated_database_url: str) -> None:
    async with (
        open_database(migrated_database_url) as engine,
        engine.connect() as connection,
    ):
        indexes = [row.indexdef for row in await connection.execute(INDEXED)]
    for table, column in (("sync_records", "external_id"), ("sync_records", "state")):
        assert any(f".{table} " in index and column in index for index in indexes), column


async def test_the_tables_are_those_of_the_code(migrated_database_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        ours = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_name": is_ours,
                "target_metadata": METADATA,
            },
        )
        return list(compare_metadata(ours, METADATA))  # type: ignore[arg-type] # takes several

    async with (
        open_database(migrated_database_url) as engine,
        engine.connect() as connection,
    ):
        assert await connection.run_sync(differences) == []


async def test_roles_that_start_together_may_all_migrate(database_url: str) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(upgrade(database_url))
    async with open_database(database_url) as engine:
        await check_migrated(engine)


async def test_a_database_at_another_revision_is_refused(database_url: str) -> None:
    async with open_database(database_url) as engine:
        with pytest.raises(NotMigrated, match="revision base, this program needs"):
            await check_migrated(engine)
        await upgrade(database_url, "0001")
        assert await revision_of(engine) == "0001"


async def test_an_unknown_revision_changes_nothing(database_url: str) -> None:
    with pytest.raises(NotMigrated, match="9999"):
        await upgrade(database_url, "9999")
    async with open_database(database_url) as engine:
        assert await revision_of(engine) == NOTHING
