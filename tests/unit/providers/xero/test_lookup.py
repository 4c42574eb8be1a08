"""Look-ups where the simulator can't play the part: merges, accents, pages, long lists."""

from typing import Any

import httpx
import pytest

from providers.base import External, Result, Written
from providers.errors import Down, NeedsPerson, ProviderError, Taken, Unavailable
from providers.naming import own_key
from providers.xero.query import chunks
from schemas.documents.document import DocumentType, Reference
from tests.unit.providers.xero.samples import (
    answer,
    bill,
    guid,
    invoice,
    ledger_on,
    payment,
    write_of,
)

CUSTOMER = {"id": "17", "name": "Café Nordic"}
NOT_FOUND = httpx.Response(404, text="The resource you're looking for cannot be found")


def contact(name: str, **fields: Any) -> dict[str, Any]:
    return {"ContactID": guid(name), "Name": name, "ContactStatus": "ACTIVE", **fields}


async def test_a_merged_contact_is_the_one_it_was_merged_into() -> None:
    loser = contact("Old", ContactStatus="ARCHIVED", MergedToContactID=guid("New"))

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(guid("New")):
            return answer("Contacts", contact("New"))
        return answer("Contacts", loser)

    linked = write_of(DocumentType.CUSTOMER, CUSTOMER, external=External(id=guid("Old")))
    unlinked = write_of(DocumentType.CUSTOMER, CUSTOMER)
    async with ledger_on(respond) as ledger:
        for write in (linked, unlinked):
            (found,) = await ledger.find([write])
            assert isinstance(found, Written)
            assert found.external.id == guid("New")
            assert not found.voided


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["Cafe Nordic"], "name_taken"),
        (["Café Nordic", "CAFÉ NORDIC"], "name_taken"),
        (["Café Nordic & Sons"], None),
    ],
)
async def test_names_that_xero_takes_for_the_same_need_a_person(
    names: list[str], code: str | None
) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("customer-17"):
            return NOT_FOUND
        return answer("Contacts", *map(contact, names))

    async with ledger_on(respond) as ledger:
        (found,) = await ledger.find([write_of(DocumentType.CUSTOMER, CUSTOMER)])
    assert (found.reason.code if isinstance(found, NeedsPerson) else found) == code


async def test_a_name_that_xero_can_not_have_is_looked_up_as_it_was_sent() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("vendor-1"):
            return NOT_FOUND
        assert request.url.params["where"] == 'Name=="Peat (Trading) Ltd"'
        return answer("Contacts", contact("Peat (Trading) Ltd"))

    write = write_of(DocumentType.VENDOR, {"id": "1", "name": "Peat <Trading> Ltd"})
    async with ledger_on(respond) as ledger:
        (found,) = await ledger.find([write])
    assert isinstance(found, Written)
    assert [one.field for one in found.remarks] == ["name"]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (DocumentType.BILL, [bill(f"b{n}", number=f"N{n}") for n in range(5)]),
        (DocumentType.VENDOR, [{"id": str(n), "name": f"Vendor {n}"} for n in range(5)]),
    ],
)
async def test_what_was_looked_up_before_a_call_failed_counts(
    kind: DocumentType, fields: list[dict[str, Any]]
) -> None:
    """Where one call of twenty fails, a look-up of fifty would hardly ever get to its end."""
    asked = 0

    def respond(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        if asked > 2:
            return httpx.Response(503)
        own = "Contacts/vendor" in request.url.path
        return answer("Contacts", contact("Own")) if own else answer("Invoices")

    async with ledger_on(respond) as ledger:
        found = await ledger.find([write_of(kind, one) for one in fields])
    assert not any(isinstance(one, ProviderError) for one in found[:2])
    assert isinstance(found[2], Unavailable)
    assert [type(one) for one in found[3:]] == [Down, Down], "not asked: it costs no attempt"
    assert asked == 3


async def test_all_pages_are_read() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        element = {
            "InvoiceID": guid(f"i{page}"),
            "Status": "AUTHORISED",
            "Total": 1,
            "TotalTax": 0,
            "AmountDue": 1,
        }
        pages = {"page": page, "pageSize": 1, "pageCount": 3, "itemCount": 3}
        return httpx.Response(200, json={"pagination": pages, "Invoices": [element]})

    writes = [
        write_of(DocumentType.INVOICE, invoice(f"i{n}"), external=External(id=guid(f"i{n}")))
        for n in (3, 1, 2)
    ]
    async with ledger_on(respond) as ledger:
        found = await ledger.find(writes)
    ids = [result.external.id for result in found if isinstance(result, Written)]
    assert ids == [guid("i3"), guid("i1"), guid("i2")]


async def test_linked_and_unlinked_documents_are_told_apart() -> None:
    linked = write_of(DocumentType.INVOICE, invoice("i1"), external=External(id=guid("i1")))
    element = {
        "InvoiceID": guid("i1"),
        "Status": "VOIDED",
        "UpdatedDateUTC": "/Date(1783327126117+0000)/",
    }

    def respond(request: httpx.Request) -> httpx.Response:
        return answer("Invoices", *([element] if "IDs" in request.url.params else []))

    async with ledger_on(respond) as ledger:
        first, second = await ledger.find(
            [write_of(DocumentType.INVOICE, invoice("i2")), linked]
        )
    assert first is None
    assert isinstance(second, Written)
    assert second.voided
    assert second.external == External(guid("i1"), "1783327126117")


async def test_a_batch_whose_payments_hide_the_mark_is_found_by_its_own() -> None:
    member = {"PaymentID": guid("p"), "BatchPaymentID": guid("batch"), "Status": "AUTHORISED"}
    batch = {
        "BatchPaymentID": guid("batch"),
        "Reference": "ledgerlane:p1 cheque 9",
        "Status": "AUTHORISED",
    }

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(guid("batch")):
            return answer("BatchPayments", batch)
        return answer("Payments", member)

    write = write_of(DocumentType.PAYMENT, payment("p1", ("i1", "1.00"), ("i2", "1.00")))
    async with ledger_on(respond) as ledger:
        (found,) = await ledger.find([write])
    assert isinstance(found, Written)
    assert found.external == External(id=guid("batch"), code="batch")


async def test_an_answer_that_is_not_xeros_says_nothing() -> None:
    async with ledger_on(lambda _: httpx.Response(200, text="<html>")) as ledger:
        with pytest.raises(Unavailable):
            await ledger.find([write_of(DocumentType.INVOICE, invoice())])


def test_a_list_is_cut_where_the_address_would_grow_too_long() -> None:
    guids = [guid(str(n)) for n in range(100)]
    parts = list(chunks(guids))
    assert [value for part in parts for value in part] == guids
    assert max(len(part) for part in parts) <= 40
    assert all(len("%2C".join(part)) <= 2_000 for part in parts)
    assert [len(part) for part in chunks(["ü" * 255] * 3)] == [1, 1, 1]
    assert list(chunks([])) == []


def sales(number: str, contact_of: str = "c1", **fields: Any) -> dict[str, Any]:
    """Return an invoice of Xero's with this number."""
    return {
        "InvoiceID": guid(f"{number} {contact_of}"),
        "Type": "ACCREC",
        "Status": "AUTHORISED",
        "InvoiceNumber": number,
        "Contact": {"ContactID": linked_contact(contact_of)},
        "Total": 1,
        "TotalTax": 0,
        "AmountDue": 1,
        **fields,
    }


def linked_contact(customer: str) -> str:
    write = write_of(DocumentType.INVOICE, invoice("i1", customer_id=customer))
    return write.links[Reference(DocumentType.CUSTOMER, customer)].id


async def looked_up(made: list[dict[str, Any]], others: list[dict[str, Any]]) -> Result | None:
    """Look the sample invoice up among those that our app made, and others."""

    def respond(request: httpx.Request) -> httpx.Response:
        ours = "createdByMyApp" in request.url.params
        return answer("Invoices", *(made if ours else others))

    async with ledger_on(respond) as ledger:
        (found,) = await ledger.find([write_of(DocumentType.INVOICE, invoice("i1"))])
    return found


async def test_an_invoice_under_a_number_of_its_own_is_ours_whatever_else_there_is() -> None:
    document = write_of(DocumentType.INVOICE, invoice("i1")).document
    own = own_key(document, "INV-i1", 255)
    found = await looked_up([sales("INV-i1"), sales(own, "c9")], [])
    assert isinstance(found, Written)
    assert found.external.id == guid(f"{own} c9")
    assert [one.code for one in found.remarks] == ["suffixed"]


@pytest.mark.parametrize(
    ("made", "others", "foreign"),
    [
        ([sales("INV-i1", "c2")], [], False),
        ([sales("INV-i1", Status="VOIDED")], [], False),
        ([], [sales("INV-i1")], True),
        ([], [sales("inv-i1 ")], True),
    ],
    ids=[
        "ours of another contact",
        "ours, void",
        "a person's",
        "a person's, spelled otherwise",
    ],
)
async def test_only_what_our_app_did_not_make_is_certainly_another_s(
    made: list[dict[str, Any]], others: list[dict[str, Any]], foreign: bool
) -> None:
    found = await looked_up(made, others)
    assert isinstance(found, Taken)
    assert found.foreign is foreign
    assert found.external_id == [*made, *others][0]["InvoiceID"]


async def test_a_merged_or_renamed_number_of_a_person_is_nobody_s_business() -> None:
    assert await looked_up([], [sales("INV-i2")]) is None
