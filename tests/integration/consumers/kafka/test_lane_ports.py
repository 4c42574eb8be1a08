"""What production has behind the lane engine's ports: audit, valves and retry topics."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from consumers.kafka.signal_producer import RetryTopics, SignalPublisher
from consumers.lanes.family import LaneFamily
from consumers.lanes.work import LaneId, LaneSignal
from consumers.store.valves import PostgresValves
from gateway.database.sessions import Sessions
from gateway.runtime.audit import AuditedCalls, PostgresAudit
from providers.connections import ConnectionState
from providers.http import ApiCall
from providers.tables import connections
from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, ProviderName, RealmId, RecordId, TenantId
from schemas.signal import Signal
from tests.contracts.lane_ports import (
    ONE,
    OTHER,
    CallHistoryContract,
    RetryPublisherContract,
    ValveStoreContract,
)
from tests.integration.consumers.kafka.provider_topics import publishing, topics_of_a_provider
from tests.integration.consumers.kafka.test_lane_consumer import family_on

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest_asyncio.fixture
async def database(migrated_database_url: str) -> AsyncIterator[AsyncEngine]:
    created = create_async_engine(migrated_database_url)
    yield created
    await created.dispose()


async def connect(database: AsyncEngine, lane: LaneId) -> None:
    """Store a lane's connection, each of a tenant of its own."""
    async with database.begin() as db:
        await db.execute(
            insert(connections).values(
                id=lane,
                tenant_id=f"tenant of {lane}",
                provider="qbo",
                realm_id=str(lane),
                environment="sandbox",
                state=ConnectionState.EXPIRED,
                company_name="Larkspur",
                country="US",
                currency="USD",
                profile={},
                is_default=True,
                connected_at=NOW,
                updated_at=NOW,
            )
        )


class AuditPlace:
    """The audit of this process, written with its clock set back."""

    def __init__(self, database: AsyncEngine) -> None:
        self._age = timedelta(0)
        self._audit = PostgresAudit(Sessions(database), now=lambda: NOW - self._age)
        self.history = AuditedCalls(Sessions(database), self._audit, now=lambda: NOW)

    def called(self, lane: LaneId, realm: str, family: str, age_s: float) -> None:
        self._age = timedelta(seconds=age_s)
        self._audit(
            ApiCall(
                connection_id=ConnectionId(lane),
                tenant_id=TenantId("t1"),
                realm_id=RealmId(realm),
                provider=ProviderName(family),
                method="POST",
                path="/",
                status=200,
                duration_s=0.1,
                trace_id="",
            )
        )


class TestAuditedCalls(CallHistoryContract):
    @pytest.fixture
    def place(self, database: AsyncEngine) -> AuditPlace:
        return AuditPlace(database)


class TestPostgresValves(ValveStoreContract):
    @pytest_asyncio.fixture
    async def valves(self, database: AsyncEngine) -> PostgresValves:
        for lane in (ONE, OTHER):
            await connect(database, lane)
        return PostgresValves(Sessions(database).session, now=lambda: NOW)


class TopicPlace:
    def __init__(self, bootstrap: str, family: LaneFamily, publisher: SignalPublisher) -> None:
        self._bootstrap = bootstrap
        self.retries = RetryTopics(family, publisher)
        self.topics = family.topics[1:]

    def signal(self, lane: int, item: int, *, attempt: int) -> Signal:
        return Signal(
            record_id=RecordId(UUID(int=item)),
            connection_id=ConnectionId(UUID(int=lane)),
            tenant_id=TenantId("t1"),
            realm_id=RealmId(f"r{lane}"),
            document_type=DocumentType.CUSTOMER,
            version=1,
            attempt=attempt,
            due_at=NOW,
        )

    async def stored(self, topic: str, count: int) -> Sequence[LaneSignal]:
        consumer = AIOKafkaConsumer(
            topic, bootstrap_servers=self._bootstrap, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            return [Signal.from_bytes((await consumer.getone()).value) for _ in range(count)]
        finally:
            await consumer.stop()


class TestRetryTopics(RetryPublisherContract):
    @pytest_asyncio.fixture
    async def place(self, kafka_bootstrap: str) -> AsyncIterator[TopicPlace]:
        async with (
            topics_of_a_provider(kafka_bootstrap) as provider,
            publishing(kafka_bootstrap) as publisher,
        ):
            yield TopicPlace(kafka_bootstrap, family_on(provider), publisher)
