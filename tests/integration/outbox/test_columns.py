"""Attributes in columns, and what has no column in the headers."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from ledgerlane_outbox import OutboxMessage, append, append_sync
from ledgerlane_outbox.message import JSON
from tests.integration.outbox.stored_rows import attributes, rows

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
    sent = replace(PLAIN, payload={"number": "R-1"}, entity_version=1)
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
