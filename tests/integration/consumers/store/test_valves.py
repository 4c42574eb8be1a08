"""Shut valves on PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from consumers.lanes.ports import TrippedValve
from consumers.store.valves import PostgresValves, listed, release_realm
from gateway.database.sessions import Sessions
from gateway.runtime.audit import AuditedCalls, open_audit
from providers.connections import ConnectionState
from providers.http import ApiCall
from providers.tables import connections
from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
QBO, XERO = ProviderName("qbo"), ProviderName("xero")
REALM = ConnectionId(UUID(int=1))


@pytest_asyncio.fixture
async def database(migrated_database_url: str) -> AsyncIterator[AsyncEngine]:
    created = create_async_engine(migrated_database_url)
    async with created.begin() as db:
        await db.execute(
            insert(connections).values(
                id=REALM,
                tenant_id="t1",
                provider=QBO,
                realm_id="9341",
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
    yield created
    await created.dispose()


@pytest.mark.accepts("GWY-19")
async def test_a_shut_valve_is_seen_and_released_by_its_realm(database: AsyncEngine) -> None:
    valves = PostgresValves(Sessions(database).session, now=lambda: NOW)
    await valves.trip(QBO, TrippedValve(REALM, "refused", 20))
    await valves.trip(QBO, TrippedValve(REALM, "refused", 21))
    assert await valves.all_tripped(QBO) == [TrippedValve(REALM, "refused", 21)]
    assert await valves.all_tripped(XERO) == []
    async with database.begin() as db:
        [seen] = await listed(db)
        assert (seen["tenant_id"], seen["realm_id"], seen["dead_letters"]) == ("t1", "9341", 21)
        assert await release_realm(db, QBO, RealmId("1")) is None
        assert await release_realm(db, QBO, RealmId("9341")) == "refused"
    assert await valves.all_tripped(QBO) == []


async def test_a_worker_that_opened_a_valve_says_so(database: AsyncEngine) -> None:
    valves = PostgresValves(Sessions(database).session, now=lambda: NOW)
    await valves.trip(QBO, TrippedValve(REALM, "refused", 20))
    await valves.release(REALM)
    assert await valves.all_tripped(QBO) == []


async def test_the_calls_of_an_app_are_known_by_kafka_key(database: AsyncEngine) -> None:
    async with open_audit(Sessions(database), now=lambda: NOW) as audit:
        for realm, provider in (("a", QBO), ("b", QBO), ("c", XERO)):
            audit(_call(realm, provider))
        history = AuditedCalls(Sessions(database), audit, now=lambda: NOW)
        await history.share()
        found = await history.family_ages_s(QBO, within_s=60.0)
    assert sorted(found) == [("t1:a", 0.0), ("t1:b", 0.0)]


def _call(realm: str, provider: ProviderName) -> ApiCall:
    return ApiCall(
        connection_id=ConnectionId(uuid4()),
        tenant_id=TenantId("t1"),
        realm_id=RealmId(realm),
        provider=provider,
        method="POST",
        path="/",
        status=200,
        duration_s=0.1,
        trace_id="",
    )
