from typing import Any

import pytest

from tests.unit.simulators.qbo.books import Books, handle

MARCH = "2026-03-02T12:00:00+00:00"


async def _changes(books: Books, entities: str, since: str) -> list[dict[str, Any]]:
    answer = await books.ask("GET", "cdc", entities=entities, changedSince=since)
    assert answer.status_code == 200, answer.text
    (response,) = answer.json()["CDCResponse"]
    rows: list[dict[str, Any]] = response["QueryResponse"]
    return rows


async def test_changed_voided_inactive_and_deleted_objects(books: Books) -> None:
    await books.control("clock", {"set": MARCH, "frozen": True})
    customer = await books.customer()
    invoices = [await books.invoice(customer["Id"]) for _ in range(3)]
    await books.control("clock", {"advance_s": 60})
    await books.post("Customer", handle(customer, sparse=True, Active=False))
    await books.post("Invoice", handle(invoices[0]), operation="void")
    await books.post("Invoice", handle(invoices[1]), operation="delete")
    rows = await _changes(books, "Customer,Invoice,Bill", "2026-03-02T12:00:30Z")
    assert [row["Active"] for row in rows[0]["Customer"]] == [False]
    voided, deleted = rows[1]["Invoice"]
    assert (voided["Id"], voided["TotalAmt"]) == ("1", 0)
    assert deleted == {
        "status": "Deleted",
        "domain": "QBO",
        "Id": "2",
        "MetaData": {"LastUpdatedTime": "2026-03-02T04:01:00-08:00"},
    }
    assert rows[2] == {}


async def test_a_change_in_the_second_of_the_cursor_is_not_missed(books: Books) -> None:
    await books.control("clock", {"set": "2026-03-02T12:00:00.400+00:00", "frozen": True})
    answer = await books.ask("GET", "cdc", entities="Customer", changedSince=MARCH)
    cursor = answer.json()["time"]
    assert cursor == "2026-03-02T04:00:00.400-08:00"
    await books.customer()
    assert len((await _changes(books, "Customer", cursor))[0]["Customer"]) == 1


async def test_the_answer_is_cut_silently(books: Books) -> None:
    await books.control("switches", {"cdc_limit": 3})
    for number in range(2):
        await books.customer(f"C{number}")
        await books.vendor(f"V{number}")
    since = "2026-01-01T00:00:00Z"
    await books.control("clock", {"set": MARCH, "frozen": True})
    rows = await _changes(books, "Customer,Vendor", since.replace("01-01", "02-20"))
    assert [row["maxResults"] for row in rows] == [2, 1]


@pytest.mark.parametrize(
    ("entities", "since", "code"),
    [
        ("Customer", "", "2020"),
        ("", MARCH, "2020"),
        ("Customer", "lately", "2060"),
        ("Customer", "2026-01-30T12:00:00Z", "6000"),
        ("TaxCode", MARCH, "500"),
        ("Spaceship", MARCH, "500"),
    ],
)
async def test_what_change_data_refuses(
    books: Books, entities: str, since: str, code: str
) -> None:
    await books.control("clock", {"set": MARCH, "frozen": True})
    callback = await books.consent()
    books.token = (await books.exchange(callback["code"])).json()
    answer = await books.ask("GET", "cdc", entities=entities, changedSince=since)
    assert answer.json()["Fault"]["Error"][0]["code"] == code


async def test_the_fault_for_too_long_ago_is_a_switch(books: Books) -> None:
    await books.control("switches", {"cdc_too_old_code": "2060"})
    since = "2020-01-01T00:00:00Z"
    answer = await books.ask("GET", "cdc", entities="Customer", changedSince=since)
    assert answer.json()["Fault"]["Error"][0]["code"] == "2060"
