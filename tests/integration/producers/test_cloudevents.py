"""An outsider reads what we write: the CNCF's own SDK."""

import asyncio
import json
from datetime import UTC, datetime
from uuid import UUID

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ledgerlane_outbox import OutboxMessage, append
from producers.publishers.kafka import KafkaPublisher
from producers.relay import Relay
from producers.relay_policy import RelayPolicy
from producers.sources.snapshot.source import SnapshotSource
from schemas.envelope import envelope_from
from tests.contracts.publisher import Stored
from tests.eventually import eventually
from tests.integration.producers.kafka import new_topic, read_topic

EVENT_ID = UUID("0197a1d4-0000-7000-8000-000000000001")
TIME = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)

SQL_APPEND = text("""
    SELECT ledgerlane_append(
        'invoice.issued.v1', '/billing', 'tenant-1', '{"number":"R-1","total":"19.99"}',
        topic => :topic, subject => 'invoice/4711', realm_id => 'realm-7', entity_version => 3,
        partition_key => 'tenant-1', event_id => :event_id, "time" => :time,
        traceparent => '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
""")


def message(topic: str) -> OutboxMessage:
    return OutboxMessage(
        type="invoice.issued.v1",
        source="/billing",
        tenant_id="tenant-1",
        payload={"number": "R-1", "total": "19.99"},
        topic=topic,
        subject="invoice/4711",
        realm_id="realm-7",
        entity_version=3,
        event_id=EVENT_ID,
        time=TIME,
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )


async def relayed(url: str, bootstrap: str, topic: str, count: int) -> list[Stored]:
    """Relay until ``count`` messages are in the topic, and read them."""
    stop = asyncio.Event()

    async def all_there() -> bool:
        return len(await read_topic(bootstrap, topic)) == count

    async with KafkaPublisher(bootstrap) as publisher, asyncio.TaskGroup() as tasks:
        relay = Relay(SnapshotSource(url, name="test"), publisher, RelayPolicy())
        tasks.create_task(relay.run(stop))
        await eventually(all_there)
        stop.set()
    return await read_topic(bootstrap, topic)


async def test_the_cloudevents_sdk_reads_what_python_and_sql_write(
    engine: AsyncEngine, database_url: str, kafka_bootstrap: str
) -> None:
    async with new_topic(kafka_bootstrap) as topic:
        async with engine.begin() as connection:
            await append(connection, message(topic))
            await connection.execute(
                SQL_APPEND, {"topic": topic, "event_id": EVENT_ID, "time": TIME}
            )
        from_python, from_sql = await relayed(database_url, kafka_bootstrap, topic, 2)

    assert from_python == from_sql
    headers = {name: value.encode() for name, value in from_python.headers.items()}
    event = from_binary(
        KafkaMessage(headers, from_python.key.encode(), from_python.payload), JSONFormat()
    )
    assert event.get_specversion() == "1.0"
    assert event.get_id() == str(EVENT_ID)
    assert event.get_source() == "/billing"
    assert event.get_type() == "invoice.issued.v1"
    assert event.get_subject() == "invoice/4711"
    assert event.get_time() == TIME
    assert event.get_datacontenttype() == "application/json"
    assert {
        name: event.get_extension(name)
        for name in ("tenantid", "realmid", "entityversion", "partitionkey", "traceparent")
    } == {
        "tenantid": "tenant-1",
        "realmid": "realm-7",
        "entityversion": "3",
        "partitionkey": "tenant-1",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    assert event.get_data() == {"number": "R-1", "total": "19.99"}
    assert json.loads(from_python.payload) == event.get_data()


async def test_the_gateways_own_envelope_reads_it_too(
    engine: AsyncEngine, database_url: str, kafka_bootstrap: str
) -> None:
    async with new_topic(kafka_bootstrap) as topic:
        async with engine.begin() as connection:
            await append(connection, message(topic))
        (stored,) = await relayed(database_url, kafka_bootstrap, topic, 1)
    envelope = envelope_from((name, value.encode()) for name, value in stored.headers.items())
    assert (envelope.id, envelope.time) == (str(EVENT_ID), TIME)
    assert (envelope.tenant_id, envelope.realm_id) == ("tenant-1", "realm-7")
    assert envelope.entity_version == 3
