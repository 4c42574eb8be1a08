"""One process relays from several databases, and one's trouble is not another's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ledgerlane_outbox import append, install
from tests.eventually import eventually
from tests.fakes.environment import environment
from tests.fakes.publisher import MemoryPublisher
from tests.integration.producers.events import event
from tests.integration.producers.kafka import new_topic, read_topic
from tests.integration.producers.members import Member, relay_process, running, until_published
from tests.integration.producers.network_partition import link_to


@pytest_asyncio.fixture
async def far_engine(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """Another database with an outbox."""
    name = f"{engine.url.database}_far"
    alone = engine.execution_options(isolation_level="AUTOCOMMIT")
    async with alone.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    far = create_async_engine(make_url(engine.url).set(database=name))
    try:
        async with far.begin() as connection:
            await install(connection)
        yield far
    finally:
        await far.dispose()
        async with alone.connect() as connection:
            await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


async def commit(engine: AsyncEngine, payload: bytes) -> None:
    async with engine.begin() as connection:
        await append(connection, event(payload))


@pytest.mark.accepts("GWY-07")
async def test_a_source_that_is_cut_off_delays_no_other_and_catches_up(
    engine: AsyncEngine, far_engine: AsyncEngine, database_url: str
) -> None:
    near_topics, far_topics = MemoryPublisher("events"), MemoryPublisher("events")
    far_url = far_engine.url.render_as_string(hide_password=False)
    loop = asyncio.get_running_loop()
    async with link_to(far_url) as (link, through_link), AsyncExitStack() as stack:
        near, far = Member(database_url, near_topics, 1), Member(through_link, far_topics, 2)
        for member in (near, far):
            await stack.enter_async_context(running(member))
        for database, topics in ((engine, near_topics), (far_engine, far_topics)):
            await commit(database, b"0")
            await until_published(topics, 1)
        link.cut()
        await commit(far_engine, b"1")
        delays = []
        for n in range(1, 300):
            began = loop.time()
            await commit(engine, b"%d" % n)
            await until_published(near_topics, n + 1)
            delays.append(loop.time() - began)
        assert far_topics.payloads("events") == [b"0"], "the link was not cut"
        assert max(delays) < 1.0
        link.mend()
        await until_published(far_topics, 2, within_s=30)


@pytest.mark.accepts("GWY-07")
async def test_one_process_relays_two_databases_also_while_one_is_cut_off(
    engine: AsyncEngine, far_engine: AsyncEngine, database_url: str, kafka_bootstrap: str
) -> None:
    far_url = far_engine.url.render_as_string(hide_password=False)
    async with new_topic(kafka_bootstrap) as topic, link_to(far_url) as (link, through_link):

        async def announce(database: AsyncEngine, payload: bytes) -> None:
            async with database.begin() as connection:
                await append(connection, event(payload, topic=topic))

        async def until(*payloads: bytes) -> None:
            async def are_there() -> bool:
                stored = await read_topic(kafka_bootstrap, topic)
                return {one.payload for one in stored} == set(payloads)

            await eventually(are_there)

        environ = environment(
            DATABASE_URL=database_url,
            KAFKA_BOOTSTRAP=kafka_bootstrap,
            SOURCES=f"far={through_link}",
        )
        async with relay_process(environ) as process:
            await announce(engine, b"near")
            await announce(far_engine, b"far")
            await until(b"near", b"far")
            link.cut()
            await announce(far_engine, b"far later")
            await announce(engine, b"near later")
            await until(b"near", b"far", b"near later")
            link.mend()
            await until(b"near", b"far", b"near later", b"far later")
            assert process.returncode is None
