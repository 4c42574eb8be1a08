from typing import Any

import pytest

from tests.unit.simulators.qbo.books import Books, handle, line

MARCH = "2026-03-02T12:00:00+00:00"


def _ids(response: dict[str, Any], entity: str) -> list[str]:
    return [row["Id"] for row in response.get(entity, [])]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("DisplayName = 'ACME'", {"1"}),
        ("DisplayName LIKE '%co%'", {"2", "3"}),
        ("DisplayName IN ('acme', 'Cobalt', 'Nobody')", {"1", "2"}),
        ("Id IN ('3','1','77')", {"1", "3"}),
        ("Balance > '10'", {"2"}),
        ("Balance <= 0", {"1", "3"}),
        ("Active = false", {"4"}),
        ("Active IN (true, false)", {"1", "2", "3", "4"}),
        ("Active = true AND Balance = '20'", {"2"}),
        ("PrimaryEmailAddr = 'x@y.example'", {"3"}),
        ("MetaData.LastUpdatedTime >= '2026-03-02T12:00:10Z'", {"2", "3"}),
        ("Metadata.CreateTime < '2026-03-02T04:00:10-08:00'", {"1"}),
        ("MetaData.LastUpdatedTime > '2026-03-02T04:00:10'", {"2", "3"}),
        ("MetaData.CreateTime > '2026-03-03'", set()),
    ],
)
async def test_conditions(books: Books, where: str, expected: set[str]) -> None:
    await books.control("clock", {"set": MARCH, "frozen": True})
    await books.customer("Acme")
    await books.control("clock", {"advance_s": 15})
    await books.customer("Cobalt", Balance=20)
    await books.customer("Disco", PrimaryEmailAddr={"Address": "x@y.example"})
    gone = await books.customer("Gone")
    await books.post("Customer", handle(gone, sparse=True, Active=False))
    found = await books.select("Customer", f"where {where}")
    assert set(_ids(found, "Customer")) == expected
    counted = await books.select("Customer", f"where {where}", "count(*)")
    assert counted == {"totalCount": len(expected)}


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("select * from Spaceship", "4001"),
        ("select * from Invoice where PONumber = '1'", "4001"),
        ("select * from Invoice where Line.Amount = '1'", "4001"),
        ("select * from Invoice order by Memo", "4001"),
        ("select * from Invoice startposition 0", "4001"),
        ("select * from Invoice maxresults 0", "4001"),
        ("select * from Invoice where TotalAmt > 'much'", "4001"),
        ("select * from Invoice where MetaData.CreateTime > 'yesterday'", "4001"),
        ("select * from Invoice where TxnDate > 2026-01-01", "4000"),
    ],
)
async def test_what_cannot_be_asked(books: Books, statement: str, code: str) -> None:
    await books.invoice((await books.customer())["Id"])
    answer = await books.ask("GET", "query", query=statement)
    assert answer.status_code == 400
    assert answer.json()["Fault"]["Error"][0]["code"] == code


async def test_pages_hold_every_row_once_and_not_by_id(books: Books) -> None:
    for number in range(25):
        await books.customer(f"Customer {number:02}")
    pages = [
        _ids(
            await books.select("Customer", f"startposition {n} maxresults 10"),
            "Customer",
        )
        for n in (1, 11, 21, 31)
    ]
    rows = [row for page in pages for row in page]
    assert [len(page) for page in pages] == [10, 10, 5, 0]
    assert sorted(rows, key=int) == [str(n) for n in range(1, 26)]
    assert rows not in (sorted(rows, key=int), sorted(rows, key=int, reverse=True))
    again = await books.query("select * from Customer ORDERBY Id maxresults 25")
    assert _ids(again, "Customer") == rows


async def test_rows_are_ordered_by_any_filterable_property(books: Books) -> None:
    customer = (await books.customer())["Id"]
    for amount, day in (("2", "2026-01-02"), ("1", "2026-01-02"), ("3", "2026-01-01")):
        await books.invoice(customer, amount, TxnDate=day)
    found = await books.query("select * from Invoice ORDERBY TxnDate, TotalAmt DESC")
    assert _ids(found, "Invoice") == ["3", "1", "2"]


async def test_no_rows_leave_the_entity_out(books: Books) -> None:
    assert await books.query("select * from Invoice") == {}
    assert await books.query("select count(*) from Invoice") == {"totalCount": 0}


async def test_the_sku_comes_only_when_it_is_named(books: Books) -> None:
    held = {"Name": "Bolt", "Type": "Service", "IncomeAccountRef": {"value": "1"}}
    await books.post("Item", held | {"Sku": "B-1"})
    where = "where Name = 'Bolt'"
    assert "Sku" not in (await books.select("Item", where))["Item"][0]
    assert (await books.select("Item", where, "*, Sku"))["Item"][0]["Sku"] == "B-1"
    fewer = (await books.select("Item", where, "Id, Sku"))["Item"][0]
    assert fewer.keys() == {"Id", "Sku", "domain", "sparse"}


async def test_references_are_filtered_by_id(books: Books) -> None:
    first, second = (await books.customer("A"))["Id"], (await books.customer("B"))["Id"]
    for customer in (first, second, second):
        await books.invoice(customer)
    found = await books.select("Invoice", f"where CustomerRef = '{second}'")
    assert set(_ids(found, "Invoice")) == {"2", "3"}


async def test_voided_documents_are_found_and_deleted_ones_not(books: Books) -> None:
    customer = (await books.customer())["Id"]
    first, second = await books.invoice(customer), await books.invoice(customer)
    await books.post("Invoice", handle(first), operation="void")
    await books.post("Invoice", handle(second), operation="delete")
    assert _ids(await books.query("select * from Invoice"), "Invoice") == ["1"]


async def test_a_statement_may_be_posted(books: Books) -> None:
    answer = await books.ask("POST", "query", "select count(*) from Term")
    assert answer.json()["QueryResponse"]["totalCount"] >= 4


async def test_no_statement_is_a_fault_with_status_200(books: Books) -> None:
    answer = await books.ask("GET", "query")
    assert answer.status_code == 200
    assert answer.json()["Fault"]["type"] == "SystemFault"


async def test_company_and_preferences_are_found_as_well(books: Books) -> None:
    company = (await books.query("select * from CompanyInfo"))["CompanyInfo"]
    assert [row["Country"] for row in company] == ["US"]
    assert len((await books.query("select * from Preferences"))["Preferences"]) == 1
    read = await books.ask("GET", f"companyinfo/{books.realm}")
    assert read.json()["CompanyInfo"]["Id"] == "1"


async def test_switches_change_the_answers(books: Books) -> None:
    customer = await books.customer()
    await books.post("Customer", handle(customer, sparse=True, Notes="x"))
    switches = {"stale_list_synctoken": True, "query_total_count": False}
    await books.control("switches", switches | {"startposition_zero": "ok"})
    found = await books.query("select * from Customer startposition 0")
    assert found["Customer"][0]["SyncToken"] == "0"
    assert "totalCount" not in found
    await books.control("clock", {"advance_s": 6})
    assert (await books.query("select * from Customer"))["Customer"][0]["SyncToken"] == "1"
    await books.control("switches", {"order_by_id": "fault"})
    answer = await books.ask("GET", "query", query="select * from Customer ORDERBY Id")
    assert answer.status_code == 400


async def test_a_changed_value_is_found_under_its_new_form_only(books: Books) -> None:
    customer = (await books.customer())["Id"]
    invoice = await books.invoice(customer, DocNumber="A-1")
    await books.post("Invoice", handle(invoice, sparse=True, DocNumber="B-1", Line=[line("1")]))
    assert await books.query("select * from Invoice where DocNumber = 'A-1'") == {}
    found = await books.query("select * from Invoice where DocNumber = 'b-1'")
    assert _ids(found, "Invoice") == ["1"]
