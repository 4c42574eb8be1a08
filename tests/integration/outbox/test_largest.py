"""How large an event may be that the SQL function appends."""

import json
from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from ledgerlane_outbox.sizes import (
    LARGEST_HEADERS,
    LARGEST_PAYLOAD,
    LARGEST_TEXT,
    check_headers,
)

STORED = text("SELECT octet_length(payload) FROM ledgerlane_outbox")
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
    async with engine.connect() as connection:
        stored = await connection.execute(STORED)
        assert stored.scalars().all() == [LARGEST_PAYLOAD]


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
