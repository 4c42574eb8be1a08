"""What QuickBooks has and the simulator has not is a fault that a client can read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from providers.simulators.qbo.entities.catalogue import ENTITIES
from providers.simulators.qbo.entities.unoffered import unoffered_entity
from tests.unit.simulators.qbo.books import Books

SINCE = (datetime.now(UTC) - timedelta(hours=1)).isoformat()


def _fault(answer: Any, status: int) -> str:
    """Return the detail of a fault in the service's shape."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    body = answer.json()
    assert body["Fault"]["type"] == "ValidationFault"
    (entry,) = body["Fault"]["Error"]
    assert entry["code"] == "500"
    return str(entry["Detail"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "estimate/1"),
        ("POST", "estimate"),
        ("POST", "vendorcredit?operation=delete"),
        ("GET", "reports/BalanceSheet"),
        ("POST", "upload"),
        ("POST", "taxservice/taxcode"),
        ("GET", "invoice/1/pdf"),
        ("GET", "exchangerate"),
        ("DELETE", "deposit/1"),
    ],
)
async def test_a_real_entity_that_is_not_simulated(
    books: Books, method: str, path: str
) -> None:
    detail = _fault(await books.ask(method, path, {}), 400)
    assert detail.startswith("This simulator does not offer ")


async def test_a_query_of_one_says_so(books: Books) -> None:
    detail = _fault(await books.ask("GET", "query", query="select * from Estimate"), 400)
    assert "does not offer queries of Estimate" in detail


async def test_a_batch_item_of_one_is_refused_alone(books: Books) -> None:
    items = [
        {"bId": "1", "operation": "create", "Estimate": {}},
        {"bId": "2", "operation": "create", "Customer": {"DisplayName": "A"}},
        {"bId": "3", "Query": "select * from Purchase"},
    ]
    answer = (await books.ask("POST", "batch", {"BatchItemRequest": items})).json()
    one, two, three = answer["BatchItemResponse"]
    assert "does not offer Estimate" in one["Fault"]["Error"][0]["Detail"]
    assert two["Customer"]["DisplayName"] == "A"
    assert "does not offer queries of Purchase" in three["Fault"]["Error"][0]["Detail"]


@pytest.mark.parametrize("key", ["CDCQuery", "ReportQuery"])
async def test_a_batch_item_that_asks_for_more_than_a_query_is_refused_alone(
    books: Books, key: str
) -> None:
    asked = {"Entities": "Customer", "ChangedSince": SINCE}
    items = [{"bId": "1", key: asked}, {"bId": "2", "Query": "select * from Customer"}]
    answer = (await books.ask("POST", "batch", {"BatchItemRequest": items})).json()
    one, two = answer["BatchItemResponse"]
    assert f"does not offer {key}" in one["Fault"]["Error"][0]["Detail"]
    assert two["QueryResponse"] == {}


@pytest.mark.parametrize("items", [5, ["x"], {"bId": "1"}])
async def test_a_batch_that_is_no_list_of_objects_is_refused(books: Books, items: Any) -> None:
    answer = await books.ask("POST", "batch", {"BatchItemRequest": items})
    assert answer.status_code == 400
    assert answer.json()["Fault"]["Error"][0]["code"] == "2000"


async def test_an_entity_of_a_batch_that_is_no_object_is_refused_alone(books: Books) -> None:
    items = [{"bId": "1", "operation": "create", "Customer": [1]}]
    answer = (await books.ask("POST", "batch", {"BatchItemRequest": items})).json()
    assert answer["BatchItemResponse"][0]["Fault"]["Error"][0]["code"] == "2000"


async def test_change_data_of_one_is_an_empty_part_beside_the_others(books: Books) -> None:
    await books.customer()
    names = "Estimate,Customer,VendorCredit,Invoice"
    answer = await books.ask("GET", "cdc", entities=names, changedSince=SINCE)
    estimates, customers, credits_, invoices = answer.json()["CDCResponse"][0]["QueryResponse"]
    assert estimates == credits_ == invoices == {}
    assert len(customers["Customer"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "spaceship/1", 404),
        ("POST", "spaceship", 404),
        ("POST", "customer/1/2/3", 404),
        ("GET", "", 404),
        ("GET", "customer", 405),
        ("PUT", "customer", 405),
        ("PATCH", "invoice/1", 405),
        ("DELETE", "invoice/1", 405),
        ("POST", "cdc", 405),
        ("GET", "batch", 405),
    ],
)
async def test_what_no_quickbooks_has_is_a_fault_too(
    books: Books, method: str, path: str, status: int
) -> None:
    assert "is not supported" in _fault(await books.ask(method, path, {}), status)


async def test_the_address_of_a_company_itself_is_a_fault(books: Books) -> None:
    headers = {"authorization": f"Bearer {books.token['access_token']}"}
    answer = await books.http.get(f"/v3/company/{books.realm}", headers=headers)
    _fault(answer, 404)


async def test_change_data_of_what_never_was_is_refused(books: Books) -> None:
    answer = await books.ask("GET", "cdc", entities="Spaceship", changedSince=SINCE)
    assert "Spaceship" in _fault(answer, 400)


def test_nothing_is_both_offered_and_not() -> None:
    assert [name for name in ENTITIES if unoffered_entity(name)] == []


async def _asked(books: Books, accept: str) -> Any:
    return await books.http.post(
        f"/v3/company/{books.realm}/customer",
        json={"DisplayName": "A"},
        headers={"authorization": f"Bearer {books.token['access_token']}", "accept": accept},
    )


@pytest.mark.parametrize(
    "accept", ["application/xml", "text/xml", "text/xml;q=0.9, Application/XML; charset=utf-8"]
)
async def test_a_client_that_reads_xml_alone_is_told_so_and_nothing_is_written(
    books: Books, accept: str
) -> None:
    detail = _fault(await _asked(books, accept), 400)
    assert detail == "This simulator does not offer answers in XML; QuickBooks does."
    found = (await books.ask("GET", "query", query="select * from Customer")).json()
    assert "A" not in [one["DisplayName"] for one in found["QueryResponse"].get("Customer", [])]


@pytest.mark.parametrize(
    "accept", ["", "*/*", "application/json", "application/xml, */*;q=0.1"]
)
async def test_one_that_may_read_json_gets_it(books: Books, accept: str) -> None:
    answer = await _asked(books, accept)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
