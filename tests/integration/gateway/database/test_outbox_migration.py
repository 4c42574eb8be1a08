"""The migration that brought version 2 of the outbox: rows stay, forward and back."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database.engine import open_database
from gateway.database.migrate import downgrade, revision_of, upgrade
from ledgerlane_outbox import append, uninstall
from tests.integration.outbox.earlier_versions import install_version
from tests.integration.producers.events import event

PARK = """
    INSERT INTO ledgerlane_outbox_parked
           (seq, created_at, event_id, topic, partition_key, headers, payload, reason,
            holds_key, verdict)
    SELECT seq, created_at, event_id, topic, partition_key, headers, payload, 'too large',
           true, 'drop'
      FROM ledgerlane_outbox
"""
FOUND = """
    SELECT ledgerlane_outbox_version(), convert_from(o.payload, 'UTF8'), {decision}
      FROM ledgerlane_outbox AS o JOIN ledgerlane_outbox_parked USING (seq)
"""
NAMES = r"""
    SELECT relname FROM pg_class WHERE relname LIKE 'ledgerlane%'
     UNION ALL
    SELECT proname || regexp_replace(prosrc, '\s+', ' ', 'g') FROM pg_proc
     WHERE proname ~ '^ledgerlane_outbox_(ring|notify)'
     UNION ALL
    SELECT tgname FROM pg_trigger WHERE tgname LIKE 'ledgerlane%'
     UNION ALL
    SELECT conname FROM pg_constraint WHERE conname LIKE 'ledgerlane_outbox_parked%'
"""


async def rows(engine: AsyncEngine, statement: str) -> list[tuple[object, ...]]:
    async with engine.connect() as database:
        return sorted(tuple(row) for row in await database.execute(text(statement)))


async def test_the_outbox_gets_version_2_and_back_with_its_rows(database_url: str) -> None:
    await upgrade(database_url, "0006")
    async with open_database(database_url) as engine:
        async with engine.begin() as database:
            await uninstall(database)
            await install_version(database, 1)
            await append(database, event(b"1"))
            await database.execute(text(PARK))
        names = await rows(engine, NAMES)
        await upgrade(database_url)
        assert await rows(engine, FOUND.format(decision="decision")) == [(2, "1", "drop")]
        await downgrade(database_url, "0006")
        assert await revision_of(engine) == "0006"
        assert await rows(engine, FOUND.format(decision="verdict")) == [(1, "1", "drop")]
        assert await rows(engine, NAMES) == names
        await upgrade(database_url)
        assert await rows(engine, FOUND.format(decision="decision")) == [(2, "1", "drop")]
