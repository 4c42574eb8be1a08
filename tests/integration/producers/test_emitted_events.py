"""Events without a row: in the order of the commits, never lost silently, kept when parked."""

import json
from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from ledgerlane_outbox import append
from ledgerlane_outbox.sizes import LARGEST_PAYLOAD
from producers.sources.source import Parked
from producers.sources.wal.source import WalSession, WalSource
from tests.contracts.source import drain, first_batch, read
from tests.eventually import eventually
from tests.integration.producers.events import event
from tests.integration.producers.wal import (
    commit,
    emit,
    execute,
    has_slot,
    settle,
    settle_and_read,
)

IS_MAKING_SLOT = """
    SELECT EXISTS (SELECT FROM pg_replication_slots WHERE active
                      AND confirmed_flush_lsn IS NULL AND database = current_database())
"""
DROP_SLOT = """
    SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
     WHERE database = current_database()
"""

EMIT_SIZED = text("""
    SELECT ledgerlane_emit(
        'events', repeat('k', :key), json_build_object('ce_id', gen_random_uuid()),
        convert_to(repeat('x', :payload), 'UTF8'))
""")


@pytest.fixture
def source(database_url: str) -> WalSource:
    return WalSource(database_url, name="test")


@pytest_asyncio.fixture
async def session(source: WalSource, engine: AsyncEngine) -> AsyncIterator[WalSession]:
    async with source.session() as session:
        await settle(session)
        yield session


async def test_emitted_events_come_in_commit_order_among_the_rows(
    engine: AsyncEngine, session: WalSession
) -> None:
    async with engine.begin() as connection:
        await append(connection, event(b"1"))
        await emit(connection, b"\x00" * 100, key="tenant")
        await append(connection, event(b"3"))
    rows = await read(session, 3)
    seq, topic, key, headers, payload = rows[1][:5]
    assert [row[4] for row in rows] == [b"1", b"\x00" * 100, b"3"]
    assert (topic, key, payload) == ("events", "tenant", b"\x00" * 100)
    assert json.loads(headers or "")["ce_partitionkey"] == "tenant"
    assert seq < 0


async def test_an_emitted_event_alone_is_a_transaction_too(
    engine: AsyncEngine, session: WalSession
) -> None:
    async with engine.begin() as connection:
        await emit(connection, b"1")
    assert await drain(session, 1) == [b"1"]
    assert await execute(engine, "SELECT count(*) FROM ledgerlane_outbox") == 0


async def test_a_parked_emitted_event_is_kept_whole_and_holds_its_key(
    engine: AsyncEngine, source: WalSource
) -> None:
    async with source.session() as session:
        await settle(session)
        async with engine.begin() as connection:
            await append(connection, event(b"row", "row"))
            await emit(connection, b"emitted", "held")
        for _ in range(2):
            batch = await first_batch(session, 1)
            await batch.acknowledge([Parked(batch.rows[0][0], "too large", True)])
    async with engine.connect() as connection:
        found = await connection.execute(
            text(
                "SELECT partition_key, payload, reason, holds_key,"
                " coalesce(type, headers ->> 'ce_type')"
                " FROM ledgerlane_outbox_parked ORDER BY seq"
            )
        )
    assert list(map(tuple, found)) == [
        ("held", b"emitted", "too large", True, "thing.happened.v1"),
        ("row", b"row", "too large", True, "thing.happened.v1"),
    ]
    async with source.session() as session:
        assert await session.held_keys() == {("events", "held"), ("events", "row")}
        assert await drain(session) == []


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("pg_logical_emit_message(true, 'ledgerlane', 'hello')", "not an event"),
        ("pg_logical_emit_message(false, 'ledgerlane', '{}')", "outside its transaction"),
    ],
)
async def test_a_message_that_is_no_event_is_parked_and_stops_nothing(
    engine: AsyncEngine, session: WalSession, statement: str, reason: str
) -> None:
    await execute(engine, f"SELECT {statement}")
    await commit(engine, b"1")
    assert await drain(session, 1) == [b"1"]
    parked = await execute(engine, "SELECT reason FROM ledgerlane_outbox_parked")
    assert reason in parked
    assert await session.held_keys() == set()


async def test_the_messages_of_others_are_passed_over(
    engine: AsyncEngine, session: WalSession
) -> None:
    await execute(engine, "SELECT pg_logical_emit_message(true, 'theirs', 'hello')")
    await commit(engine, b"1")
    assert await drain(session, 1) == [b"1"], "what is theirs came before it, and was passed"
    assert await execute(engine, "SELECT count(*) FROM ledgerlane_outbox_parked") == 0


async def test_emitting_without_an_id_or_a_topic_is_refused(engine: AsyncEngine) -> None:
    for arguments in ("'', 'k', '{\"ce_id\": \"1\"}', ''", "'t', 'k', '{}', ''"):
        with pytest.raises(Exception, match="an argument is empty"):
            await execute(engine, f"SELECT ledgerlane_emit({arguments})")


async def test_emitting_is_refused_until_a_slot_will_send_the_event_and_once_it_is_lost(
    engine: AsyncEngine, source: WalSource
) -> None:
    async def emit_once(payload: bytes) -> None:
        async with engine.begin() as connection:
            await emit(connection, payload)

    with pytest.raises(DBAPIError, match="no relay is ready to read"):
        await emit_once(b"before the first start")
    async with engine.connect() as open_writer:
        await open_writer.execute(text("SELECT pg_current_xact_id()"))
        async with source.session() as session:

            async def is_making_its_slot() -> bool:
                await session.poll(1)
                return bool(await execute(engine, IS_MAKING_SLOT))

            await eventually(is_making_its_slot)
            with pytest.raises(DBAPIError, match="no relay is ready to read"):
                await emit_once(b"while the slot is made")
            await open_writer.rollback()
            await eventually(partial(has_slot, engine))
            await emit_once(b"before the session reads the log")
            assert not session.reads_log
            emitted = b"before the session reads the log"
            assert await settle_and_read(session, emitted) == [emitted]
    await execute(engine, DROP_SLOT)
    with pytest.raises(DBAPIError, match="no relay is ready to read"):
        await emit_once(b"after the slot was lost")


@pytest.mark.accepts("DRV-30")
async def test_an_emitted_event_has_the_limits_of_an_appended_one(
    engine: AsyncEngine, session: WalSession
) -> None:
    async with engine.begin() as connection:
        await connection.execute(EMIT_SIZED, {"key": 1_000, "payload": LARGEST_PAYLOAD})
    [row] = await read(session, 1)
    assert len(row[4]) == LARGEST_PAYLOAD
    for key, payload, words in (
        (1, LARGEST_PAYLOAD + 1, f"payload has {LARGEST_PAYLOAD + 1} bytes"),
        (1_001, 1, "partition_key has 1001 bytes"),
    ):
        async with engine.connect() as connection:
            with pytest.raises(DBAPIError, match=words):
                await connection.execute(EMIT_SIZED, {"key": key, "payload": payload})
