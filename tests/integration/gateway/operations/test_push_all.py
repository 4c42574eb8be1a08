"""Push everything: rows in PostgreSQL become signals on Kafka."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from consumers.kafka.signal_producer import SignalPublisher
from consumers.store.desired_states import DesiredState, upsert_desired
from gateway.database.sessions import Sessions
from gateway.operations.push_all import push_connection
from gateway.runtime.broker import apply_topics
from gateway.runtime.lifecycle import utc_now
from providers.connections import Connection
from providers.registry import PROVIDERS
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, ProviderName, RealmId, record_id
from schemas.signal import Priority, Signal
from schemas.topics import catalogue, work_topic
from tests.fakes.connected import CONNECTED

NOW = datetime(2026, 11, 21, tzinfo=UTC)
QBO = ProviderName("qbo")
STATES = {"a": "pending", "b": "held", "c": "dead", "d": "retrying", "e": "agreed"}


async def announce_in_every_state(engine: AsyncEngine, one: Connection) -> None:
    async with engine.begin() as database:
        await upsert_desired(
            database,
            [
                DesiredState(
                    record_id=record_id(one.id, "customer", name),
                    connection_id=one.id,
                    tenant_id=one.tenant_id,
                    realm_id=one.realm_id,
                    provider=QBO,
                    document_type=DocumentType.CUSTOMER,
                    document_id=name,
                    document="{}",
                    version=3,
                )
                for name in STATES
            ],
            now=NOW,
        )
        for name, state in STATES.items():
            await database.execute(
                text("UPDATE sync_records SET state = :state WHERE document_id = :name"),
                {"state": state, "name": name},
            )


async def signals_of(bootstrap: str, one: Connection, count: int) -> list[Signal]:
    found: list[Signal] = []
    async with AIOKafkaConsumer(
        work_topic(QBO), bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        async for record in consumer:
            signal = Signal.from_bytes(record.value)
            if signal.connection_id == one.id:
                assert record.key == signal.key.encode()
                found.append(signal)
            if len(found) == count:
                break
    return found


async def test_every_record_that_is_not_in_agreement_is_signalled(
    engine: AsyncEngine, kafka_bootstrap: str
) -> None:
    await apply_topics(kafka_bootstrap, catalogue(tuple(PROVIDERS)))
    one = replace(CONNECTED, id=ConnectionId(uuid4()), realm_id=RealmId(uuid4().hex))
    await announce_in_every_state(engine, one)
    async with AIOKafkaProducer(bootstrap_servers=kafka_bootstrap) as producer:
        signals = SignalPublisher(producer)
        signalled = await push_connection(one, Sessions(engine), signals, now=utc_now())
    assert signalled == len(STATES) - 1
    found = await signals_of(kafka_bootstrap, one, len(STATES) - 1)
    assert {signal.record_id for signal in found} == {
        record_id(one.id, "customer", name) for name in "abcd"
    }
    assert {(s.version, s.attempt, s.priority) for s in found} == {(3, 1, Priority.IMPORT)}
