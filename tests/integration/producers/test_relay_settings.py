"""What the settings choose, in relays as the program wires them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.config.settings import Settings
from gateway.wiring.relay import relays_of, run_relays
from gateway.wiring.retention import run_retention
from ledgerlane_outbox import append
from producers.sources.snapshot.source import SnapshotSource
from tests.contracts.publisher import TOO_LARGE
from tests.contracts.source import drain
from tests.eventually import eventually
from tests.fakes.environment import environment
from tests.integration.producers.events import append_unmeasured, event
from tests.integration.producers.kafka import new_topic, read_topic
from tests.integration.producers.maintenance.ring import add_rows, rows_of

_PARKED = text("SELECT count(*) FROM ledgerlane_outbox_parked")
_REASONS = text("SELECT payload, reason FROM ledgerlane_outbox_parked")
_BAD_HEADER = text("""
    INSERT INTO ledgerlane_outbox (event_id, topic, partition_key, headers, payload)
    VALUES (gen_random_uuid(), :topic, 'bad', '{"ce_id": {"no": "text"}}', 'bad header')
""")


@asynccontextmanager
async def relaying(settings: Settings) -> AsyncIterator[None]:
    """Relay all sources as the role does."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run_relays(relays_of(settings), stop))
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
    [
        ({"RELAY_POISON": "hold-key"}, [b"1", b"other"], 2),
        ({"RELAY_POISON": "go-on"}, [b"1", b"2", b"other"], 1),
        ({}, [b"1", b"2", b"other"], 1),
    ],
    ids=["hold-key", "go-on", "default"],
)
async def test_a_key_behind_a_poison_row_waits_or_goes_on_as_the_setting_says(
    engine: AsyncEngine,
    database_url: str,
    kafka_bootstrap: str,
    said: dict[str, str],
    published: list[bytes],
    parked: int,
) -> None:
    environ = environment(DATABASE_URL=database_url, KAFKA_BOOTSTRAP=kafka_bootstrap, **said)
    async with new_topic(kafka_bootstrap) as topic:
        rows = [event(payload, topic=topic) for payload in (b"1", TOO_LARGE, b"2")]
        async with engine.begin() as connection:
            await append_unmeasured(connection, *rows, event(b"other", "other", topic=topic))

        async def parked_and_published() -> bool:
            stored = [one.payload for one in await read_topic(kafka_bootstrap, topic)]
            return sorted(stored) == published and await _parked(engine) == parked

        async with relaying(Settings.from_environ(environ)):
            await eventually(parked_and_published)


@pytest.mark.accepts("GWY-06")
async def test_a_held_key_is_held_in_later_batches_and_by_the_next_relay(
    engine: AsyncEngine, database_url: str, kafka_bootstrap: str
) -> None:
    environ = environment(
        DATABASE_URL=database_url, KAFKA_BOOTSTRAP=kafka_bootstrap, RELAY_POISON="hold-key"
    )
    settings = Settings.from_environ(environ)

    async with new_topic(kafka_bootstrap) as topic:

        async def commit(payload: bytes, key: str) -> None:
            async with engine.begin() as connection:
                await append_unmeasured(connection, event(payload, key, topic=topic))

        async def until(*published: bytes, parked: int) -> None:
            async def is_so() -> bool:
                stored = {one.payload for one in await read_topic(kafka_bootstrap, topic)}
                assert stored <= set(published), "a row of a held key was published"
                return stored == set(published) and await _parked(engine) == parked

            await eventually(is_so)

        async with relaying(settings):
            await commit(TOO_LARGE, "held")
            await until(parked=1)
            await commit(b"behind", "held")
            await commit(b"1", "other")
            await until(b"1", parked=2)
        async with relaying(settings):
            await commit(b"behind too", "held")
            await commit(b"2", "other")
            await until(b"1", b"2", parked=3)


@pytest.mark.accepts("GWY-06")
@pytest.mark.parametrize(("said", "passed"), [("hold-key", 0), ("go-on", 1)])
async def test_an_unknown_topic_and_a_bad_header_are_parked_with_their_reasons(
    engine: AsyncEngine, database_url: str, kafka_bootstrap: str, said: str, passed: int
) -> None:
    environ = environment(
        DATABASE_URL=database_url, KAFKA_BOOTSTRAP=kafka_bootstrap, RELAY_POISON=said
    )
    async with new_topic(kafka_bootstrap) as topic:
        async with engine.begin() as connection:
            await append(connection, event(b"1", topic=f"{topic}-missing"))
            await connection.execute(_BAD_HEADER, {"topic": topic})
            await append(connection, event(b"behind", "bad", topic=topic))
            await append(connection, event(b"other", "other", topic=topic))

        async def parked_and_published() -> bool:
            stored = {one.payload for one in await read_topic(kafka_bootstrap, topic)}
            wanted = {b"other", b"behind"} if passed else {b"other"}
            return stored == wanted and await _parked(engine) == 3 - passed

        async with relaying(Settings.from_environ(environ)):
            await eventually(parked_and_published)
    async with engine.connect() as connection:
        found = dict(list(map(tuple, await connection.execute(_REASONS))))
    assert found[b"1"]
    assert "headers can't be sent" in found[b"bad header"]


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
