"""Connections and push-all over the API, on a real database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from consumers.store.desired_states import DesiredState, upsert_desired
from gateway.config.variables import ApiKey
from gateway.database.sessions import Sessions
from gateway.http.app import create_app
from gateway.http.dependencies import ApiDependencies
from providers.connections import Connection, ConnectionState, ConnectionStore
from schemas.documents.document import DocumentType
from schemas.ids import ProviderName, record_id
from tests.fakes.sent_signals import SentSignals
from tests.integration.gateway.connecting import SCOPES, store_connection

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEY = "k" * 32
QBO, XERO = ProviderName("qbo"), ProviderName("xero")


@dataclass
class SyncApi:
    engine: AsyncEngine
    api: httpx.AsyncClient
    sent: SentSignals

    async def announce(self, one: Connection, *names: str) -> None:
        async with self.engine.begin() as database:
            await upsert_desired(database, [_customer(one, name) for name in names], now=NOW)


def _customer(one: Connection, name: str) -> DesiredState:
    return DesiredState(
        record_id=record_id(one.id, DocumentType.CUSTOMER, name),
        connection_id=one.id,
        tenant_id=one.tenant_id,
        realm_id=one.realm_id,
        provider=one.provider,
        document_type=DocumentType.CUSTOMER,
        document_id=name,
        document="{}",
        version=1,
    )


@pytest_asyncio.fixture
async def served(engine: AsyncEngine) -> AsyncIterator[SyncApi]:
    sent = SentSignals()
    app = create_app(
        ApiDependencies(
            sessions=Sessions(engine),
            signals=sent,
            now=lambda: NOW,
            api_keys=(ApiKey("ops", KEY),),
            calls_per_minute=6_000,
            configured={QBO: True, XERO: False},
            checks={},
        )
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://gateway",
        headers={"Authorization": f"Bearer {KEY}"},
    ) as api:
        yield SyncApi(engine, api, sent)


@pytest.mark.accepts("TST-04")
async def test_sync_pushes_the_connected_realms_of_the_tenant_alone(served: SyncApi) -> None:
    first = await store_connection(served.engine, "t1", "1")
    second = await store_connection(served.engine, "t1", "2")
    gone = await store_connection(served.engine, "t1", "3", ConnectionState.DISCONNECTED)
    other = await store_connection(served.engine, "t2", "4")
    await served.announce(first, "a", "b")
    await served.announce(second, "c")
    for unwanted in (gone, other):
        await served.announce(unwanted, "d")
    response = await served.api.post("/v1/tenants/t1/providers/qbo/sync")
    assert response.status_code == 202
    assert response.json() == {
        "realms": [
            {"realm_id": "1", "signalled": 2, "reason": None},
            {"realm_id": "2", "signalled": 1, "reason": None},
        ]
    }
    assert {signal.realm_id for _, signal in served.sent.signals} == {"1", "2"}


@pytest.mark.accepts("CON-25", "TST-04")
@pytest.mark.parametrize("state", [None, *(s for s in ConnectionState if s != "connected")])
async def test_sync_without_a_usable_connection_is_refused(
    served: SyncApi, state: ConnectionState | None
) -> None:
    if state is not None:
        await store_connection(served.engine, "t3", "5", state)
    response = await served.api.post("/v1/tenants/t3/providers/qbo/sync")
    assert (response.status_code, response.json()["code"]) == (409, "connection_required")
    assert response.headers["content-type"] == "application/problem+json"
    assert not served.sent.signals


async def test_connections_are_listed_for_their_tenant_without_secrets(served: SyncApi) -> None:
    await store_connection(served.engine, "t1", "1")
    await store_connection(served.engine, "t2", "4")
    response = await served.api.get("/v1/tenants/t2/connections")
    (found,) = response.json()["connections"]
    assert (found["realm_id"], found["state"], found["is_default"]) == ("4", "connected", True)
    assert found["scopes"] == list(SCOPES)
    assert found["connected_at"] == "2026-11-21T12:00:00Z"
    assert not {"token", "access_token", "refresh_token", "sealed", "grant_id"} & set(found)


async def read_at(served: SyncApi, one: Connection) -> datetime | None:
    async with served.engine.begin() as database:
        found = await ConnectionStore(database).get(one.id)
    assert found is not None
    return found.profile_read_at


async def test_companies_are_read_again_when_that_is_asked_for(served: SyncApi) -> None:
    first = await store_connection(served.engine, "t1", "1")
    second = await store_connection(served.engine, "t1", "2")
    answer = await served.api.post("/v1/tenants/t1/providers/qbo/refresh?realm=2")
    assert (answer.status_code, answer.json()) == (202, {"realms": [{"realm_id": "2"}]})
    assert await read_at(served, first) == NOW
    assert await read_at(served, second) is None
    answer = await served.api.post("/v1/tenants/t1/providers/qbo/refresh")
    assert [one["realm_id"] for one in answer.json()["realms"]] == ["1", "2"]
    assert await read_at(served, first) is None
    answer = await served.api.post("/v1/tenants/t1/providers/qbo/refresh?realm=9")
    assert (answer.status_code, answer.json()["code"]) == (409, "connection_required")


async def test_a_push_has_the_companies_read_again(served: SyncApi) -> None:
    one = await store_connection(served.engine, "t1", "1")
    await served.announce(one, "a")
    await served.api.post("/v1/tenants/t1/providers/qbo/sync")
    assert await read_at(served, one) is None
