"""What QuickBooks holds for a person, from the shell of whoever solves it."""

from typing import Any

import httpx
import pytest

from gateway.embedded.ports import free_ports
from gateway.embedded.probe import http_ok
from tests.chaos.books import Books
from tests.chaos.platform import Owner, customer, invoice, item
from tests.chaos.process_group import ROLES, ProcessGroup
from tests.e2e.shell import ledgerlane
from tests.eventually import PATIENCE_S, eventually
from tests.fakes.served import QBO

pytestmark = pytest.mark.asyncio(loop_scope="session")

T1 = Owner("t1")
KEY = "tasks-" + "k" * 32
TOO_LONG = "INV-" + "7" * 30


async def tasks(group: ProcessGroup, *arguments: str) -> Any:
    """Ask the command for JSON."""
    return (await ledgerlane(group.environ, "tasks", *arguments)).json()


async def standing(group: ProcessGroup, document: str) -> dict[str, Any]:
    """Tell how one document stands in the one company that there is."""
    asked = ("inspect", "--tenant", "t1", "--document", document, "--json")
    (found,) = (await ledgerlane(group.environ, *asked)).json()
    return dict(found)


async def seen(group: ProcessGroup, times: int) -> None:
    """Wait until the one task has been seen so often."""

    async def is_there() -> bool:
        rows = await group.rows("SELECT times_seen FROM tasks")
        return [row["times_seen"] for row in rows] == [times]

    await eventually(is_there)


def close_books(books: Books, through: str) -> None:
    books.simulator.control(f"companies/{books.realm}", {"close_books": through})


@pytest.mark.accepts("ERR-08", "ERR-15")
async def test_what_a_person_must_solve_is_one_task_until_it_is_solved(
    group: ProcessGroup,
) -> None:
    books = await group.connect(QBO, "t1")
    await group.start(*ROLES)
    close_books(books, "2026-12-31")
    await group.platform.announce(T1, customer(0), item(), invoice(1, "10"))
    await seen(group, 1)
    (opened,) = await tasks(group, "list", "--tenant", "t1", "--json")
    assert (opened["code"], opened["document_id"]) == ("period_closed", "i1")
    assert (opened["record_state"], opened["fix"] != "") == ("held", True)
    await group.platform.announce(T1, invoice(1, "20"))
    await seen(group, 2)
    await tasks(group, "solve", opened["id"], "--note", "I think so", "--json")
    await seen(group, 3)
    assert (await tasks(group, "show", opened["id"]))["note"] == "I think so"
    held = await standing(group, "invoice/i1")
    assert (held["state"], held["tries"], held["resolved_at"]) == ("held", 3, None)
    assert held["reason"]["code"] == "period_closed", "each failure adds a try, and says why"
    close_books(books, "")
    said = ("solve", opened["id"], "--note", "The year is open again.", "--json")
    assert (await tasks(group, *said))["closed_at"] is None
    await group.agree()
    assert await tasks(group, "list", "--json") == []
    (closed,) = await tasks(group, "list", "--closed", "--json")
    assert (closed["id"], closed["times_seen"], closed["closed_by"]) == (
        opened["id"],
        3,
        "solve",
    )
    agreed = await standing(group, "invoice/i1")
    assert (agreed["attempts"], agreed["tries"], agreed["next_attempt_at"]) == (0, 3, None)
    assert (agreed["state"], agreed["reason"]) == ("agreed", None), "success clears the error"
    assert agreed["resolved_at"] == closed["closed_at"]
    again = await ledgerlane(group.environ, "tasks", "solve", opened["id"], "--note", "again")
    assert (again.code, again.errors.startswith("ledgerlane: task")) == (1, True)


@pytest.mark.accepts("ERR-15")
async def test_a_dead_document_is_a_task_of_the_api_and_an_edit_closes_it(
    group: ProcessGroup,
) -> None:
    await group.connect(QBO, "t1")
    port = next(free_ports())
    await group.start(*ROLES)
    api_role = await group.launch("api", API_PORT=str(port), API_KEYS=f"desk:{KEY}")
    url = f"http://127.0.0.1:{port}"
    await api_role.until(lambda: http_ok(f"{url}/readyz"), within_s=PATIENCE_S)
    authorised = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=url, headers=authorised, timeout=PATIENCE_S) as api:
        bad = invoice(1, "10").model_copy(update={"number": TOO_LONG})
        await group.platform.announce(T1, customer(0), item(), bad)
        await seen(group, 1)
        (task,) = (await api.get("/v1/tasks", params={"tenant": "t1"})).json()["tasks"]
        assert (task["code"], task["record_state"]) == ("number_too_long", "dead")
        solved = await api.post(
            f"/v1/tasks/{task['id']}/solve", json={"note": "I shortened it"}
        )
        assert solved.status_code == 202
        await seen(group, 2)
        (dead,) = (await ledgerlane(group.environ, "dead", "list", "--json")).json()
        assert (dead["record"]["state"], dead["record"]["tries"]) == ("dead", 2)
        await group.platform.announce(T1, invoice(1, "10"))
        await group.agree(dead=2)
        closed = (await api.get(f"/v1/tasks/{task['id']}")).json()
        assert (closed["closed_by"], closed["record_state"]) == ("edit", "agreed")
        query = {"type": "invoice", "document": "i1"}
        (record,) = (await api.get("/v1/tenants/t1/records", params=query)).json()["records"]
        assert (record["tries"], record["resolved_at"]) == (2, closed["closed_at"])
