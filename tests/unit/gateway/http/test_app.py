"""What the API answers without a database: keys, refusals, health and metrics."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.config.variables import ApiKey
from gateway.database.sessions import Sessions
from gateway.errors import DatabaseUnreachable
from gateway.http.app import create_app
from gateway.http.dependencies import ApiDependencies
from gateway.http.described_app import unconnected
from gateway.http.health import health_app
from gateway.trail.entry import Outcome, TrailEntry
from schemas.ids import ProviderName, TenantId
from tests.fakes.sent_signals import SentSignals

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KEY = "k" * 32
AUTHORISED = {"Authorization": f"Bearer {KEY}"}
QBO, XERO = ProviderName("qbo"), ProviderName("xero")


class NoDatabase(Sessions):
    """Sessions that none of these tests needs; to open one is a defect."""

    def __init__(self) -> None:
        """Take nothing: there is no engine."""

    @asynccontextmanager
    async def tenant_session(self, tenant: TenantId) -> AsyncIterator[AsyncConnection]:
        raise ZeroDivisionError("canary")
        yield


class Service:
    """An API without a database, whose readiness the test decides."""

    def __init__(self) -> None:
        self.signals = SentSignals()
        self.database = True
        self.calls_per_minute = 6_000
        self.entries: list[TrailEntry] = []
        self.trail = True

    async def record(self, entry: TrailEntry) -> None:
        if not self.trail:
            raise DatabaseUnreachable("the database does not answer")
        self.entries.append(entry)

    async def check(self) -> None:
        if not self.database:
            raise DatabaseUnreachable("the database does not answer")

    def app(self) -> FastAPI:
        return create_app(
            ApiDependencies(
                sessions=NoDatabase(),
                signals=self.signals,
                now=lambda: NOW,
                api_keys=(ApiKey("ops", KEY),),
                calls_per_minute=self.calls_per_minute,
                configured={QBO: True, XERO: False},
                checks={"database": self.check},
                connecting=unconnected(),
            ),
            trail=self.record,
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
    assert response.json()["detail"] == f"{response.json()['cause']} {response.json()['fix']}"
    assert response.json()["type"] == f"/docs#{code}"


@pytest.mark.accepts("CON-25", "TST-04")
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
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
    assert not service.signals.signals


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
    assert not service.signals.signals


async def test_what_is_not_served_is_a_problem(service: Service) -> None:
    async with calling(service.app()) as api:
        assert_problem(await api.get("/nowhere"), 404, "not_found")
        wrong = await api.get("/v1/tenants/t1/providers/qbo/sync", headers=AUTHORISED)
        assert_problem(wrong, 405, "method_not_allowed")
        assert wrong.headers["allow"] == "POST"


async def test_a_defect_is_a_problem_that_tells_no_details(service: Service) -> None:
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


async def test_a_write_is_recorded_with_who_what_and_how_it_ended(service: Service) -> None:
    async with calling(service.app()) as api:
        await api.post("/v1/tenants/t1/providers/qbo/sync", headers=AUTHORISED)
        answer = await api.post("/v1/tenants/t1/providers/xero/sync", headers=AUTHORISED)
        await api.get("/v1/tasks?tenant=%00", headers=AUTHORISED)
    failed, refused = service.entries
    assert (failed.outcome, failed.detail) == (Outcome.FAILED, "500")
    assert refused == TrailEntry(
        tenant="t1",
        at=NOW,
        who_id="settings:ops",
        who="ops",
        what="POST /v1/tenants/{tenant}/providers/{provider}/sync",
        subject="/v1/tenants/t1/providers/xero/sync",
        outcome=Outcome.REFUSED,
        detail="424",
        request_id=answer.headers["x-request-id"],
    )


async def test_an_anonymous_caller_is_recorded_once_a_minute_whatever_it_asks(
    service: Service,
) -> None:
    async with calling(service.app()) as api:
        for path in ("/v1/tenants/t1/connections", "/v1/tasks", "/v1/tenants/t2/records"):
            assert (await api.get(path)).status_code == 401
    (entry,) = service.entries
    assert (entry.who_id, entry.tenant) == ("anonymous", "")
    assert (entry.outcome, entry.detail) == (Outcome.REFUSED, "401 unauthorized")


async def test_a_write_whose_entry_can_not_be_stored_is_not_answered_as_done(
    service: Service,
) -> None:
    service.trail = False
    async with calling(service.app()) as api:
        answer = await api.post("/v1/tenants/t1/providers/xero/sync", headers=AUTHORISED)
    assert_problem(answer, 500, "internal")


async def test_what_the_database_can_not_store_is_recorded_all_the_same(
    service: Service,
) -> None:
    async with calling(service.app()) as api:
        await api.post(f"/v1/tenants/%00{'x' * 9000}/providers/qbo/sync", headers=AUTHORISED)
    (entry,) = service.entries
    assert "\0" not in entry.tenant + entry.subject
    assert max(len(entry.tenant), len(entry.subject)) <= 500
