"""The migration that brought the ledger's side: rows stay, forward and back."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database.engine import open_database
from gateway.database.migrate import downgrade, revision_of, upgrade

OF_THE_PLATFORM = """
    INSERT INTO sync_records (
        record_id, connection_id, tenant_id, realm_id, provider, document_type, document_id,
        desired, desired_version, desired_at, state, priority, updated_at)
    VALUES (gen_random_uuid(), gen_random_uuid(), 't1', '9341', 'qbo', 'vendor', 'b1',
            '{"id": "b1", "name": "V"}', 3, now(), 'agreed', 1, now())
"""
BORN_IN_THE_LEDGER = """
    INSERT INTO sync_records (
        record_id, connection_id, tenant_id, realm_id, provider, document_type, document_id,
        external_id, observed, observed_version, observed_presence, state, priority, updated_at)
    VALUES (gen_random_uuid(), gen_random_uuid(), 't1', '9341', 'qbo', 'vendor', 'b2',
            '58', '{"id": "b2", "name": "W"}', 7, 'present', 'pending', 2, now())
"""
INTENTS = """
    INSERT INTO intents (record_id, tenant_id, operation, version, idempotency_key, epoch,
                         started_at)
    SELECT record_id, tenant_id, 'update', 3, gen_random_uuid(), 1, now() FROM sync_records
"""
RECORDS = """
    SELECT document_id, revision, desired_version, observed_version, base_ledger_version
      FROM sync_records ORDER BY document_id
"""
LEFT = """
    SELECT document_id, desired_version, (SELECT count(*) FROM intents) FROM sync_records
"""


async def rows(engine: AsyncEngine, statement: str) -> list[tuple[object, ...]]:
    async with engine.connect() as database:
        return [tuple(row) for row in await database.execute(text(statement))]


async def test_records_stay_forward_and_back_but_those_that_only_the_ledger_has(
    database_url: str,
) -> None:
    first = ("b1", 1, 3, None, None)
    await upgrade(database_url, "0005")
    async with open_database(database_url) as engine:
        async with engine.begin() as database:
            await database.execute(text(OF_THE_PLATFORM))
        await upgrade(database_url)
        assert await rows(engine, RECORDS) == [first]
        async with engine.begin() as database:
            await database.execute(text(BORN_IN_THE_LEDGER))
            await database.execute(text(INTENTS))
        assert await rows(engine, RECORDS) == [first, ("b2", 1, None, 7, None)]
        await downgrade(database_url, "0005")
        assert await revision_of(engine) == "0005"
        assert await rows(engine, LEFT) == [("b1", 3, 1)], "the older release knows no other"
        await upgrade(database_url)
        assert await rows(engine, RECORDS) == [first]
