"""The migration that brought remarks: rows stay, forward and back."""

from sqlalchemy import text

from gateway.database.engine import open_database
from gateway.database.migrate import downgrade, upgrade

RECORD = """
    INSERT INTO sync_records (
        record_id, connection_id, tenant_id, realm_id, provider, document_type, document_id,
        desired, desired_version, desired_at, state, priority, updated_at)
    VALUES (gen_random_uuid(), gen_random_uuid(), 't1', '9341', 'qbo', 'bill', 'b1',
            '{"id": "b1"}', 3, now(), 'agreed', 1, now())
"""


async def test_records_stay_forward_and_back(database_url: str) -> None:
    await upgrade(database_url, "0008")
    async with open_database(database_url) as engine:
        async with engine.begin() as database:
            await database.execute(text(RECORD))
        await upgrade(database_url)
        async with engine.begin() as database:
            found = await database.execute(
                text("SELECT document_id, remarks FROM sync_records")
            )
            assert [tuple(row) for row in found] == [("b1", None)]
        await downgrade(database_url, "0008")
        async with engine.begin() as database:
            found = await database.execute(text("SELECT document_id FROM sync_records"))
            assert [tuple(row) for row in found] == [("b1",)]
        await upgrade(database_url)
