"""An outbox in use gets columns for attributes: each event once, with the headers it had."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from ledgerlane_outbox import OutboxMessage, append, install
from producers.publishers.kafka import KafkaPublisher
from producers.relay import Relay
from producers.relay_policy import RelayPolicy
from producers.sources.snapshot.source import SnapshotSource
from producers.sources.source import Parked
from producers.sources.wal.source import WalSession, WalSource
from tests.contracts.source import first_batch
from tests.eventually import eventually
from tests.integration.outbox.earlier_versions import install_version
from tests.integration.producers.earlier_relay import relay_as_of_version
from tests.integration.producers.events import append_as_version_2
from tests.integration.producers.kafka import new_topic, read_topic
from tests.integration.producers.wal import execute, has_slot, settle, slot

Source = SnapshotSource | WalSource

DECIDE = """
    UPDATE ledgerlane_outbox_parked SET decision = 'retry'
     WHERE seq = (SELECT min(seq) FROM ledgerlane_outbox_parked)
"""
VERSION = "SELECT ledgerlane_outbox_version()"
TARGET = "SELECT target IS NOT NULL FROM ledgerlane_outbox_cursor"
EMIT = text("SELECT ledgerlane_emit(:topic, :key, CAST(:headers AS json), :payload)")
APPEND = text("""
    SELECT ledgerlane_append(
        :type, :source, :tenant_id, CAST(:payload AS json), subject => :subject,
        realm_id => :realm_id, entity_version => :version, topic => :topic,
        partition_key => :key, event_id => :event_id, "time" => :time,
        traceparent => :traceparent)
""")
KINDS: tuple[Mapping[str, Any], ...] = (
    {},
    {"subject": "Rechnung/Zürich", "entity_version": 0},
    {"realm_id": "realm-7", "traceparent": "00-a-b-01", "entity_version": 2**63 - 1},
    {"datacontenttype": "text/plain", "extensions": {"note": 'a "quoted" ü'}, "payload": b"x"},
)


@dataclass
class Story:
    """What was appended to an outbox, and where it is to be published."""

    engine: AsyncEngine
    source: Source
    topic: str
    bootstrap: str
    sent: list[OutboxMessage] = field(default_factory=list)

    def messages(
        self, key: str = "k", kinds: Sequence[Mapping[str, Any]] = KINDS
    ) -> list[OutboxMessage]:
        """Make one event of each kind."""
        made = [
            OutboxMessage(
                **{"payload": {"n": n}, **more},
                type="thing.happened.v1",
                source="/test",
                tenant_id=f"tenant-{n}",
                topic=self.topic,
                partition_key=key,
            )
            for n, more in enumerate(kinds)
        ]
        self.sent += made
        return made

    async def append_as_before(self, key: str = "k") -> None:
        async with self.engine.begin() as connection:
            for message in self.messages(key):
                await append_as_version_2(connection, message)

    async def append(self) -> None:
        """Append by every way that there is."""
        async with self.engine.begin() as connection:
            await append(connection, *self.messages())
            for message in self.messages():
                await append(connection, message)
            for message in self.messages(kinds=KINDS[:3]):
                await append_by_sql(connection, message)
        await self.append_as_before()

    async def emit(self) -> None:
        """Emit events without a row, if the source reads the log."""
        if isinstance(self.source, WalSource):
            async with self.engine.begin() as connection:
                for one in self.messages():
                    await connection.execute(
                        EMIT,
                        {
                            "topic": one.topic,
                            "key": one.partition_key,
                            "headers": json.dumps(one.headers()),
                            "payload": one.encoded_payload(),
                        },
                    )

    async def relay(self, count: int) -> None:
        """Run a relay until so many records are in the topic."""
        stop = asyncio.Event()

        async def all_there() -> bool:
            return len(await read_topic(self.bootstrap, self.topic)) >= count

        async with (
            KafkaPublisher(self.bootstrap) as publisher,
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(Relay(self.source, publisher, RelayPolicy()).run(stop))
            await eventually(all_there)
            stop.set()

    async def relay_in_part(self) -> None:
        """Publish some events, park others, and leave the rest on the way to a target."""
        async with (
            KafkaPublisher(self.bootstrap) as publisher,
            self.source.session() as session,
        ):
            if isinstance(session, WalSession):
                await settle(session)
            await self.append_as_before("held")
            parked = await first_batch(session, len(KINDS))
            assert len(parked.rows) == len(KINDS)
            await parked.acknowledge([Parked(row[0], "waits", True) for row in parked.rows])
            await self.append_as_before()
            await self.append_as_before()
            batch = await first_batch(session, len(KINDS) + 1)
            assert not await publisher.publish(batch.rows)
            await batch.acknowledge()


async def append_by_sql(connection: AsyncConnection, message: OutboxMessage) -> None:
    await connection.execute(
        APPEND,
        {
            "type": message.type,
            "source": message.source,
            "tenant_id": message.tenant_id,
            "payload": message.encoded_payload().decode(),
            "subject": message.subject,
            "realm_id": message.realm_id,
            "version": message.entity_version,
            "topic": message.topic,
            "key": message.partition_key,
            "event_id": message.event_id,
            "time": message.time,
            "traceparent": message.traceparent,
        },
    )


@pytest_asyncio.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A database with an outbox of version 2."""
    engine = create_async_engine(database_url)
    try:
        async with engine.begin() as connection:
            await install_version(connection, 2)
        yield engine
    finally:
        await engine.dispose()


@pytest_asyncio.fixture(params=["table", "log"])
async def story(
    request: pytest.FixtureRequest, engine: AsyncEngine, database_url: str, kafka_bootstrap: str
) -> AsyncIterator[Story]:
    source = SnapshotSource if request.param == "table" else WalSource
    async with new_topic(kafka_bootstrap) as topic:
        yield Story(engine, source(database_url, name="test"), topic, kafka_bootstrap)


async def test_every_event_of_before_and_after_is_once_on_kafka_with_its_headers(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        relay_as_of_version(2, patch)
        await story.append_as_before()
        await story.relay(len(KINDS))
        await story.relay_in_part()
    if isinstance(story.source, SnapshotSource):
        assert await execute(story.engine, TARGET)
    await story.emit()
    await execute(story.engine, DECIDE)
    async with story.engine.begin() as connection:
        await install(connection)
    await story.append()
    await story.emit()
    await story.relay(len(story.sent))
    stored = await read_topic(story.bootstrap, story.topic)
    assert set(Counter(one.headers["ce_id"] for one in stored).values()) == {1}
    found = {one.headers["ce_id"]: (one.key, one.headers, one.payload) for one in stored}
    assert found == {
        str(one.event_id): (one.partition_key, one.headers(), one.encoded_payload())
        for one in story.sent
    }


async def test_the_slot_of_a_relay_that_reads_the_log_stays(
    engine: AsyncEngine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = WalSource(database_url, name="test")
    with monkeypatch.context() as patch:
        relay_as_of_version(2, patch)
        async with source.session() as session:
            await settle(session)
    before = await slot(engine)
    async with engine.begin() as connection:
        await install(connection)
    async with source.session() as session:
        assert session.reads_log
        await session.poll(1)
    assert await has_slot(engine)
    assert (await slot(engine))["slot_name"] == before["slot_name"]


async def test_an_outbox_is_not_upgraded_beside_a_relay_of_version_2(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And that relay goes on, with what is appended meanwhile."""
    with monkeypatch.context() as patch:
        relay_as_of_version(2, patch)
        async with story.source.session() as session:
            if isinstance(session, WalSession):
                await settle(session)
            with pytest.raises(DBAPIError, match="relays still read this outbox"):
                async with story.engine.begin() as connection:
                    await install(connection)
            assert await execute(story.engine, VERSION) == 2
            await story.append_as_before()
            batch = await first_batch(session, 10)
            assert [row[5] for row in batch.rows if row[5]] in (
                [],
                [one.event_id for one in story.sent],
            )
            assert len(batch.rows) == len(KINDS)
            await batch.acknowledge()
    async with story.engine.begin() as connection:
        await install(connection)
    assert await execute(story.engine, VERSION) == 3


async def test_a_publication_without_the_new_columns_counts_as_lost(
    engine: AsyncEngine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after an upgrade by other means: the table is read, and nothing is missed."""
    source = WalSource(database_url, name="test")
    with monkeypatch.context() as patch:
        relay_as_of_version(2, patch)
        async with source.session() as session:
            await settle(session)
    async with engine.begin() as connection:
        await install(connection)
        await connection.execute(
            text(
                "ALTER PUBLICATION ledgerlane_outbox SET TABLE ledgerlane_outbox"
                " (xid, seq, topic, partition_key, headers, payload)"
            )
        )
        await append(
            connection, OutboxMessage(type="a", source="/s", tenant_id="t", payload={})
        )
    async with source.session() as session:
        assert not session.reads_log
        (row,) = (await first_batch(session, 10)).rows
    assert row[6:9] == ("a", "/s", "t")
