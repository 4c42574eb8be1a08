"""Pushing everything by the API: it is queued, answered for, and done by the workers."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from gateway.embedded.ports import free_ports
from gateway.embedded.probe import http_ok
from tests.chaos.platform import Owner, business
from tests.chaos.process_group import INTAKE, RELAY, WORKERS, ProcessGroup
from tests.eventually import PATIENCE_S, eventually
from tests.fakes.served import QBO, XERO

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEY = "k" * 40
T1 = Owner("t1")


@pytest_asyncio.fixture(loop_scope="session")
async def api(group: ProcessGroup) -> AsyncIterator[httpx.AsyncClient]:
    """The API as a process, and a caller with a key."""
    url = f"http://127.0.0.1:{(port := next(free_ports()))}"
    child = await group.launch("api", API_PORT=str(port), API_KEYS=f"ops:{KEY}")

    async def ready() -> bool:
        return await http_ok(f"{url}/readyz")

    await child.until(ready, within_s=60)
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=PATIENCE_S) as client:
        yield client


@pytest.mark.accepts("CON-25")
@pytest.mark.parametrize("provider", [QBO, XERO])
async def test_without_a_connection_a_sync_is_refused_with_the_reason(
    api: httpx.AsyncClient, provider: str
) -> None:
    answer = await api.post(f"/v1/tenants/t1/providers/{provider}/sync")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (409, "connection_required")
    assert answer.json()["detail"]


@pytest.mark.accepts("RUN-01")
async def test_a_sync_is_answered_before_any_ledger_is_called_and_done_by_the_workers(
    group: ProcessGroup, api: httpx.AsyncClient
) -> None:
    for provider in (QBO, XERO):
        await group.connect(provider, "t1")
    await group.start(RELAY, INTAKE)
    documents = business(2, 5)
    await group.platform.announce(T1, *documents)

    async def taken_in() -> bool:
        return await group.count("sync_records", "state = 'pending'") == 2 * len(documents)

    await eventually(taken_in)
    calls = [books.calls() for books in group.books]
    for books in group.books:
        answer = await api.post(f"/v1/tenants/t1/providers/{books.simulator.name}/sync")
        told = [{"realm_id": books.realm, "signalled": len(documents)}]
        assert (answer.status_code, answer.json()) == (202, {"realms": told})
    assert [books.calls() for books in group.books] == calls, "no worker runs yet"
    await group.start(*WORKERS)
    await group.agree()
