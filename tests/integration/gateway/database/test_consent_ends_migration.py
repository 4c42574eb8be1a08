"""The migration of when consents end: grants stay, forward and back."""

from sqlalchemy import text

from gateway.database.engine import open_database
from gateway.database.migrate import downgrade, upgrade

GRANT = """
    INSERT INTO grants (id, tenant_id, provider, sealed, key_id, scopes, expires_at,
                        refresh_expires_at, created_at, updated_at)
    VALUES (gen_random_uuid(), 't1', :provider, '', 'k1', '{}', :at,
            CAST(:at AS timestamptz) + interval '60 days',
            CAST(:at AS timestamptz) - CAST(:age AS integer) * interval '1 day', :at)
"""
ENDS = """
    SELECT provider, extract(day FROM consent_expires_at - created_at) AS days,
           keep_alive_at BETWEEN updated_at + interval '30 days'
                             AND updated_at + interval '40 days' AS in_time
      FROM grants ORDER BY provider, created_at DESC
"""
REFRESH_ENDS = "SELECT count(*) FROM grants WHERE refresh_expires_at > updated_at"


async def test_grants_get_their_ends_and_their_turn(database_url: str) -> None:
    await upgrade(database_url, "0015")
    async with open_database(database_url) as engine:
        async with engine.begin() as database:
            for provider, age in (("qbo", 10), ("qbo", 1800), ("xero", 10)):
                said = {"provider": provider, "age": age}
                await database.execute(
                    text(GRANT.replace(":at", "'2026-12-01 09:00+00'")), said
                )
        await upgrade(database_url)
        async with engine.begin() as database:
            found = [tuple(row) for row in await database.execute(text(ENDS))]
        # The second consent has 25 days left, whatever is done.
        assert found == [("qbo", 1825, True), ("qbo", 1825, None), ("xero", None, True)]
        await downgrade(database_url, "0015")
        async with engine.begin() as database:
            assert await database.scalar(text(REFRESH_ENDS)) == 3
        await upgrade(database_url)
