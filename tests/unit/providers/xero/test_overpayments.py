"""A payment of two parts: what settles invoices, and an overpayment."""

from collections.abc import Mapping
from typing import Any

import httpx

from providers.base import External, Operation, Result, Written
from providers.errors import NeedsPerson, Uncertain
from providers.xero.results import PaymentLink, payment_link
from schemas.documents.document import DocumentType
from tests.unit.providers.xero.samples import (
    answer,
    elements_of,
    guid,
    ledger_on,
    payment,
    write_of,
)

PAYMENT = DocumentType.PAYMENT


def saved(element: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Xero answers for an element; its id is made from our mark."""
    if "LineItems" in element:
        (line,) = element["LineItems"]
        made = {"OverpaymentID": guid(line["Description"]), "Total": line["UnitAmount"]}
        return {**element, **made}
    mark = element["Reference"]
    if "Payments" in element:
        total = sum(one["Amount"] for one in element["Payments"])
        return {**element, "BatchPaymentID": guid(mark), "TotalAmount": total}
    return {**element, "PaymentID": guid(mark)}


def collection_of(request: httpx.Request) -> str:
    return request.url.path.rpartition("/")[2]


async def outcome(
    refused: Mapping[str, httpx.Response], *documents: Mapping[str, Any]
) -> tuple[list[Result], list[str]]:
    """Create payments; give the results, and the collections that were called."""
    called = []

    def respond(request: httpx.Request) -> httpx.Response:
        collection = collection_of(request)
        called.append(collection)
        if collection in refused:
            return refused[collection]
        return answer(collection, *map(saved, elements_of(request)))

    async with ledger_on(respond) as ledger:
        writes = [write_of(PAYMENT, one) for one in documents]
        return list(await ledger.write(Operation.CREATE, writes)), called


SETTLING = payment("p1", ("i1", "100.00"))
LEAVING = payment("p2", ("i1", "100.00"), amount="120.00")
TOGETHER = payment("p3", ("i1", "1.00"), ("i2", "2.00"), amount="3.01")
NOTHING = payment("p4", allocations=[], amount="5.00")


async def test_payments_of_every_shape_share_calls_and_each_overpayment_comes_after() -> None:
    results, called = await outcome({}, TOGETHER, SETTLING, NOTHING, LEAVING)
    assert sorted(called) == [
        "BankTransactions",
        "BankTransactions",
        "BatchPayments",
        "Payments",
    ]
    assert called[-1] == "BankTransactions"
    written = [one for one in results if isinstance(one, Written)]
    assert len(written) == 4
    links = [payment_link(one.external) for one in written]
    over = [guid(f"ledgerlane:{one} cheque 9") for one in ("p3", "p4", "p2")]
    paid = [guid(f"ledgerlane:{one} cheque 9") for one in ("p3", "p1", "p2")]
    assert links == [
        PaymentLink(paid[0], is_batch=True, overpayment_id=over[0]),
        PaymentLink(paid[1]),
        PaymentLink(overpayment_id=over[1]),
        PaymentLink(paid[2], overpayment_id=over[2]),
    ]
    figures = [one.figures for one in written if one.figures]
    assert [str(one.total) for one in figures] == ["3.01", "100.00", "5.00", "120.00"]
    assert [str(one.balance) for one in figures] == ["0.01", "0", "5.00", "20.00"]


def test_a_link_is_read_as_it_was_made() -> None:
    for link in (
        PaymentLink("a"),
        PaymentLink("a", is_batch=True),
        PaymentLink("a", overpayment_id="o"),
        PaymentLink("a", is_batch=True, overpayment_id="o"),
        PaymentLink(overpayment_id="o"),
    ):
        assert payment_link(External(link.payment_id or "o", "", link.code)) == link


async def test_no_overpayment_is_made_for_a_payment_that_was_refused() -> None:
    refused = httpx.Response(
        200, json={"Payments": [{"ValidationErrors": [{"Message": "No such thing."}]}]}
    )
    results, called = await outcome({"Payments": refused}, LEAVING)
    assert called == ["Payments"]
    assert not isinstance(results[0], Written)


async def test_a_consent_without_bank_transactions_holds_that_payment_alone() -> None:
    lacking = httpx.Response(
        401,
        json={"Detail": "AuthorizationUnsuccessful"},
        headers={"WWW-Authenticate": 'Bearer error="insufficient_scope"'},
    )
    results, _ = await outcome({"BankTransactions": lacking}, SETTLING, LEAVING, NOTHING)
    assert isinstance(results[0], Written)
    for one, in_part in zip(results[1:], (True, False), strict=True):
        assert isinstance(one, NeedsPerson)
        assert one.reason.code == "overpayment_not_consented"
        assert one.written_in_part is in_part


async def test_a_lost_overpayment_leaves_a_doubt_about_a_payment_that_is_there() -> None:
    results, _ = await outcome({"BankTransactions": httpx.Response(502)}, LEAVING)
    (lost,) = results
    assert isinstance(lost, Uncertain)
    assert lost.written_in_part
