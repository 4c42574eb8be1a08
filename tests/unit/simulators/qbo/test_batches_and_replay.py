from typing import Any

import pytest

from tests.unit.simulators.qbo.books import Books, handle

ACME = {"DisplayName": "Acme"}


async def _batch(books: Books, *items: dict[str, Any], **params: str) -> Any:
    return await books.ask("POST", "batch", {"BatchItemRequest": list(items)}, **params)


def _create(batch_id: str, name: str) -> dict[str, Any]:
    return {"bId": batch_id, "operation": "create", "Customer": {"DisplayName": name}}


async def test_every_item_has_an_outcome_of_its_own(books: Books) -> None:
    customer = await books.customer()
    invoice = await books.invoice(customer["Id"])
    payment = await books.pay(customer["Id"], "10")
    answer = await _batch(
        books,
        _create("c1", "Tallis Works"),
        {"bId": "u1", "operation": "update", "Invoice": {"Id": "1", "SyncToken": "9"}},
        {
            "bId": "v1",
            "operation": "update",
            "optionsData": "void",
            "Payment": handle(payment, sparse=True),
        },
        {"bId": "d1", "operation": "delete", "Invoice": handle(invoice)},
        {"bId": "q1", "Query": "select * from Term where Name = 'Net 30'"},
        {"bId": "q2", "Query": "select * from Nothing"},
        {"bId": "n1", "operation": "create"},
    )
    assert answer.status_code == 200
    by_id = {item["bId"]: item for item in answer.json()["BatchItemResponse"]}
    assert by_id["c1"]["Customer"]["Id"] == "2"
    assert by_id["u1"]["Fault"]["Error"][0]["code"] == "2020"
    assert by_id["v1"]["Payment"]["PrivateNote"] == "Voided"
    assert by_id["d1"]["Invoice"] == {"status": "Deleted", "domain": "QBO", "Id": "1"}
    assert by_id["q1"]["QueryResponse"]["Term"][0]["Id"] == "3"
    assert by_id["q2"]["Fault"]["Error"][0]["code"] == "4001"
    assert by_id["n1"]["Fault"]["Error"][0]["code"] == "2020"


async def test_an_oversized_or_unknown_batch_is_refused_whole(books: Books) -> None:
    too_many = await _batch(books, *(_create(str(n), f"C{n}") for n in range(31)))
    assert too_many.json()["Fault"]["Error"][0]["code"] == "1040"
    unknown = await _batch(books, _create("1", "A"), {"bId": "2", "Spaceship": {}})
    assert unknown.status_code == 400
    assert await books.query("select count(*) from Customer") == {"totalCount": 0}


async def test_a_repeated_request_id_gives_the_same_bytes(books: Books) -> None:
    first = await books.ask("POST", "customer", ACME, requestid="r-1")
    await books.control("clock", {"advance_s": 600})
    again = await books.ask("POST", "customer", {"DisplayName": "Other"}, requestid="r-1")
    assert again.content == first.content
    batch = await _batch(books, _create("1", "B"), requestid="b-1")
    assert (await _batch(books, _create("1", "B"), requestid="b-1")).content == batch.content
    assert await books.query("select count(*) from Customer") == {"totalCount": 2}


async def test_a_refusal_is_not_repeated_unless_the_switch_says_so(books: Books) -> None:
    wrong = {"DisplayName": "a:b"}
    assert await books.code("Customer", wrong, requestid="r-1") == "2040"
    await books.post("Customer", ACME, requestid="r-1")
    await books.control("switches", {"replay_faults": True})
    assert await books.code("Customer", wrong, requestid="r-2") == "2040"
    assert await books.code("Customer", {"DisplayName": "B"}, requestid="r-2") == "2040"


@pytest.mark.parametrize(("mode", "code"), [("off", "6240"), ("replay_fault_6000", "6000")])
async def test_request_ids_can_be_ignored_or_refused(
    books: Books, mode: str, code: str
) -> None:
    await books.control("switches", {"idempotency_mode": mode})
    await books.post("Customer", ACME, requestid="r-1")
    assert await books.code("Customer", ACME, requestid="r-1") == code


async def test_a_request_id_is_forgotten_in_time(books: Books) -> None:
    await books.control("switches", {"idempotency_ttl_s": 60})
    await books.post("Customer", ACME, requestid="r-1")
    await books.control("clock", {"advance_s": 60})
    assert await books.code("Customer", ACME, requestid="r-1") == "6240"


async def test_request_ids_have_a_length(books: Books) -> None:
    assert await books.code("Customer", ACME, requestid="x" * 51) == "2130"
    answer = await _batch(books, _create("1", "A"), requestid="x" * 37)
    assert answer.json()["Fault"]["Error"][0]["code"] == "2130"


async def test_duplicates_show_in_the_statistics(books: Books) -> None:
    customer = (await books.customer())["Id"]
    for _ in range(2):
        await books.invoice(customer, PrivateNote="ext:ord-1")
    await books.invoice(customer, PrivateNote="ext:ord-2")
    stats = await books.control("stats")
    assert stats["writes"][books.realm]["duplicates"] == [
        {"entity": "Invoice", "key": "ext:ord-1", "ids": ["1", "2"]}
    ]
    assert stats["writes"][books.realm]["operations"]["Invoice.created"] == 3
