from datetime import timedelta
from typing import Any

import pytest

from providers.simulators.xero.config import XeroSwitches
from tests.unit.simulators.xero.harness import XeroHarness, bill, config, invoice


async def numbered(xero: XeroHarness, count: int) -> list[dict[str, Any]]:
    sent = [invoice(InvoiceNumber=f"A-{i}") for i in range(count)]
    made = await xero.ok("PUT", "Invoices", {"Invoices": sent})
    invoices: list[dict[str, Any]] = made["Invoices"]
    return invoices


async def numbers(xero: XeroHarness, **query: str) -> list[str]:
    content = await xero.ok("GET", "Invoices", **query)
    return [entry["InvoiceNumber"] for entry in content["Invoices"]]


async def test_an_unpaged_list_is_a_summary_without_lines(xero: XeroHarness) -> None:
    await numbered(xero, 2)
    content = await xero.ok("GET", "Invoices")
    assert "pagination" not in content
    assert [entry["LineItems"] for entry in content["Invoices"]] == [[], []]


async def test_paging_shows_lines_and_counts(xero: XeroHarness) -> None:
    await numbered(xero, 3)
    content = await xero.ok("GET", "Invoices", page="2", pageSize="2")
    assert content["pagination"] == {
        "page": 2,
        "pageSize": 2,
        "pageCount": 2,
        "itemCount": 3,
    }
    assert content["Invoices"][0]["LineItems"]
    assert not (await xero.ok("GET", "Invoices", page="9"))["Invoices"]


@pytest.mark.parametrize(
    ("page", "size", "shown"),
    [("0", "0", (1, 1)), ("-4", "5000", (1, 1000)), ("x", "", (1, 100)), ("2", "7", (2, 7))],
)
async def test_pages_are_clamped_and_never_refused(
    xero: XeroHarness, page: str, size: str, shown: tuple[int, int]
) -> None:
    content = await xero.ok("GET", "Invoices", page=page, pageSize=size)
    pagination = content["pagination"]
    assert (pagination["page"], pagination["pageSize"]) == shown


async def test_the_default_order_is_by_stamp_and_then_id(xero: XeroHarness) -> None:
    made = await numbered(xero, 3)
    ids = [e["InvoiceID"] for e in (await xero.ok("GET", "Invoices"))["Invoices"]]
    assert ids == sorted(e["InvoiceID"] for e in made)
    xero.clock.advance(timedelta(seconds=1))
    await xero.ok("POST", f"Invoices/{ids[0]}", {"Reference": "moved"})
    after = [e["InvoiceID"] for e in (await xero.ok("GET", "Invoices"))["Invoices"]]
    assert after == [*ids[1:], ids[0]]


async def test_order_by_a_field(xero: XeroHarness) -> None:
    await numbered(xero, 3)
    assert await numbers(xero, order="InvoiceNumber DESC") == ["A-2", "A-1", "A-0"]
    assert (await xero.send("GET", "Invoices", query={"order": "Nope"})).status_code == 400


async def test_list_filters_by_ids_numbers_contacts_and_statuses(xero: XeroHarness) -> None:
    first, second, _ = await numbered(xero, 3)
    await xero.ok("PUT", "Invoices", bill(InvoiceNumber="B-1", Status="DRAFT"))
    ids = f"{first['InvoiceID']},{second['InvoiceID']}"
    assert sorted(await numbers(xero, IDs=ids)) == ["A-0", "A-1"]
    assert sorted(await numbers(xero, InvoiceNumbers="A-2,B-1,none")) == ["A-2", "B-1"]
    contact = first["Contact"]["ContactID"]
    assert len(await numbers(xero, ContactIDs=contact)) == 3
    paged = await xero.ok("GET", "Invoices", Statuses="DRAFT")
    assert [e["InvoiceNumber"] for e in paged["Invoices"]] == ["B-1"]
    assert paged["pagination"]["itemCount"] == 1
    bad = await xero.send("GET", "Invoices", query={"IDs": "not-a-guid"})
    assert bad.status_code == 400


async def test_filters_add_up(xero: XeroHarness) -> None:
    await numbered(xero, 3)
    await xero.ok("PUT", "Invoices", bill(InvoiceNumber="A-0"))
    where = 'Type=="ACCREC" AND InvoiceNumber=="A-0"'
    assert await numbers(xero, where=where, searchTerm="a-") == ["A-0"]
    assert await numbers(xero, where=where, searchTerm="zzz") == []


async def test_summary_only_forces_paging_and_drops_lines(xero: XeroHarness) -> None:
    await numbered(xero, 1)
    content = await xero.ok("GET", "Invoices", summaryOnly="true")
    assert content["pagination"]["itemCount"] == 1
    assert not {"LineItems", "Payments", "HasAttachments"} & content["Invoices"][0].keys()


async def test_created_by_my_app(xero: XeroHarness) -> None:
    await numbered(xero, 1)
    person = invoice(InvoiceNumber="P-1")
    url = "/_simulator/books/11111111-1111-4111-8111-111111111111/Invoices"
    assert (await xero.http.put(url, json=person)).status_code == 200
    assert sorted(await numbers(xero)) == ["A-0", "P-1"]
    assert await numbers(xero, createdByMyApp="true") == ["A-0"]


async def test_archived_contacts_are_hidden_unless_asked_for(xero: XeroHarness) -> None:
    made = await xero.one("PUT", "Contacts", {"Name": "Old"})
    await xero.ok("POST", f"Contacts/{made['ContactID']}", {"ContactStatus": "ARCHIVED"})
    assert not (await xero.ok("GET", "Contacts"))["Contacts"]
    assert (await xero.ok("GET", "Contacts", includeArchived="true"))["Contacts"]


async def test_unpaged_contacts_lack_what_paged_ones_have(xero: XeroHarness) -> None:
    await xero.ok("PUT", "Contacts", {"Name": "Mia", "PaymentTerms": {"Sales": {"Day": 20}}})
    (unpaged,) = (await xero.ok("GET", "Contacts"))["Contacts"]
    (paged,) = (await xero.ok("GET", "Contacts", page="1"))["Contacts"]
    assert paged.keys() - unpaged.keys() == {"PaymentTerms", "ContactPersons"}


async def since(xero: XeroHarness, stamp: str) -> int:
    headers = {"If-Modified-Since": stamp}
    answer = await xero.send("GET", "Invoices", headers=headers)
    return len(answer.json()["Invoices"])


async def test_if_modified_since_counts_in_whole_seconds(xero: XeroHarness) -> None:
    await numbered(xero, 1)
    assert await since(xero, "2026-08-01T09:30:00") == 1
    assert await since(xero, "2026-08-01T09:30:01") == 0
    assert await since(xero, "Sat, 01 Aug 2026 23:00:00 GMT") == 1  # passed over: everything


async def test_if_modified_since_may_leave_its_own_second_out() -> None:
    async with XeroHarness(
        config(switches=XeroSwitches(modified_since_inclusive=False))
    ) as xero:
        xero.clock.freeze()
        await xero.connect()
        await numbered(xero, 1)
        now = xero.clock.now().strftime("%Y-%m-%dT%H:%M:%S")
        assert await since(xero, now) == 0


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"page": "1"}, 200),
        ({"page": "1", "where": 'Type=="ACCREC" AND Date>=DateTime(2026,1,1)'}, 200),
        ({"page": "1", "where": "Total>100"}, 400),
        ({"page": "1", "where": 'Status=="PAID" OR Status=="DRAFT"'}, 400),
        ({"page": "1", "where": 'Reference.Contains("x")'}, 400),
        ({"page": "1", "order": "DueDate"}, 400),
        ({}, 400),
    ],
)
async def test_the_high_volume_wall(query: dict[str, str], status: int) -> None:
    async with XeroHarness(config(high_volume_wall=2)) as xero:
        await xero.connect()
        await numbered(xero, 3)
        answer = await xero.send("GET", "Invoices", query=query)
        assert answer.status_code == status
        if status == 400:
            body = answer.json()
            assert (body["ErrorNumber"], body["Type"]) == (51, "HighVolumeException")


async def test_a_bad_where_is_a_query_parse_exception(xero: XeroHarness) -> None:
    answer = await xero.send("GET", "Invoices", query={"where": "Nope==1"})
    assert (answer.status_code, answer.json()["Type"]) == (400, "QueryParseException")
