"""Runs over the API: what is pushed, how far it is, and what failed tried again."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from consumers.store.desired_states import DesiredState, upsert_desired
from gateway.config.variables import ApiKey
from gateway.database.sessions import Sessions
from gateway.http.app import create_app
from gateway.http.dependencies import ApiDependencies
from providers.connections import Connection, ConnectionState
from schemas.documents.document import DocumentType
from schemas.ids import ProviderName, record_id
from tests.fakes.sent_signals import SentSignals
from tests.integration.gateway.connecting import store_connection

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEY = "k" * 32
QBO, XERO = ProviderName("qbo"), ProviderName("xero")
CUSTOMER, INVOICE = DocumentType.CUSTOMER, DocumentType.INVOICE
RUNS = "/v1/tenants/t1/providers/qbo/runs"


@dataclass
class RunsHarness:
    engine: AsyncEngine
    api: httpx.AsyncClient
    sent: SentSignals
    connection: Connection
    now: datetime = NOW

    def clock(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    async def announce(self, kind: DocumentType, *names: str, state: str = "pending") -> None:
        one = self.connection
        wanted = [
            DesiredState(
                record_id=record_id(one.id, kind, name),
                connection_id=one.id,
                tenant_id=one.tenant_id,
                realm_id=one.realm_id,
                provider=one.provider,
                document_type=kind,
                document_id=name,
                document="{}",
                version=1,
            )
            for name in names
        ]
        async with self.engine.begin() as database:
            await upsert_desired(database, wanted, now=NOW)
        await self.set_state(state, *names)

    async def set_state(self, state: str, *names: str) -> None:
        async with self.engine.begin() as database:
            await database.execute(
                text("UPDATE sync_records SET state = :state WHERE document_id = ANY(:names)"),
                {"state": state, "names": list(names)},
            )

    async def start(self, **wanted: Any) -> dict[str, Any]:
        answer = await self.api.post(RUNS, json=wanted)
        assert answer.status_code == 202, answer.text
        run: dict[str, Any] = answer.json()
        assert answer.headers["location"] == f"/v1/tenants/t1/runs/{run['id']}"
        return run

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.api.get(f"/v1/tenants/t1/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def jobs(self, run: dict[str, Any], **query: Any) -> set[str]:
        found = await self.get(f"runs/{run['id']}/jobs", **query)
        return {one["document_id"] for one in found["jobs"]}

    def signalled(self) -> set[UUID]:
        found = {UUID(str(signal.record_id)) for _, signal in self.sent.signals}
        self.sent.signals.clear()
        return found

    def ids(self, kind: DocumentType, *names: str) -> set[UUID]:
        return {record_id(self.connection.id, kind, name) for name in names}


@pytest_asyncio.fixture
async def harness(engine: AsyncEngine) -> AsyncIterator[RunsHarness]:
    sent = SentSignals()
    one = await store_connection(engine, "t1", "9341")
    found = RunsHarness(engine, httpx.AsyncClient(), sent, one)
    app = create_app(
        ApiDependencies(
            sessions=Sessions(engine),
            signals=sent,
            now=found.clock,
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
    ) as found.api:
        yield found


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_run_pushes_all_that_does_not_agree_and_nothing_else(
    harness: RunsHarness,
) -> None:
    await harness.announce(CUSTOMER, "a", "b")
    await harness.announce(CUSTOMER, "held", state="held")
    await harness.announce(CUSTOMER, "dead", state="dead")
    await harness.announce(CUSTOMER, "agreed", state="agreed")
    await harness.announce(CUSTOMER, "waiting", state="waiting")
    run = await harness.start()
    assert (run["state"], run["counts"]["pending"], run["started_by"]) == ("started", 4, "ops")
    assert harness.signalled() == harness.ids(CUSTOMER, "a", "b", "held", "dead")
    assert await harness.jobs(run) == {"a", "b", "held", "dead"}


async def test_a_second_run_finds_nothing_to_push_once_the_first_agreed(
    harness: RunsHarness,
) -> None:
    await harness.announce(CUSTOMER, "a")
    await harness.start()
    await harness.set_state("agreed", "a")
    harness.signalled()
    second = await harness.start()
    assert (second["state"], sum(second["counts"].values())) == ("completed", 0)
    assert harness.signalled() == set()


@pytest.mark.accepts("API-12")
async def test_only_the_chosen_types_and_documents_are_pushed(harness: RunsHarness) -> None:
    await harness.announce(CUSTOMER, "a", "b")
    await harness.announce(INVOICE, *(f"i{n}" for n in range(50)))
    await harness.start(document_types=["customer"])
    assert harness.signalled() == harness.ids(CUSTOMER, "a", "b")
    ticked = [{"type": "invoice", "id": name} for name in ("i3", "i7", "i49")]
    run = await harness.start(documents=ticked)
    assert harness.signalled() == harness.ids(INVOICE, "i3", "i7", "i49")
    assert run["counts"]["pending"] == 3
    both = await harness.start(documents=ticked, document_types=["customer"])
    assert sum(both["counts"].values()) == 0


async def test_a_run_is_followed_by_how_its_records_stand(harness: RunsHarness) -> None:
    await harness.announce(CUSTOMER, "a", "b", "c")
    run = await harness.start()
    await harness.set_state("agreed", "a")
    await harness.set_state("retrying", "b")
    await harness.set_state("held", "c")
    shown = await harness.get(f"runs/{run['id']}")
    assert shown["state"] == "started"
    assert {job: n for job, n in shown["counts"].items() if n} == {
        "synced": 1,
        "processing": 1,
        "error": 1,
    }
    assert await harness.jobs(run, state="error") == {"c"}
    await harness.set_state("agreed", "b")
    assert (await harness.get(f"runs/{run['id']}"))["state"] == "partial"
    assert (await harness.get("runs"))["runs"][0]["state"] == "partial"


@pytest.mark.accepts("ERR-18")
async def test_only_what_failed_of_a_run_is_tried_again(harness: RunsHarness) -> None:
    await harness.announce(CUSTOMER, "a", "b", "c", "other")
    run = await harness.start(documents=[{"type": "customer", "id": n} for n in "abc"])
    await harness.set_state("agreed", "a")
    await harness.set_state("held", "b")
    await harness.set_state("dead", "c", "other")
    harness.signalled()
    answer = await harness.api.post(f"/v1/tenants/t1/runs/{run['id']}/retry")
    assert answer.status_code == 202
    assert answer.headers["location"].endswith(answer.json()["id"])
    assert harness.signalled() == harness.ids(CUSTOMER, "b", "c")
    assert await harness.jobs(answer.json()) == {"b", "c"}
    again = await harness.api.post(f"/v1/tenants/t1/runs/{run['id']}/retry")
    assert sum(again.json()["counts"].values()) == 0, "what is pending is tried already"


async def test_pages_of_runs_stay_as_they_are_while_runs_are_added(
    harness: RunsHarness,
) -> None:
    started = [(await harness.start())["id"] for _ in range(5)]
    first = await harness.get("runs", limit=2)
    added = (await harness.start())["id"]
    second = await harness.get("runs", limit=2, cursor=first["next_cursor"])
    third = await harness.get("runs", limit=2, cursor=second["next_cursor"])
    found = [one["id"] for each in (first, second, third) for one in each["runs"]]
    assert (found, third["next_cursor"]) == (started[::-1], None)
    assert (await harness.get("runs", limit=1))["runs"][0]["id"] == added


async def test_jobs_are_read_page_by_page(harness: RunsHarness) -> None:
    names = [f"c{n}" for n in range(5)]
    await harness.announce(CUSTOMER, *names)
    run = await harness.start()
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        told = await harness.get(f"runs/{run['id']}/jobs", limit=2, cursor=cursor)
        found += [one["document_id"] for one in told["jobs"]]
        cursor = told["next_cursor"]
    assert sorted(found) == names


@pytest.mark.accepts("API-18")
async def test_another_tenants_run_is_not_there(harness: RunsHarness) -> None:
    await harness.announce(CUSTOMER, "a")
    run = await harness.start()
    await store_connection(harness.engine, "t2", "9342")
    harness.signalled()
    for method, path in (("GET", ""), ("GET", "/jobs"), ("POST", "/retry")):
        theirs = f"/v1/tenants/t2/runs/{run['id']}{path}"
        assert_problem(await harness.api.request(method, theirs), 404, "unknown_run")
        nowhere = f"/v1/tenants/t1/runs/{uuid4()}{path}"
        assert_problem(await harness.api.request(method, nowhere), 404, "unknown_run")
    assert (await harness.api.get("/v1/tenants/t2/runs")).json()["runs"] == []
    named = {"documents": [{"type": "customer", "id": "a"}]}
    refused = await harness.api.post("/v1/tenants/t2/providers/qbo/runs", json=named)
    assert_problem(refused, 422, "unknown_document")
    assert harness.signalled() == set()


@pytest.mark.accepts("API-12")
@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({"document_types": ["cheque"]}, "#/document_types/0"),
        ({"direction": "pull"}, "#/direction"),
        ({"documents": [{"type": "invoice"}]}, "#/documents/0/id"),
        ({"documents": [{"type": "invoice", "id": "\0"}]}, "#/documents/0/id"),
        ({"document_type": "invoice"}, "#/document_type"),
    ],
)
async def test_what_can_not_be_pushed_is_refused_by_its_place(
    harness: RunsHarness, wanted: dict[str, Any], pointer: str
) -> None:
    answer = await harness.api.post(RUNS, json=wanted)
    assert_problem(answer, 422, "invalid_request")
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


async def test_documents_that_nobody_announced_are_named_and_nothing_is_started(
    harness: RunsHarness,
) -> None:
    await harness.announce(CUSTOMER, "a")
    wanted = [{"type": "customer", "id": name} for name in ("a", "gone", "lost")]
    answer = await harness.api.post(RUNS, json={"documents": wanted})
    assert_problem(answer, 422, "unknown_document")
    found = [one["pointer"] for one in answer.json()["errors"]]
    assert found == ["#/documents/1", "#/documents/2"]
    assert (await harness.get("runs"))["runs"] == []


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("t1/providers/sage/runs", 404, "unknown_provider"),
        ("t1/providers/xero/runs", 424, "provider_not_configured"),
        ("t9/providers/qbo/runs", 409, "connection_required"),
    ],
)
async def test_a_run_that_can_not_be_is_refused(
    harness: RunsHarness, path: str, status: int, code: str
) -> None:
    assert_problem(await harness.api.post(f"/v1/tenants/{path}", json={}), status, code)


async def test_what_failed_of_a_company_that_is_gone_is_not_tried(
    harness: RunsHarness,
) -> None:
    await harness.announce(CUSTOMER, "a")
    run = await harness.start()
    gone = text("UPDATE connections SET state = :state")
    async with harness.engine.begin() as database:
        await database.execute(gone, {"state": ConnectionState.EXPIRED.value})
    answer = await harness.api.post(f"/v1/tenants/t1/runs/{run['id']}/retry")
    assert_problem(answer, 409, "connection_required")
