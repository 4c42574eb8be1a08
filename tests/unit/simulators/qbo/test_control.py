from decimal import Decimal
from typing import Any

import pytest

from tests.unit.simulators.qbo.books import US, Books, handle


async def test_companies_are_created_while_it_runs(books: Books) -> None:
    made = await books.control("companies", {"country": "CA", "name": "Maple"})
    assert made == {
        "realm": "9341450000000003",
        "name": "Maple",
        "country": "CA",
        "connected": False,
    }
    maple = await Books(books.http, made["realm"]).connect()
    rows = (await maple.query("select * from TaxRate where Name = 'PST BC'"))["TaxRate"]
    assert rows[0]["RateValue"] == 7
    listed = (await books.control("companies"))["companies"]
    assert [row["connected"] for row in listed] == [True, False, True]
    again = await books.http.post("/_simulator/companies", json={"realm": US})
    assert again.status_code == 409


async def test_somebody_else_can_edit_the_books(books: Books) -> None:
    invoice = await books.invoice((await books.customer())["Id"])
    path = f"books/{US}/invoice"
    note = handle(invoice, sparse=True, PrivateNote="edited in QuickBooks")
    edited = (await books.control(path, note))["Invoice"]
    assert edited["SyncToken"] == "1"
    assert await books.code("Invoice", note) == "5010"
    assert (await books.control(f"{path}/{invoice['Id']}"))["Invoice"] == edited
    voided = await books.http.post(
        f"/_simulator/{path}", params={"operation": "void"}, json=handle(edited)
    )
    assert voided.json()["Invoice"]["TotalAmt"] == 0
    refused = await books.http.post(f"/_simulator/{path}", json={})
    assert refused.json()["Fault"]["Error"][0]["code"] == "2020"


async def test_the_ledger_lists_every_document_with_its_amounts(books: Books) -> None:
    customer = (await books.customer())["Id"]
    for amount in ("100.10", "20"):
        await books.invoice(customer, amount, PrivateNote="ext:1")
    await books.pay(customer, "50", i1="50")
    ledger = await books.control(f"ledger/{US}")
    invoices = ledger["entities"]["Invoice"]
    assert {name: invoices[name] for name in ("count", "active", "total", "balance")} == {
        "count": 2,
        "active": 2,
        "total": Decimal("120.10"),
        "balance": Decimal("70.10"),
    }
    assert invoices["documents"][-1] == {
        "id": "1",
        "label": "1001",
        "sync_token": "0",
        "status": "active",
        "currency": "USD",
        "total": Decimal("100.10"),
        "tax": 0,
        "balance": Decimal("50.10"),
        "private_note": "ext:1",
    }
    assert ledger["entities"]["Customer"]["balance"] == Decimal("70.10")
    brief = await books.control(f"ledger/{US}?documents=false")
    assert "documents" not in brief["entities"]["Invoice"]


async def test_creates_are_listed_by_natural_key(books: Books) -> None:
    await books.customer("Acme")
    assert await books.control(f"creates/{US}") == {
        "creates": [{"entity": "Customer", "key": "Acme", "ids": ["1"]}]
    }


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("ledger/1", None, 404),
        ("companies/1", {"lapsed": True}, 404),
        ("clock", {"set": "noon"}, 422),
        ("switches", {"gravity": "off"}, 422),
        ("switches", {"idempotency_mode": "maybe"}, 422),
        ("quotas", {"per_minute": "many"}, 422),
        ("companies", {"country": "FR"}, 422),
        (f"companies/{US}", {"close_books": "soon"}, 400),
        (f"books/{US}/spaceship", {}, 404),
    ],
)
async def test_a_wrong_command_changes_nothing_and_says_why(
    books: Books, path: str, body: Any, status: int
) -> None:
    method = "GET" if body is None else "POST"
    answer = await books.http.request(method, f"/_simulator/{path}", json=body)
    assert answer.status_code == status
    assert answer.json()


async def test_a_reset_starts_again_from_the_configuration(books: Books) -> None:
    await books.customer()
    await books.control("switches", {"idempotency_mode": "off"})
    await books.control("reset", {})
    assert (await books.ask("GET", "companyinfo/1")).status_code == 401
    await books.connect()
    assert await books.query("select count(*) from Customer") == {"totalCount": 0}
    assert (await books.control("switches", {}))["idempotency_mode"] == "on"


async def test_latency_is_set_while_it_runs(books: Books) -> None:
    assert await books.control("latency", {"latency_ms": 1}) == {"latency_ms": 1}
    assert (await books.ask("GET", "companyinfo/1")).status_code == 200


async def test_pages_of_what_does_not_exist(books: Books) -> None:
    for path in ("/ledger/1", f"/ledger/{US}/Spaceship", f"/ledger/{US}/Invoice/9"):
        assert (await books.http.get(path)).status_code == 404


async def test_what_people_typed_is_shown_as_text(books: Books) -> None:
    await books.customer("<script>alert(1)</script>")
    page = (await books.http.get(f"/ledger/{US}/Customer")).text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
