"""Bodies that no service reads are refused in the ledger's own shape, and end no simulator."""

from decimal import Decimal
from json import JSONDecodeError

import httpx
import pytest

from providers.simulators.exact_json import NotJson, read_json
from tests.unit.simulators.qbo.books import US, Books, simulator
from tests.unit.simulators.xero.harness import API, XeroHarness

UNREADABLE = {
    "deep": b"[" * 100_000,
    "a large exponent": b'{"a": 1e99999999999999999999}',
    "many digits": b'{"a": ' + b"1" * 5000 + b"}",
    "no number": b'{"a": NaN}',
    "half a character": rb'{"a": "\ud800"}',
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
async def test_a_body_that_no_service_reads_is_refused_by_both(body: bytes) -> None:
    with pytest.raises(NotJson):
        read_json(body)
    async with simulator() as http:
        books = await Books(http, US).connect()
        answer = await books.ask("POST", "customer", body)
        assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, "2000")
    async with XeroHarness() as xero:
        await xero.connect()
        headers = xero.headers() | {"Content-Type": "application/json"}
        refused = await xero.http.post(f"{API}Contacts", content=body, headers=headers)
        assert (refused.status_code, refused.json()["ErrorNumber"]) == (400, 14)


async def test_an_amount_beyond_arithmetic_is_refused_by_both() -> None:
    lines = [
        {"Description": "x", "Quantity": "1E20", "UnitAmount": "1E20", "AccountCode": "200"}
    ]
    sent = {"Type": "ACCREC", "Contact": {"Name": "A"}, "LineItems": lines}
    async with XeroHarness() as xero:
        await xero.connect()
        refused = await xero.send("PUT", "Invoices", sent)
        assert (refused.status_code, refused.json()["ErrorNumber"]) == (400, 14)
    async with simulator() as http:
        books = await Books(http, US).connect()
        customer = await books.customer()
        detail = {"ItemRef": {"value": "1"}}
        line = {"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
        body = {"CustomerRef": {"value": customer["Id"]}, "Line": [{**line, "Amount": "1E40"}]}
        answer = await books.ask("POST", "invoice", body)
        assert answer.status_code == 400
        assert answer.json()["Fault"]["Error"][0]["code"]


def test_what_is_json_is_read_exactly() -> None:
    assert read_json(rb'{"a": 1.10, "b": "\ud83d\ude00"}') == {
        "a": Decimal("1.10"),
        "b": "\U0001f600",
    }
    with pytest.raises(JSONDecodeError):
        read_json(b"{")
    with pytest.raises(UnicodeDecodeError):
        read_json(b"\xff")


async def test_quickbooks_says_that_it_does_not_offer_xml() -> None:
    async with simulator() as http:
        answer: httpx.Response = await (await Books(http, US).connect()).ask(
            "POST", "customer", "<Customer/>"
        )
    assert "does not offer bodies in XML" in answer.json()["Fault"]["Error"][0]["Detail"]


@pytest.mark.parametrize("name", [["A"], {"a": 1}])
async def test_what_is_no_text_is_refused_by_both(name: object) -> None:
    async with simulator() as http:
        books = await Books(http, US).connect()
        assert await books.code("Customer", {"DisplayName": name}) == "2000"
    async with XeroHarness() as xero:
        await xero.connect()
        refused = await xero.send("PUT", "Contacts", {"Name": name})
        assert (refused.status_code, refused.json()["ErrorNumber"]) == (400, 14)
