"""The migrations that brought versions 2 and 3 of the outbox: rows stay, forward and back."""

import asyncio
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database.engine import open_database
from gateway.database.migrate import downgrade, revision_of, upgrade
from gateway.vault import new_key
from ledgerlane_outbox import append, uninstall
from ledgerlane_outbox.store import TAKE_LEASE
from tests.integration.outbox.earlier_versions import install_version, layout
from tests.integration.producers.events import append_as_version_2, event
from tests.outbox_rows import PARK_ROWS

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
XIDS = "SELECT seq, xid::text FROM ledgerlane_outbox ORDER BY seq"
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


async def test_the_outbox_leaves_version_1_and_returns_with_its_rows(
    database_url: str,
) -> None:
    await upgrade(database_url, "0006")
    async with open_database(database_url) as engine:
        async with engine.begin() as database:
            await uninstall(database)
            await install_version(database, 1)
            await append_as_version_2(database, event(b"1"))
            await database.execute(text(PARK))
        names = await rows(engine, NAMES)
        await upgrade(database_url)
        assert await rows(engine, FOUND.format(decision="decision")) == [(3, "1", "drop")]
        await downgrade(database_url, "0006")
        assert await revision_of(engine) == "0006"
        assert await rows(engine, FOUND.format(decision="verdict")) == [(1, "1", "drop")]
        assert await rows(engine, NAMES) == names
        await upgrade(database_url)
        assert await rows(engine, FOUND.format(decision="decision")) == [(3, "1", "drop")]


async def test_columns_become_headers_on_the_way_back_and_nothing_is_lost(
    database_url: str,
) -> None:
    plain = event(b"1")
    full = replace(
        plain,
        event_id=uuid4(),
        subject="invoice/Zürich",
        entity_version=7,
        realm_id="r",
        datacontenttype="text/plain",
        extensions={"note": 'a "quoted" ü'},
        time=datetime(999, 3, 1, 12, 30, tzinfo=UTC),
    )
    await upgrade(database_url, "0012")
    async with open_database(database_url) as engine:
        async with engine.begin() as database:
            await uninstall(database)
            await install_version(database, 2)
            as_installed = await layout(database)
            await append_as_version_2(database, plain)
        await upgrade(database_url)
        async with engine.begin() as database:
            await append(database, full)
            await database.execute(text(PARK_ROWS), {"reason": "too large"})
            before = (await database.execute(text(XIDS))).all()
        await downgrade(database_url, "0012")
        for table in ("ledgerlane_outbox", "ledgerlane_outbox_parked"):
            found = await rows(engine, f"SELECT event_id, headers, seq FROM {table}")  # noqa: S608
            assert {row[0]: row[1] for row in found} == {
                plain.event_id: plain.headers(),
                full.event_id: full.headers(),
            }
        async with engine.begin() as database:
            assert (await database.execute(text(XIDS))).all() == before
            assert await layout(database) == as_installed
            await append_as_version_2(database, plain)
        await upgrade(database_url)


async def test_a_relay_that_reads_makes_migrate_fail_in_one_line_and_change_nothing(
    database_url: str,
) -> None:
    environ = {
        "LEDGERLANE_DATABASE_URL": database_url,
        "LEDGERLANE_KAFKA_BOOTSTRAP": "127.0.0.1:9",
        "LEDGERLANE_VAULT_KEYS": f"test:{new_key()}",
    }
    await upgrade(database_url, "0012")
    async with open_database(database_url) as engine:
        async with engine.begin() as database:
            await uninstall(database)
            await install_version(database, 2)
        async with engine.connect() as relay:
            assert await relay.scalar(text(TAKE_LEASE.replace("$1", "0")))
            done = await asyncio.to_thread(
                subprocess.run,
                [sys.executable, "-m", "gateway", "migrate"],
                env=environ,
                capture_output=True,
                text=True,
                check=False,
            )
        assert done.returncode == 1
        [line] = done.stderr.splitlines()
        assert "relays still read the outbox of this database; stop every relay" in line
        assert await revision_of(engine) == "0012"
