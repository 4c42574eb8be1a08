"""What keys open over the API, on a real database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from consumers.store.desired_states import DesiredState
from consumers.store.postgres import PostgresStore
from consumers.store.tasks import Task
from gateway.database.sessions import Sessions
from gateway.http.app import create_app
from gateway.http.dependencies import ApiDependencies
from gateway.identity.principal import ALL_SCOPES, Scope
from gateway.operations.keys import create_key
from schemas.documents.document import DocumentType
from schemas.errors import ErrorCategory, Reason
from schemas.ids import ProviderName, TenantId, record_id
from tests.fakes.sent_signals import SentSignals
from tests.integration.gateway.connecting import store_connection

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CLOSED = Reason("period_closed", ErrorCategory.SETTING, "The books are closed.", "Open them.")
T1 = TenantId("t1")
NO_TASK = UUID(int=1)


@dataclass
class AccessHarness:
    """The API, and callers with keys of their own."""

    engine: AsyncEngine
    api: httpx.AsyncClient
    sent: SentSignals

    async def key(
        self, tenant: TenantId | None, scopes: frozenset[Scope] = ALL_SCOPES
    ) -> dict[str, str]:
        """Return the headers of a caller with a new key."""
        _, secret = await create_key(
            Sessions(self.engine),
            "crm",
            tenant=tenant,
            scopes=scopes,
            lasts=timedelta(days=1),
            now=NOW,
        )
        return {"Authorization": f"Bearer {secret}"}

    async def open_task(self, tenant: str) -> str:
        """Hold a customer of a tenant, and return the id of its task."""
        one = await store_connection(self.engine, tenant, f"realm-{tenant}")
        record = record_id(one.id, DocumentType.CUSTOMER, "c1")
        announced = DesiredState(
            record_id=record,
            connection_id=one.id,
            tenant_id=one.tenant_id,
            realm_id=one.realm_id,
            provider=one.provider,
            document_type=DocumentType.CUSTOMER,
            document_id="c1",
            document="{}",
            version=1,
        )
        task = Task(
            id=uuid4(),
            record_id=record,
            connection_id=one.id,
            tenant_id=one.tenant_id,
            realm_id=one.realm_id,
            provider=one.provider,
            document_type=DocumentType.CUSTOMER,
            document_id="c1",
            version=1,
            reason=CLOSED,
            seen_at=NOW,
        )
        store = PostgresStore(Sessions(self.engine).session)
        async with store.transaction(one.tenant_id) as tx:
            await tx.records.upsert_desired([announced], now=NOW)
            await tx.tasks.open(task)
        return str(task.id)


@pytest_asyncio.fixture
async def harness(engine: AsyncEngine) -> AsyncIterator[AccessHarness]:
    sent = SentSignals()
    app = create_app(
        ApiDependencies(
            sessions=Sessions(engine),
            signals=sent,
            now=lambda: NOW,
            api_keys=(),
            configured={ProviderName("qbo"): True},
            calls_per_minute=6_000,
            checks={},
        )
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://gateway"
    ) as api:
        yield AccessHarness(engine, api, sent)


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


OF_T2 = (
    ("GET", "/v1/tenants/t2/connections"),
    ("GET", "/v1/tenants/t2/records"),
    ("POST", "/v1/tenants/t2/providers/qbo/sync"),
    ("POST", "/v1/tenants/t2/providers/qbo/refresh"),
    ("GET", "/v1/tasks?tenant=t2"),
)


async def test_another_tenants_rows_are_not_there_for_a_tenants_key(
    harness: AccessHarness,
) -> None:
    theirs = await harness.open_task("t2")
    caller = await harness.key(T1)
    for method, path in OF_T2:
        answer = await harness.api.request(method, path, headers=caller)
        assert_problem(answer, 404, "unknown_tenant")
        nobody = await harness.api.request(method, path.replace("t2", "t9"), headers=caller)
        assert nobody.text.replace("t9", "t2") == answer.text
    listed = await harness.api.get("/v1/tasks?state=all", headers=caller)
    assert listed.json()["tasks"] == []
    shown = await harness.api.get(f"/v1/tasks/{theirs}", headers=caller)
    assert_problem(shown, 404, "unknown_task")
    solved = await harness.api.post(
        f"/v1/tasks/{theirs}/solve", json={"note": "mine"}, headers=caller
    )
    assert_problem(solved, 404, "unknown_task")
    assert harness.sent.signals == []
    everyone = await harness.key(None)
    told = (await harness.api.get(f"/v1/tasks/{theirs}", headers=everyone)).json()
    assert (told["note"], told["record_state"]) == (None, "pending")


async def test_a_tenants_key_opens_its_own_rows(harness: AccessHarness) -> None:
    ours = await harness.open_task("t1")
    await harness.open_task("t2")
    caller = await harness.key(T1)
    for method, path in OF_T2:
        own = path.replace("t2", "t1")
        assert (await harness.api.request(method, own, headers=caller)).status_code < 300
    listed = (await harness.api.get("/v1/tasks", headers=caller)).json()["tasks"]
    assert [one["id"] for one in listed] == [ours]
    solved = await harness.api.post(
        f"/v1/tasks/{ours}/solve", json={"note": "done"}, headers=caller
    )
    assert solved.status_code == 202


async def test_a_platform_wide_key_opens_every_tenants_rows(harness: AccessHarness) -> None:
    await harness.open_task("t1")
    await harness.open_task("t2")
    caller = await harness.key(None)
    listed = (await harness.api.get("/v1/tasks", headers=caller)).json()["tasks"]
    assert {one["tenant_id"] for one in listed} == {"t1", "t2"}
    assert (await harness.api.get(OF_T2[0][1], headers=caller)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v1/tenants/t1/connections", Scope.CONNECTIONS_STATUS),
        ("GET", "/v1/tenants/t1/records", Scope.RECORDS_READ),
        ("POST", "/v1/tenants/t1/providers/qbo/sync", Scope.SYNC_WRITE),
        ("POST", "/v1/tenants/t1/providers/qbo/refresh", Scope.SYNC_WRITE),
        ("GET", "/v1/tasks", Scope.TASKS_READ),
        ("GET", f"/v1/tasks/{NO_TASK}", Scope.TASKS_READ),
        ("POST", f"/v1/tasks/{NO_TASK}/solve", Scope.TASKS_WRITE),
    ],
)
async def test_without_the_scope_a_route_is_refused_and_names_it(
    harness: AccessHarness, method: str, path: str, scope: Scope
) -> None:
    body = {"note": "done"} if path.endswith("solve") else None
    others = await harness.key(T1, ALL_SCOPES - {scope, Scope.CONNECTIONS_READ})
    answer = await harness.api.request(method, path, json=body, headers=others)
    assert_problem(answer, 403, "missing_scope")
    assert f"`{scope}`" in answer.json()["detail"]
    alone = await harness.key(T1, frozenset({scope}))
    answer = await harness.api.request(method, path, json=body, headers=alone)
    assert answer.status_code != 403


async def test_a_key_of_nobody_is_refused_whatever_it_asks(harness: AccessHarness) -> None:
    caller = await harness.key(T1)
    wrong = {"Authorization": caller["Authorization"][:-1] + "x"}
    for method, path in (*OF_T2, ("GET", "/v1/nowhere"), ("POST", "/v1/tasks/x/solve")):
        answer = await harness.api.request(method, path, content=b"{", headers=wrong)
        assert_problem(answer, 401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"
