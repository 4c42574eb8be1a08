"""Answers that Xero should not give, and has given: nothing is believed unseen."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from providers.base import External, Operation, Result, Write, Written
from providers.errors import (
    Gone,
    NeedsPerson,
    ProviderError,
    Rejected,
    Unauthorized,
    Uncertain,
)
from schemas.documents.document import DocumentType
from tests.unit.providers.xero.samples import (
    answer,
    bill,
    elements_of,
    guid,
    invoice,
    ledger_on,
    payment,
    write_of,
)

INVOICES = [write_of(DocumentType.INVOICE, invoice(i)) for i in ("i1", "i2", "i3")]
ACCOUNT = {"id": "a1", "code": "2001", "name": "Coffee sales", "kind": "revenue"}
LINKED = External(id=guid("record"))
PLAIN: dict[str, Any] = {"Total": 1, "TotalTax": 0, "AmountDue": 1, "Status": "AUTHORISED"}


def saved(element: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to an element that was saved."""
    number = element["InvoiceNumber"]
    return {**PLAIN, "InvoiceID": guid(number), "InvoiceNumber": number}


async def outcome(
    handler: Callable[[httpx.Request], httpx.Response],
    *writes: Write,
    operation: Operation = Operation.CREATE,
) -> list[Result]:
    async with ledger_on(handler) as ledger:
        return list(await ledger.write(operation, writes))


async def test_each_result_goes_to_its_own_write() -> None:
    results = await outcome(
        lambda request: answer("Invoices", *map(saved, elements_of(request))), *INVOICES
    )
    for write, result in zip(INVOICES, results, strict=True):
        assert isinstance(result, Written)
        assert result.external.id == guid(f"INV-{write.document.id}")


async def test_elements_in_another_order_are_not_believed() -> None:
    results = await outcome(
        lambda request: answer("Invoices", *map(saved, reversed(elements_of(request)))),
        *INVOICES,
    )
    assert sum(isinstance(result, Uncertain) for result in results) == 2
    assert sum(isinstance(result, Written) for result in results) == 1  # the middle one


@pytest.mark.parametrize("record_id", [None, "00000000-0000-0000-0000-000000000000"])
async def test_success_without_an_id_is_a_doubt(record_id: str | None) -> None:
    element = {"InvoiceID": record_id, "StatusAttributeString": "OK", "InvoiceNumber": "INV-i1"}
    (result,) = await outcome(lambda _: answer("Invoices", element), INVOICES[0])
    assert isinstance(result, Uncertain)


@pytest.mark.parametrize(
    "response", [answer("Invoices"), answer("Other", {}), httpx.Response(200, text="<html>")]
)
async def test_an_answer_that_misses_elements_is_a_doubt(response: httpx.Response) -> None:
    results = await outcome(lambda _: response, *INVOICES)
    assert all(isinstance(result, Uncertain) for result in results)


async def test_a_summarised_refusal_of_a_batch_is_a_doubt_for_all() -> None:
    refusal = {
        "Type": "ValidationException",
        "Elements": [{"ValidationErrors": [{"Message": "Invoice # must be unique."}]}],
    }
    results = await outcome(lambda _: httpx.Response(400, json=refusal), *INVOICES)
    assert all(isinstance(result, Uncertain) for result in results)


@pytest.mark.accepts("ERR-11")
async def test_a_request_that_was_not_read_is_sent_in_halves() -> None:
    sizes: list[int] = []

    def respond(request: httpx.Request) -> httpx.Response:
        elements = elements_of(request)
        sizes.append(len(elements))
        if any(element["InvoiceNumber"] == "INV-i2" for element in elements):
            return httpx.Response(400, json={"Type": "PostDataInvalidException"})
        return answer("Invoices", *map(saved, elements))

    first, second, third = await outcome(respond, *INVOICES)
    assert isinstance(first, Written)
    assert isinstance(second, Rejected)
    assert isinstance(third, Written)
    assert sizes[0] == 3
    assert max(sizes[1:]) < 3


async def test_a_request_that_would_be_too_large_is_never_sent_whole() -> None:
    lines = [{"id": str(n), "description": "x" * 4000, "unit_price": "1"} for n in range(500)]
    writes = [
        write_of(DocumentType.INVOICE, invoice(i, lines=lines)) for i in ("i1", "i2", "i3")
    ]
    sizes: list[int] = []

    def respond(request: httpx.Request) -> httpx.Response:
        sizes.append(len(request.content))
        return answer("Invoices", *map(saved, elements_of(request)))

    results = await outcome(respond, *writes)
    assert all(isinstance(result, Written) for result in results)
    assert max(sizes) < 3_500_000


async def test_a_later_call_that_fails_keeps_the_answers_before_it() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/BatchPayments"):
            return httpx.Response(403, json={"Detail": "AuthenticationUnsuccessful"})
        (element,) = elements_of(request)
        return answer("Payments", {**element, "PaymentID": guid("paid")})

    single = write_of(DocumentType.PAYMENT, payment("p1", ("i1", "1.00")))
    several = write_of(DocumentType.PAYMENT, payment("p2", ("i1", "1.00"), ("i2", "1.00")))
    first, second = await outcome(respond, single, several)
    assert isinstance(first, Written)
    assert isinstance(second, Unauthorized)


async def test_a_call_that_fails_first_is_raised() -> None:
    with pytest.raises(Unauthorized):
        await outcome(lambda _: httpx.Response(403), *INVOICES)


async def test_the_second_step_is_not_made_after_a_first_that_failed() -> None:
    asked: list[dict[str, Any]] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.extend(elements_of(request))
        message = {"Message": "Please enter a unique Name."}
        return answer(
            "Accounts", {"StatusAttributeString": "ERROR", "ValidationErrors": [message]}
        )

    write = write_of(DocumentType.ACCOUNT, ACCOUNT, external=LINKED, changed=("name", "active"))
    (result,) = await outcome(respond, write, operation=Operation.UPDATE)
    assert isinstance(result, NeedsPerson)
    assert len(asked) == 1


async def test_a_second_step_that_fails_says_that_the_first_was_written() -> None:
    calls: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        if len(calls) > 1:
            return answer("Accounts", {"ValidationErrors": [{"Message": "It is in use."}]})
        (element,) = elements_of(request)
        return answer("Accounts", {**element, "Status": "ACTIVE"})

    change = {**ACCOUNT, "active": False}
    changed = frozenset({"name", "active"})
    write = write_of(DocumentType.ACCOUNT, change, external=LINKED, changed=changed)
    (result,) = await outcome(respond, write, operation=Operation.UPDATE)
    assert isinstance(result, ProviderError)
    assert result.written_in_part
    assert len(calls) == 2
    calls.clear()
    write = write_of(DocumentType.ACCOUNT, ACCOUNT, external=LINKED, changed=changed)
    (alone,) = await outcome(
        lambda _: answer("Accounts", {"ValidationErrors": [{"Message": "No."}]}),
        write,
        operation=Operation.UPDATE,
    )
    assert isinstance(alone, ProviderError)
    assert not alone.written_in_part, "the first step itself was refused"


async def test_a_void_of_what_is_gone_is_settled_by_a_look() -> None:
    void = write_of(DocumentType.BILL, bill(status="voided"), external=LINKED)

    def respond(request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and request.url.path.endswith(LINKED.id):
            return httpx.Response(404, text="The resource you're looking for cannot be found")
        if request.method == "GET":
            return answer("Invoices")
        message = {"Message": "A record with the InvoiceID could not be found"}
        return answer("Invoices", {"ValidationErrors": [message]})

    (result,) = await outcome(respond, void, operation=Operation.VOID)
    assert isinstance(result, Gone)


async def test_every_call_names_the_organisation_and_asks_for_json() -> None:
    heard: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        heard.append(request)
        return answer("Invoices", saved(elements_of(request)[0]))

    await outcome(respond, INVOICES[0])
    (request,) = heard
    assert request.headers["accept"] == "application/json"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["xero-tenant-id"] == "70784a63-d24b-46a9-a4db-0e70a274b056"
    assert request.headers["idempotency-key"] == str(INVOICES[0].idempotency_key)
