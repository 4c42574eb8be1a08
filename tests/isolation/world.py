"""The tenants of an isolation run, each with a company, a key of the API, and its records."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from consumers.intake.platform_events import Intake
from consumers.store.postgres import PostgresStore
from gateway.database.sessions import Sessions
from gateway.http.app import create_app
from gateway.http.dependencies import ApiDependencies
from gateway.identity.principal import ALL_SCOPES
from gateway.operations.keys import create_key
from gateway.runtime.lifecycle import utc_now
from providers.connections import Connection
from schemas.ids import ProviderName, RecordId, TenantId
from tests.fakes.sent_signals import SentSignals
from tests.integration.gateway.connecting import store_connection

TENANTS: Final = 20


@dataclass
class Tenant:
    """A tenant, and what is known of its rows.

    Attributes:
        headers: Those of a caller of the API with the tenant's key.
        revisions: The newest revision of each of its records.
        tasks: The ids of tasks that were opened for it.
    """

    name: TenantId
    connection: Connection
    headers: dict[str, str]
    revisions: dict[RecordId, int] = field(default_factory=dict)
    tasks: list[UUID] = field(default_factory=list)


@dataclass
class World:
    """A database with its tenants, and the ways in which their rows are reached."""

    engine: AsyncEngine
    store: PostgresStore
    intake: Intake
    api: httpx.AsyncClient
    sent: SentSignals
    tenants: list[Tenant]

    def owner_of(self, connection: UUID) -> Tenant:
        """Return the tenant who owns a connection."""
        return next(one for one in self.tenants if one.connection.id == connection)


@asynccontextmanager
async def open_world(engine: AsyncEngine) -> AsyncIterator[World]:
    """Connect the tenants in a migrated database, and open the ways to their rows."""
    sessions, sent = Sessions(engine), SentSignals()
    store = PostgresStore(sessions.session)
    app = create_app(
        ApiDependencies(
            sessions=sessions,
            signals=sent,
            now=utc_now,
            api_keys=(),
            calls_per_minute=60_000,
            configured={ProviderName("qbo"): True},
            checks={},
        )
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as api:
        tenants = [await _tenant(engine, sessions, number) for number in range(TENANTS)]
        yield World(engine, store, Intake(store, now=utc_now), api, sent, tenants)


async def _tenant(engine: AsyncEngine, sessions: Sessions, number: int) -> Tenant:
    name = TenantId(f"tenant-{number}")
    connection = await store_connection(engine, name, f"realm-{number}")
    _, secret = await create_key(
        sessions,
        "isolation",
        tenant=name,
        scopes=ALL_SCOPES,
        lasts=timedelta(days=1),
        now=utc_now(),
    )
    return Tenant(name, connection, {"Authorization": f"Bearer {secret}"})
