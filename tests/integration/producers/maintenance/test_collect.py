"""What the doctor finds in a real database; what it makes of it is tested without one."""

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ledgerlane_outbox import append
from ledgerlane_outbox.schema import SCHEMA_VERSION
from producers.maintenance.collect import collect_facts
from producers.maintenance.diagnostics import Severity, diagnose
from producers.maintenance.facts import OutboxFacts, SourceFacts
from producers.maintenance.ring import RetentionPolicy
from producers.sources.snapshot.source import SnapshotSource
from producers.sources.source import Shard
from tests.contracts.source import drain
from tests.integration.producers.events import event
from tests.integration.producers.maintenance.ring import add_rows


async def facts(database_url: str) -> SourceFacts:
    return await collect_facts("test", database_url, RetentionPolicy(), now=datetime.now(UTC))


async def outbox(database_url: str) -> OutboxFacts:
    found = (await facts(database_url)).outbox
    assert found is not None
    return found


async def test_a_relay_at_work_is_found_with_everything_fine(
    engine: AsyncEngine, database_url: str
) -> None:
    async with SnapshotSource(database_url, name="test").session() as session:
        async with engine.begin() as connection:
            await append(connection, event(b"1"), event(b"2"))
        await drain(session)
        found = await facts(database_url)
    assert found.version == SCHEMA_VERSION
    assert found.outbox is not None
    (lease,) = found.outbox.leases
    assert (lease.shard, lease.application) == (0, "ledgerlane-relay")
    (cursor,) = found.outbox.cursors
    assert (cursor.newest_seq, cursor.waiting, cursor.foreign) == (2, 0, False)
    assert sum(slot.filled for slot in found.outbox.ring) == 1
    assert [one for one in diagnose(found) if one.severity is not Severity.FINE] == []


async def test_a_sleeping_relay_is_seen_to_sleep(
    engine: AsyncEngine, database_url: str
) -> None:
    async with SnapshotSource(database_url, name="test").session() as session:
        while not (await outbox(database_url)).asleep:
            assert not (await session.poll(1)).rows
            await session.wait()
        async with engine.begin() as connection:
            await append(connection, event(b"1"))
        await drain(session)
        assert not (await outbox(database_url)).asleep


async def test_a_backlog_is_counted_by_shard(engine: AsyncEngine, database_url: str) -> None:
    async with engine.begin() as connection:
        await add_rows(connection, days_ago=0, rows=70, keys=35)
    async with SnapshotSource(database_url, name="t", shard=Shard(0, 2)).session() as session:
        published = len(await drain(session))
        found = await outbox(database_url)
    assert [lease.shard for lease in found.leases] == [0]
    assert [cursor.waiting for cursor in found.cursors] == [0, 70 - published]
    assert found.cursors[1].oldest_at is not None
    said = [one.what for one in diagnose(await facts(database_url))]
    assert any("no relay reads shard 1 of 2" in what for what in said)


async def test_the_oldest_open_transaction_is_named(
    engine: AsyncEngine, database_url: str
) -> None:
    async with engine.connect() as writer:
        await writer.execute(text("SET application_name = 'forgetful'"))
        await append(writer, event(b"1"))
        pid = await writer.scalar(text("SELECT pg_backend_pid()"))
        oldest = (await outbox(database_url)).oldest
        await writer.rollback()
    assert oldest is not None
    assert (oldest.pid, oldest.application) == (pid, "forgetful")


async def test_the_session_that_locks_a_slot_is_named(
    engine: AsyncEngine, database_url: str
) -> None:
    async with engine.connect() as dump:
        await dump.execute(text("LOCK TABLE ledgerlane_outbox_3 IN ACCESS SHARE MODE"))
        pid = await dump.scalar(text("SELECT pg_backend_pid()"))
        ring = (await outbox(database_url)).ring
        await dump.rollback()
    assert [slot.number for slot in ring if pid in slot.locked_by] == [3]


async def test_a_database_without_an_outbox_is_told_from_none(database_url: str) -> None:
    found = await facts(database_url)
    assert (found.fault, found.version, found.outbox) == ("", None, None)
    nowhere = await facts("postgresql+asyncpg://nobody@127.0.0.1:9/none")
    assert "ConnectionRefusedError" in nowhere.fault


async def test_missing_rights_are_named(engine: AsyncEngine, database_url: str) -> None:
    async with engine.begin() as connection:
        role = await connection.scalar(text("SELECT 'relay_' || gen_random_uuid()"))
        for statement in (
            f"CREATE ROLE \"{role}\" LOGIN PASSWORD 'p'",
            f'GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO "{role}"',
        ):
            await connection.execute(text(statement))
    as_role = create_async_engine(engine.url.set(username=role, password="p"))  # noqa: S106
    url = as_role.url.render_as_string(hide_password=False)
    try:
        missing = (await facts(url)).missing_rights
    finally:
        await as_role.dispose()
        async with engine.begin() as connection:
            await connection.execute(text(f'DROP OWNED BY "{role}"'))
            await connection.execute(text(f'DROP ROLE "{role}"'))
    assert "TRUNCATE on ledgerlane_outbox_7" in missing
    assert "DELETE on ledgerlane_outbox_parked" in missing
    assert "SELECT on ledgerlane_outbox_seq" in missing
    assert "SELECT on ledgerlane_outbox" not in missing
