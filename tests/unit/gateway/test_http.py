"""The routes, with a service and keys of the test's own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from consumers.store.tasks import NoSuchTask
from gateway.config.variables import ApiKey
from gateway.errors import DatabaseUnreachable
from gateway.http.app import create_app
from gateway.http.health import health_app
from gateway.http.ports import ApiPorts
from providers.connections import Connection, ConnectionState
from schemas.ids import ConnectionId, ProviderName, RealmId, TenantId
from tests.fakes.connected import CONNECTED

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KEY = "k" * 32
AUTHORISED = {"Authorization": f"Bearer {KEY}"}
QBO, XERO = ProviderName("qbo"), ProviderName("xero")


def connection(
    tenant: str, realm: str, state: ConnectionState = ConnectionState.CONNECTED
) -> Connection:
    return replace(
        CONNECTED,
        id=ConnectionId(UUID(int=int(realm))),
        tenant_id=TenantId(tenant),
        realm_id=RealmId(realm),
        state=state,
        company_name=f"Company {realm}",
        is_default=realm == "1",
        scopes=("accounting",),
        token_expires_at=NOW,
        refresh_expires_at=NOW,
    )


class Nothing:
    """Records and tasks, of which there are none."""

    async def search(self, *_: object, **__: object) -> Sequence[Mapping[str, Any]]:
        return []

    async def get(self, task_id: UUID) -> Mapping[str, Any]:
        raise NoSuchTask(str(task_id))

    async def solve(self, task_id: UUID, *, note: str) -> Mapping[str, Any]:
        raise NoSuchTask(str(task_id))


class Service:
    """Connections and pushing, in memory."""

    def __init__(self) -> None:
        self.connections = [
            connection("t1", "1"),
            connection("t1", "2"),
            connection("t1", "3", ConnectionState.DISCONNECTED),
            connection("t2", "4"),
            connection("t3", "5", ConnectionState.EXPIRED),
        ]
        self.pushed: list[RealmId] = []
        self.broken = False
        self.database = True

    async def of_tenant(self, tenant: TenantId) -> Sequence[Connection]:
        if self.broken:
            raise ZeroDivisionError("canary")
        return [one for one in self.connections if one.tenant_id == tenant]

    async def push_all(self, one: Connection) -> int:
        self.pushed.append(one.realm_id)
        return 7

    async def check(self) -> None:
        if not self.database:
            raise DatabaseUnreachable("the database does not answer")

    def app(self) -> FastAPI:
        return create_app(
            ApiPorts(
                connections=self,
                push_all=self.push_all,
                records=Nothing(),
                tasks=Nothing(),
                api_keys=(ApiKey("ops", KEY),),
                configured={QBO: True, XERO: False},
                checks={"database": self.check},
            )
        )


@pytest.fixture
def service() -> Service:
    return Service()


def calling(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://gateway")


def assert_problem(response: httpx.Response, status: int, code: str) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert response.json()["code"] == code
    assert response.json()["detail"]


@pytest.mark.accepts("TST-04")
async def test_sync_pushes_the_connected_realms_of_the_tenant_alone(service: Service) -> None:
    async with calling(service.app()) as api:
        response = await api.post("/v1/tenants/t1/providers/qbo/sync", headers=AUTHORISED)
    assert response.status_code == 202
    assert response.json() == {
        "realms": [{"realm_id": "1", "signalled": 7}, {"realm_id": "2", "signalled": 7}]
    }
    assert service.pushed == ["1", "2"]


@pytest.mark.accepts("CON-25", "TST-04")
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("tenants/nobody/providers/qbo/sync", 409, "connection_required"),
        ("tenants/t3/providers/qbo/sync", 409, "connection_required"),
        ("tenants/t1/providers/xero/sync", 424, "provider_not_configured"),
        ("tenants/t1/providers/sage/sync", 404, "unknown_provider"),
    ],
)
async def test_sync_is_refused_with_the_reason(
    service: Service, path: str, status: int, code: str
) -> None:
    async with calling(service.app()) as api:
        response = await api.post(f"/v1/{path}", headers=AUTHORISED)
    assert_problem(response, status, code)
    assert not service.pushed


@pytest.mark.accepts("TST-04")
@pytest.mark.parametrize(
    "header", ["", "Bearer", f"Bearer {KEY}x", f"Basic {KEY}", f"Bearer {KEY[:-1]}", "Bearer é"]
)
async def test_without_a_key_there_is_nothing(service: Service, header: str) -> None:
    async with calling(service.app()) as api:
        for method, path in (
            ("POST", "/v1/tenants/t1/providers/qbo/sync"),
            ("GET", "/v1/tenants/t1/connections"),
        ):
            response = await api.request(
                method, path, headers={b"Authorization": header.encode()} if header else None
            )
            assert_problem(response, 401, "unauthorized")
    assert not service.pushed


async def test_connections_are_listed_for_their_tenant_without_secrets(
    service: Service,
) -> None:
    async with calling(service.app()) as api:
        response = await api.get("/v1/tenants/t2/connections", headers=AUTHORISED)
    (found,) = response.json()["connections"]
    assert (found["realm_id"], found["state"]) == ("4", "connected")
    assert (found["connected_at"], found["scopes"]) == ("2026-11-21T12:00:00Z", ["accounting"])
    assert not {"token", "access_token", "refresh_token", "sealed", "grant_id"} & set(found)


async def test_what_is_not_served_is_a_problem(service: Service) -> None:
    async with calling(service.app()) as api:
        assert_problem(await api.get("/nowhere"), 404, "not_found")
        wrong = await api.get("/v1/tenants/t1/providers/qbo/sync", headers=AUTHORISED)
        assert_problem(wrong, 405, "method_not_allowed")
        assert wrong.headers["allow"] == "POST"


async def test_a_defect_is_a_problem_that_tells_no_details(service: Service) -> None:
    service.broken = True
    async with calling(service.app()) as api:
        response = await api.get("/v1/tenants/t1/connections", headers=AUTHORISED)
    assert_problem(response, 500, "internal")
    assert "canary" not in response.text


async def test_ready_says_what_is_not(service: Service) -> None:
    async with calling(service.app()) as api:
        assert (await api.get("/readyz")).json() == {"database": "ok"}
        service.database = False
        response = await api.get("/readyz")
        assert response.status_code == 503
        assert response.json() == {"database": "the database does not answer"}
        assert (await api.get("/healthz")).status_code == 200


async def test_metrics_count_requests_by_route_not_by_tenant(service: Service) -> None:
    async with calling(service.app()) as api:
        await api.get("/v1/tenants/canary-tenant/connections", headers=AUTHORISED)
        metrics = (await api.get("/metrics")).text
    assert 'route="/v1/tenants/{tenant}/connections"' in metrics
    assert "canary-tenant" not in metrics


async def test_the_roles_without_an_api_have_health_alone(service: Service) -> None:
    async with calling(health_app({"database": service.check})) as role:
        assert (await role.get("/readyz")).status_code == 200
        assert "ledgerlane_" in (await role.get("/metrics")).text
        assert_problem(await role.get("/v1/tenants/t1/connections"), 404, "not_found")
