"""The migration that keeps what was sent: writes in doubt stay, forward and back."""

from sqlalchemy import text

from gateway.database.engine import open_database
from gateway.database.migrate import downgrade, upgrade

INTENT = """
    INSERT INTO intents (record_id, operation, version, idempotency_key, epoch, started_at)
    VALUES (gen_random_uuid(), 'create', 3, gen_random_uuid(), 1, now())
"""


async def test_writes_in_doubt_stay_forward_and_back(database_url: str) -> None:
    await upgrade(database_url, "0011")
    async with open_database(database_url) as engine:
        async with engine.begin() as database:
            await database.execute(text(INTENT))
        await upgrade(database_url)
        async with engine.begin() as database:
            found = await database.execute(text("SELECT operation, sent_as FROM intents"))
            assert [tuple(row) for row in found] == [("create", [])]
        await downgrade(database_url, "0011")
        async with engine.begin() as database:
            found = await database.execute(text("SELECT operation FROM intents"))
            assert [tuple(row) for row in found] == [("create",)]
        await upgrade(database_url)
