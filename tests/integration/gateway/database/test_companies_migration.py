"""The migration of what is known of companies: rows stay, forward and back."""

from sqlalchemy import text

from gateway.database.engine import open_database
from gateway.database.migrate import downgrade, upgrade

CONNECTION = """
    INSERT INTO connections (
        id, tenant_id, provider, realm_id, environment, state, company_name, country, currency,
        profile, is_default, connected_at, updated_at)
    VALUES (gen_random_uuid(), 't1', 'qbo', '9341', 'sandbox', 'expired', 'Larkspur', 'US',
            'USD', '{}', TRUE, '2026-03-02 09:00+00', now())
"""
READ = "SELECT profile_read_at = connected_at, reason FROM connections"


async def test_a_company_was_last_read_when_it_was_connected(database_url: str) -> None:
    await upgrade(database_url, "0010")
    async with open_database(database_url) as engine:
        async with engine.begin() as database:
            await database.execute(text(CONNECTION))
        await upgrade(database_url)
        async with engine.begin() as database:
            assert [tuple(row) for row in await database.execute(text(READ))] == [(True, None)]
        await downgrade(database_url, "0010")
        async with engine.begin() as database:
            found = await database.execute(text("SELECT realm_id, state FROM connections"))
            assert [tuple(row) for row in found] == [("9341", "expired")]
        await upgrade(database_url)
