"""The HTTP API and what it reads and sets going."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from consumers.signals import SignalPublisher
from gateway.db import open_database
from gateway.http.app import create_app
from gateway.http.ports import ApiPorts
from gateway.migrate import check_migrated
from gateway.push_all import SignalledPushAll
from gateway.role import checks_of
from gateway.running import utc_now
from gateway.settings import Settings
from gateway.topics import check_broker
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


@asynccontextmanager
async def open_api(settings: Settings) -> AsyncIterator[FastAPI]:
    """Have the API on the settings' database and broker.

    Raises:
        DatabaseUnreachable, BrokerUnreachable, NotMigrated: it can't start.
    """
    async with open_database(settings.database_url) as engine:
        await check_migrated(engine)
        await check_broker(settings.kafka_bootstrap)
        async with AIOKafkaProducer(
            bootstrap_servers=settings.kafka_bootstrap, acks="all", enable_idempotence=True
        ) as producer:
            yield create_app(
                ApiPorts(
                    connections=StoredConnections(engine),
                    push_all=SignalledPushAll(engine, SignalPublisher(producer), now=utc_now),
                    api_keys=settings.api_keys,
                    configured={
                        name: ours.configured for name, ours in settings.providers.items()
                    },
                    checks=checks_of(settings, engine),
                )
            )
