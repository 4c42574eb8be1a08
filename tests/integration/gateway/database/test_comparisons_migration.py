"""The migration that brought comparisons: what contradicts is held back, and compared anew."""

import pytest
from sqlalchemy import text

from gateway.database.engine import open_database
from gateway.database.migrate import downgrade, upgrade

HELD = text("""
    INSERT INTO sync_records (
        record_id, connection_id, tenant_id, realm_id, provider, document_type, document_id,
        desired, desired_version, state, reason, priority, updated_at)
    VALUES (gen_random_uuid(), gen_random_uuid(), 't1', '9341', 'qbo', 'payment', :code,
            '{}', 1, 'held', jsonb_build_object('code', CAST(:code AS text)), 1, now())
""")
COMPARED = text("""
    INSERT INTO dependencies (record_id, tenant_id, awaited_id, agreed, revision)
    SELECT record_id, tenant_id, gen_random_uuid(), FALSE, 1 FROM sync_records
""")
FOUND = text("SELECT document_id, state FROM sync_records")


@pytest.mark.parametrize("code", ["payment_currency_differs", "names_out_of_use"])
async def test_a_contradiction_stays_held_and_is_compared_anew(
    database_url: str, code: str
) -> None:
    await upgrade(database_url)
    async with open_database(database_url) as engine:
        async with engine.begin() as database:
            await database.execute(HELD, {"code": code})
            await database.execute(HELD, {"code": "period_locked"})
            await database.execute(COMPARED)
        await downgrade(database_url, "0009")
        async with engine.connect() as database:
            found = {row.document_id: row.state for row in await database.execute(FOUND)}
            assert found == {code: "held", "period_locked": "held"}
            left = await database.execute(text("SELECT count(*) FROM dependencies"))
            assert left.scalar_one() == 0
        await upgrade(database_url)
        async with engine.connect() as database:
            found = {row.document_id: row.state for row in await database.execute(FOUND)}
            assert found == {code: "pending", "period_locked": "held"}
