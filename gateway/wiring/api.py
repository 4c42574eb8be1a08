"""The HTTP API and what it reads and sets going."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from consumers.kafka.signal_producer import SignalPublisher
from consumers.store import record_queries
from gateway.config.settings import Settings
from gateway.database.engine import open_database
from gateway.database.migrate import check_migrated
from gateway.http.app import create_app
from gateway.http.ports import ApiPorts
from gateway.operations.push_all import SignalledPushAll
from gateway.operations.tasks import SolvableTasks
from gateway.runtime.broker import check_broker
from gateway.runtime.lifecycle import beside, utc_now
from gateway.runtime.maintenance import Upkeep
from gateway.runtime.role import checks_of
from providers.connections import Connection, ConnectionStore
from schemas.ids import TenantId


class StoredConnections:
    """See :class:`gateway.http.ports.Connections`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of_tenant(self, tenant: TenantId) -> Sequence[Connection]:
        """See :class:`gateway.http.ports.Connections`."""
        async with self._engine.connect() as database:
            return await ConnectionStore(database).of_tenant(tenant)


class StoredRecords:
    """See :class:`gateway.http.ports.Records`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def search(
        self,
        wanted: record_queries.RecordFilter,
        *,
        limit: int,
        after: record_queries.RecordPlace | None = None,
    ) -> Sequence[Mapping[str, Any]]:
        """See :class:`gateway.http.ports.Records`."""
        async with self._engine.connect() as database:
            return await record_queries.search(database, wanted, limit=limit, after=after)


@asynccontextmanager
async def open_api(settings: Settings) -> AsyncIterator[FastAPI]:
    """Have the API on the settings' database and broker, and the database's upkeep beside it.

    Raises:
        DatabaseUnreachable, BrokerUnreachable, NotMigrated: it can't start.
    """
    async with open_database(settings.database_url) as engine:
        await check_migrated(engine)
        await check_broker(settings.kafka_bootstrap)
        async with (
            AIOKafkaProducer(
                bootstrap_servers=settings.kafka_bootstrap, acks="all", enable_idempotence=True
            ) as producer,
            beside(Upkeep(engine, now=utc_now).run()),
        ):
            yield create_app(_ports(settings, engine, SignalPublisher(producer)))


def _ports(settings: Settings, engine: AsyncEngine, signals: SignalPublisher) -> ApiPorts:
    return ApiPorts(
        connections=StoredConnections(engine),
        push_all=SignalledPushAll(engine, signals, now=utc_now),
        records=StoredRecords(engine),
        tasks=SolvableTasks(engine, signals, now=utc_now),
        api_keys=settings.api_keys,
        configured={name: ours.configured for name, ours in settings.providers.items()},
        checks=checks_of(settings, engine),
    )
