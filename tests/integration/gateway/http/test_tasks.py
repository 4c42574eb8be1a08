"""Tasks and records over the API, on a real database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from consumers.store.desired_states import DesiredState
from consumers.store.postgres import PostgresStore
from consumers.store.tasks import Task
from gateway.config.variables import ApiKey
from gateway.database.sessions import Sessions
from gateway.http.app import create_app
from gateway.http.dependencies import ApiDependencies
from gateway.http.pages import cursor_of
from providers.connections import Connection
from schemas.documents.document import DocumentType
from schemas.errors import ErrorCategory, Reason, Solver
from schemas.ids import ProviderName, record_id
from schemas.result import SyncState
from schemas.signal import Priority
from schemas.topics import work_topic
from tests.fakes.sent_signals import SentSignals
from tests.integration.gateway.connecting import store_connection

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
QBO = ProviderName("qbo")
KEY = "k" * 32
CLOSED = Reason(
    "period_closed",
    ErrorCategory.SETTING,
    "The books are closed.",
    "Open them.",
    Solver.OPERATOR,
)
UNMAPPED = Reason("tax_unmapped", ErrorCategory.SETTING, "No such code.", "Map it.")


@dataclass
class ApiHarness:
    """The API on a database in which records stop and agree by hand."""

    engine: AsyncEngine
    api: httpx.AsyncClient
    sent: SentSignals
    connection: Connection
    now: datetime = NOW
    opened: dict[str, UUID] = field(default_factory=dict)

    @property
    def store(self) -> PostgresStore:
        return PostgresStore(Sessions(self.engine).session)

    def announced(self, name: str, version: int = 1) -> DesiredState:
        one = self.connection
        return DesiredState(
            record_id=record_id(one.id, DocumentType.CUSTOMER, name),
            connection_id=one.id,
            tenant_id=one.tenant_id,
            realm_id=one.realm_id,
            provider=one.provider,
            document_type=DocumentType.CUSTOMER,
            document_id=name,
            document="{}",
            version=version,
        )

    async def stop(self, name: str, reason: Reason = CLOSED) -> str:
        """Announce a customer and hold it, a minute after the last; return the task's id."""
        one = self.announced(name)
        self.now += timedelta(minutes=1)
        task = Task(
            id=self.opened.setdefault(name, uuid4()),
            record_id=one.record_id,
            connection_id=one.connection_id,
            tenant_id=one.tenant_id,
            realm_id=one.realm_id,
            provider=one.provider,
            document_type=one.document_type,
            document_id=name,
            version=1,
            reason=reason,
            seen_at=self.now,
        )
        await self.fail(name, SyncState.HELD, reason)
        async with self.store.transaction(one.tenant_id) as tx:
            await tx.tasks.open(task)
        return str(task.id)

    async def fail(
        self, name: str, state: SyncState, reason: Reason, due_at: datetime | None = None
    ) -> None:
        one = self.announced(name)
        async with self.store.transaction(one.tenant_id) as tx:
            await tx.records.upsert_desired([one], now=self.now)
            await tx.records.set_state(
                one.record_id,
                state,
                revision=1,
                reason=reason,
                now=self.now,
                failed=True,
                next_attempt_at=due_at,
            )

    async def agree(self, name: str) -> None:
        one = self.announced(name)
        async with self.store.transaction(one.tenant_id) as tx:
            await tx.records.agree(
                one.record_id, revision=1, version=1, base="{}", written=None, now=self.now
            )
            await tx.tasks.close(one.record_id, now=self.now)

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.api.get(f"/v1/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def listed(self, **query: Any) -> list[str]:
        """Name the documents of the tasks that a list has."""
        return [one["document_id"] for one in (await self.get("tasks", **query))["tasks"]]

    async def solve(self, task: str, note: str = "done") -> httpx.Response:
        return await self.api.post(f"/v1/tasks/{task}/solve", json={"note": note})


@pytest_asyncio.fixture
async def harness(engine: AsyncEngine) -> AsyncIterator[ApiHarness]:
    one, sent = await store_connection(engine, "t1", "9341"), SentSignals()
    app = create_app(
        ApiDependencies(
            sessions=Sessions(engine),
            signals=sent,
            now=lambda: NOW + timedelta(hours=1),
            api_keys=(ApiKey("ops", KEY),),
            calls_per_minute=6_000,
            configured={QBO: True},
            checks={},
        )
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://gateway",
        headers={"Authorization": f"Bearer {KEY}"},
    ) as api:
        yield ApiHarness(engine, api, sent, one)


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.accepts("ERR-15")
async def test_a_task_tells_what_to_do_and_how_its_record_stands(harness: ApiHarness) -> None:
    task = await harness.stop("c1")
    await harness.stop("c1")
    found = await harness.get(f"tasks/{task}")
    assert found == (await harness.get("tasks"))["tasks"][0]
    assert (found["code"], found["cause"], found["fix"], found["solver"]) == (
        "period_closed",
        "The books are closed.",
        "Open them.",
        "operator",
    )
    assert found["link"] == "docs/errors.md#period_closed"
    assert (found["times_seen"], found["closed_at"], found["closed_by"]) == (2, None, None)
    assert (found["record_state"], found["attempts"], found["tries"]) == ("held", 2, 2)
    assert (found["next_attempt_at"], found["resolved_at"]) == (None, None)


@pytest.mark.accepts("ERR-15")
async def test_tasks_are_listed_newest_first_by_whom_they_concern(harness: ApiHarness) -> None:
    await harness.stop("c1")
    await harness.stop("c2", UNMAPPED)
    await harness.stop("c3")
    await harness.agree("c3")
    assert await harness.listed() == ["c2", "c1"]
    assert await harness.listed(state="closed") == ["c3"]
    assert await harness.listed(state="all") == ["c3", "c2", "c1"]
    assert await harness.listed(solver="operator") == ["c1"]
    assert await harness.listed(tenant="t1", realm="9341", provider="qbo") == ["c2", "c1"]
    assert await harness.listed(tenant="t2") == []
    assert await harness.listed(provider="xero") == []


async def test_a_list_is_read_page_by_page_and_its_end_is_told(harness: ApiHarness) -> None:
    for n in range(5):
        await harness.stop(f"c{n}")
    found: list[str] = []
    cursor: str | None = ""
    for size in (2, 2, 1):
        told = await harness.get("tasks", limit=2, cursor=cursor)
        assert len(told["tasks"]) == size
        found += [one["document_id"] for one in told["tasks"]]
        cursor = told["next_cursor"]
    assert found == ["c4", "c3", "c2", "c1", "c0"]
    assert cursor is None


@pytest.mark.accepts("ERR-15")
async def test_solving_lets_the_record_be_tried_again_and_its_letters_rest(
    harness: ApiHarness,
) -> None:
    task = await harness.stop("c1")
    one = harness.announced("c1")
    answer = await harness.solve(task, "the books are open again")
    async with harness.engine.connect() as database:
        read_at = await database.scalar(text("SELECT profile_read_at FROM connections"))
    assert read_at is None, "the company is read again before the record is tried"
    assert (answer.status_code, answer.json()["record_state"]) == (202, "pending")
    assert (answer.json()["note"], answer.json()["closed_at"]) == (
        "the books are open again",
        None,
    )
    [(topic, signal)] = harness.sent.signals
    assert (topic, signal.record_id) == (work_topic(QBO), one.record_id)
    assert (signal.version, signal.attempt, signal.priority) == (1, 1, Priority.PERSON)
    await harness.agree("c1")
    closed = await harness.get(f"tasks/{task}")
    assert (closed["closed_by"], closed["record_state"]) == ("solve", "agreed")
    assert closed["resolved_at"] == closed["closed_at"]
    assert_problem(await harness.solve(task), 409, "task_closed")
    assert len(harness.sent.signals) == 1


@pytest.mark.accepts("ERR-15")
async def test_what_is_not_there_or_not_understood_is_a_problem(harness: ApiHarness) -> None:
    nobody = "6d1c7a8e-0000-4000-8000-000000000000"
    assert_problem(await harness.solve(nobody), 404, "unknown_task")
    assert_problem(await harness.api.get(f"/v1/tasks/{nobody}"), 404, "unknown_task")
    task = await harness.stop("c1")
    assert_problem(await harness.solve(task, ""), 422, "invalid_request")
    assert_problem(await harness.api.get("/v1/tasks?solver=anybody"), 422, "invalid_request")
    for cursor in ("x", "bm9wZQ==", "WzEsMl0=", "W10=", "é"):
        for path in ("tasks", "tenants/t1/records"):
            answer = await harness.api.get(f"/v1/{path}", params={"cursor": cursor})
            assert_problem(answer, 422, "invalid_cursor")
    assert_problem(await harness.solve(task, "a\0"), 422, "invalid_request")
    for path in ("tasks?tenant=%00", "tenants/t1/records?document=%00", "tenants/%00/records"):
        assert_problem(await harness.api.get(f"/v1/{path}"), 422, "invalid_request")
    place = cursor_of({"c": nobody, "t": "customer", "d": "\0"}, *"ctd")
    answer = await harness.api.get("/v1/tenants/t1/records", params={"cursor": place})
    assert_problem(answer, 422, "invalid_cursor")
    for path in ("tasks", f"tasks/{task}", "tenants/t1/records"):
        answer = await harness.api.get(f"/v1/{path}", headers={"Authorization": "Bearer no"})
        assert_problem(answer, 401, "unauthorized")
    answer = await harness.api.post(f"/v1/tasks/{task}/solve", headers={"Authorization": ""})
    assert_problem(answer, 401, "unauthorized")
    assert harness.sent.signals == []


async def test_a_record_tells_its_tries_the_next_one_and_when_its_trouble_was_over(
    harness: ApiHarness,
) -> None:
    due_at = NOW + timedelta(seconds=30)
    for _ in range(2):
        await harness.fail("c1", SyncState.RETRYING, UNMAPPED, due_at)
    await harness.stop("c2")
    query = {"type": "customer", "document": "c1"}
    [told] = (await harness.get("tenants/t1/records", **query))["records"]
    assert (told["state"], told["attempts"], told["tries"]) == ("retrying", 2, 2)
    assert datetime.fromisoformat(told["next_attempt_at"]) == due_at
    assert (told["resolved_at"], told["reason"]["code"]) == (None, "tax_unmapped")
    harness.now += timedelta(minutes=2)
    await harness.agree("c1")
    [told] = (await harness.get("tenants/t1/records", **query))["records"]
    assert (told["state"], told["attempts"], told["tries"]) == ("agreed", 0, 2)
    assert (told["next_attempt_at"], told["reason"]) == (None, None)
    assert datetime.fromisoformat(told["resolved_at"]) == harness.now
    assert (await harness.get("tenants/t2/records"))["records"] == []


async def test_records_are_listed_by_state_and_page_by_page(harness: ApiHarness) -> None:
    for n in range(3):
        await harness.fail(f"c{n}", SyncState.RETRYING, UNMAPPED, NOW)
    await harness.stop("c9")
    first = await harness.get("tenants/t1/records", limit=2, state="retrying")
    rest = await harness.get(
        "tenants/t1/records", limit=2, state="retrying", cursor=first["next_cursor"]
    )
    found = [one["document_id"] for one in (*first["records"], *rest["records"])]
    assert (found, rest["next_cursor"]) == (["c0", "c1", "c2"], None)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("closed_at IS NULL ORDER BY opened_at DESC, id DESC LIMIT 100", "tasks_open"),
        (
            f"closed_at IS NULL AND record_id = '{UUID(int=1)}' AND code = 'c'",
            "tasks_cause",
        ),
        ("closed_at < now() ORDER BY closed_at LIMIT 1000", "tasks_closed"),
    ],
)
async def test_what_is_asked_often_uses_its_index(
    engine: AsyncEngine, query: str, index: str
) -> None:
    fill = """
        INSERT INTO tasks (id, record_id, connection_id, tenant_id, realm_id, provider,
                           document_type, document_id, version, code, category, cause, fix,
                           solver, provider_code, opened_at, last_seen_at, closed_at)
        SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 't', 'r', 'qbo',
               'bill', n, 1, 'c', 'setting', '', '', 'operator', '', now(), now(),
               CASE WHEN n % 50 > 0 THEN now() - n * interval '1 hour' END
          FROM generate_series(1, 20000) AS n
    """
    async with engine.begin() as database:
        await database.execute(text(fill))
        await database.execute(text("ANALYZE tasks"))
        explain = f"EXPLAIN SELECT * FROM tasks WHERE {query}"  # noqa: S608 - our own
        plan = await database.execute(text(explain))
        assert index in "\n".join(plan.scalars())
