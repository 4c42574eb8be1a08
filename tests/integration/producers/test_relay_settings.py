"""What the settings choose, in relays as the program wires them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.config.settings import Settings
from gateway.wiring.relay import open_relays, run_relays
from gateway.wiring.retention import run_retention
from ledgerlane_outbox import append
from producers.sources.snapshot.source import SnapshotSource
from tests.contracts.publisher import TOO_LARGE
from tests.contracts.source import drain
from tests.eventually import eventually
from tests.fakes.environment import environment
from tests.integration.producers.events import event
from tests.integration.producers.kafka import new_topic, read_topic
from tests.integration.producers.maintenance.ring import add_rows, rows_of

_PARKED = text("SELECT count(*) FROM ledgerlane_outbox_parked")


@asynccontextmanager
async def relaying(settings: Settings) -> AsyncIterator[None]:
    """Relay all sources as the role does."""
    stop = asyncio.Event()
    async with open_relays(settings) as relays, asyncio.TaskGroup() as tasks:
        tasks.create_task(run_relays(relays, stop))
        try:
            yield
        finally:
            stop.set()


async def _parked(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int(await connection.scalar(_PARKED) or 0)


@pytest.mark.accepts("GWY-06")
@pytest.mark.parametrize(
    ("said", "published", "parked"),
    [("hold-key", [b"1", b"other"], 2), ("go-on", [b"1", b"2", b"other"], 1)],
)
async def test_a_key_behind_a_poison_row_waits_or_goes_on_as_the_setting_says(
    engine: AsyncEngine,
    database_url: str,
    kafka_bootstrap: str,
    said: str,
    published: list[bytes],
    parked: int,
) -> None:
    environ = environment(
        DATABASE_URL=database_url, KAFKA_BOOTSTRAP=kafka_bootstrap, RELAY_POISON=said
    )
    async with new_topic(kafka_bootstrap) as topic:
        rows = [event(payload, topic=topic) for payload in (b"1", TOO_LARGE, b"2")]
        async with engine.begin() as connection:
            await append(connection, *rows, event(b"other", "other", topic=topic))

        async def parked_and_published() -> bool:
            stored = [one.payload for one in await read_topic(kafka_bootstrap, topic)]
            return sorted(stored) == published and await _parked(engine) == parked

        async with relaying(Settings.from_environ(environ)):
            await eventually(parked_and_published, within_s=20)


@pytest.mark.accepts("GWY-08")
@pytest.mark.parametrize("days", [1, 4])
async def test_published_rows_are_kept_for_the_days_that_the_setting_says(
    engine: AsyncEngine, database_url: str, days: int
) -> None:
    environ = environment(DATABASE_URL=database_url, RELAY_RETENTION_DAYS=str(days))
    async with engine.begin() as connection:
        for days_ago in range(7):
            await add_rows(connection, days_ago=days_ago, rows=1)
    async with SnapshotSource(database_url, name="gateway").session() as session:
        assert len(await drain(session)) == 7

    async def only_those() -> bool:
        left = [await rows_of(engine, days_ago=days_ago) for days_ago in range(7)]
        return left == [1] * (days + 1) + [0] * (6 - days)

    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run_retention(Settings.from_environ(environ), stop))
        await eventually(only_those)
        stop.set()
