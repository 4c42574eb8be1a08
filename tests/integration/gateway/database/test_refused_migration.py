"""The migration that brought refused versions: what is known goes on, forward and back."""

from sqlalchemy import text

from gateway.database.engine import open_database
from gateway.database.migrate import downgrade, upgrade

RECORD = """
    INSERT INTO sync_records (
        record_id, connection_id, tenant_id, realm_id, provider, document_type, document_id,
        desired, desired_version, state, priority, updated_at {columns})
    VALUES (gen_random_uuid(), gen_random_uuid(), 't1', '9341', 'qbo', 'bill', '{id}',
            {desired}, '{state}', 1, now() {values})
"""
REFUSED = {"columns": ", refused_version, refusal, reason", "values": ", 2, '{}', '{}'"}
KNOWN = "'{}', 1"
FOUND = text("SELECT document_id, state, reason FROM sync_records ORDER BY document_id")


async def test_records_that_a_refused_version_holds_go_on_without_it(database_url: str) -> None:
    plain = {"columns": "", "values": ""}
    await upgrade(database_url, "0007")
    async with open_database(database_url) as engine:
        async with engine.begin() as database:
            known = RECORD.format(id="agreed", desired=KNOWN, state="agreed", **plain)
            await database.execute(text(known))
        await upgrade(database_url, "0008")
        async with engine.begin() as database:
            for id_, desired in (("edited", KNOWN), ("never", "NULL, NULL")):
                held = RECORD.format(id=id_, desired=desired, state="held", **REFUSED)
                await database.execute(text(held))
        await downgrade(database_url, "0007")
        async with engine.connect() as database:
            found = [tuple(row) for row in await database.execute(FOUND)]
        assert found == [("agreed", "agreed", None), ("edited", "pending", None)]
        await upgrade(database_url)
