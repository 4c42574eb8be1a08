"""Creating, changing and voiding: what is sent, and what each answer comes to."""

from dataclasses import replace
from decimal import Decimal
from uuid import uuid5

import pytest

from providers.base import External, Figures, Operation, Result, Write, Written
from providers.errors import Duplicate, Gone, NeedsPerson, RateLimited, Rejected, Stale
from schemas.documents.document import DocumentType
from schemas.remarks import Remark
from tests.unit.providers.qbo.samples import (
    REALM_ID,
    US,
    Script,
    fault,
    record,
    rows,
    scripted,
    write,
)

LINK = External("145", "3")
INVOICE = {"TotalAmt": 75.0, "Balance": 75.0, "TxnTaxDetail": {"TotalTax": 0}}
NAME_TAKEN = fault("6240", "The name supplied already exists. : Id=58")


async def one(script: Script, operation: Operation, asked: Write) -> Result:
    async with scripted(script) as ledger:
        (result,) = await ledger.write(operation, [asked])
    return result


def code_of(result: Result) -> str:
    assert not isinstance(result, Written)
    return result.reason.code


async def test_a_create_is_one_call_with_the_key_of_the_write() -> None:
    script = Script(record("Invoice", **INVOICE))
    asked = write(DocumentType.INVOICE)
    result = await one(script, Operation.CREATE, asked)
    assert result == Written(
        External("145", "0"), Figures(Decimal("75.00"), Decimal("0.00"), Decimal("75.00"))
    )
    (request,) = script.requests
    assert request.url.path == f"/v3/company/{REALM_ID}/invoice"
    assert request.url.params["requestid"] == str(asked.idempotency_key)
    assert request.headers["Authorization"] == "Bearer token"
    assert script.bodies[0]["PrivateNote"] == "ledgerlane:inv1"


async def test_amounts_travel_with_the_digits_that_they_have() -> None:
    script = Script(record("Invoice", **INVOICE))
    await one(script, Operation.CREATE, write(DocumentType.INVOICE))
    assert b'"Amount":75.00' in script.requests[0].content


@pytest.mark.accepts("ENT-07")
async def test_a_vendor_with_a_customers_name_gets_a_name_of_its_own() -> None:
    script = Script(NAME_TAKEN, rows("Vendor"), record("Vendor"))
    asked = write(DocumentType.VENDOR)
    result = await one(script, Operation.CREATE, asked)
    assert isinstance(result, Written)
    assert script.bodies[2]["DisplayName"] == "Nordic Steel Ltd (Vendor)"
    keys = [request.url.params.get("requestid") for request in script.requests]
    assert keys[2] == str(uuid5(asked.idempotency_key, "renamed"))


async def test_a_name_of_the_same_kind_is_a_duplicate() -> None:
    script = Script(NAME_TAKEN, rows("Customer", {"Id": "58"}))
    result = await one(script, Operation.CREATE, write(DocumentType.CUSTOMER))
    assert isinstance(result, Duplicate)
    assert result.external_id == "58"


async def test_a_number_in_use_is_a_duplicate_of_the_document_named() -> None:
    script = Script(fault("6140", "DocNumber=1042 is assigned with TxnId=145"))
    result = await one(script, Operation.CREATE, write(DocumentType.INVOICE))
    assert isinstance(result, Duplicate)
    assert result.external_id == "145"


async def test_a_create_that_names_what_is_gone_waits_for_a_person() -> None:
    result = await one(Script(fault("610")), Operation.CREATE, write(DocumentType.INVOICE))
    assert code_of(result) == "reference_gone"


async def test_what_is_wrong_with_a_document_costs_no_call() -> None:
    line = {"id": "l1", "unit_price": "1", "account_id": "a1"}
    asked = write(DocumentType.INVOICE, lines=[line])
    result = await one(Script(), Operation.CREATE, asked)
    assert isinstance(result, Rejected)
    assert code_of(result) == "item_needed"


async def test_an_error_of_the_call_is_raised() -> None:
    with pytest.raises(RateLimited):
        await one(Script((429, {})), Operation.CREATE, write(DocumentType.INVOICE))


async def test_a_refused_token_is_replaced_once() -> None:
    script = Script((401, {}), record("Invoice", **INVOICE))
    await one(script, Operation.CREATE, write(DocumentType.INVOICE))
    assert script.requests[1].headers["Authorization"] == "Bearer another token"


async def test_a_company_that_was_never_described_holds_its_documents() -> None:
    async with scripted(Script(), profile={}) as ledger:
        (result,) = await ledger.write(Operation.CREATE, [write(DocumentType.INVOICE)])
    assert isinstance(result, NeedsPerson)
    assert code_of(result) == "profile_missing"


async def test_an_update_is_sparse_and_names_the_version() -> None:
    script = Script(record("Invoice", **INVOICE))
    await one(script, Operation.UPDATE, write(DocumentType.INVOICE, LINK, {"due_on"}))
    assert script.bodies[0] == {
        "Id": "145",
        "SyncToken": "3",
        "sparse": True,
        "DueDate": "2026-04-01",
    }


async def test_an_update_without_a_version_reads_it_first() -> None:
    script = Script(record("Invoice", **INVOICE, SyncToken="9"), record("Invoice", **INVOICE))
    await one(
        script, Operation.UPDATE, write(DocumentType.INVOICE, External("145"), {"due_on"})
    )
    assert script.requests[0].method == "GET"
    assert script.bodies[1]["SyncToken"] == "9"


async def test_a_moved_version_is_stale() -> None:
    asked = write(DocumentType.INVOICE, LINK, {"due_on"})
    assert isinstance(await one(Script(fault("5010")), Operation.UPDATE, asked), Stale)


async def test_an_update_of_what_is_gone_is_told_from_one_that_names_what_is_gone() -> None:
    asked = write(DocumentType.INVOICE, LINK, {"due_on"})
    gone = await one(Script(fault("610"), fault("610")), Operation.UPDATE, asked)
    assert isinstance(gone, Gone)
    still_there = Script(fault("610"), record("Invoice", **INVOICE))
    assert code_of(await one(still_there, Operation.UPDATE, asked)) == "reference_gone"


async def test_a_changed_number_that_is_taken_waits_for_a_person() -> None:
    script = Script(fault("6140", "with TxnId=99"))
    asked = write(DocumentType.INVOICE, LINK, {"number"})
    result = await one(script, Operation.UPDATE, asked)
    assert isinstance(result, NeedsPerson)
    assert code_of(result) == "number_taken"
    assert "99" in result.reason.cause


async def test_a_changed_name_that_is_taken_waits_for_a_person() -> None:
    script = Script(NAME_TAKEN, rows("Customer", {"Id": "58"}))
    result = await one(script, Operation.UPDATE, write(DocumentType.CUSTOMER, LINK, {"name"}))
    assert code_of(result) == "name_taken"


@pytest.mark.parametrize(
    ("document_type", "options", "body"),
    [
        (DocumentType.INVOICE, {"operation": "void"}, {}),
        (DocumentType.PAYMENT, {"operation": "update", "include": "void"}, {"sparse": True}),
        (DocumentType.BILL, {"operation": "delete"}, {}),
    ],
)
async def test_each_transaction_is_voided_its_own_way(
    document_type: DocumentType, options: dict[str, str], body: dict[str, bool]
) -> None:
    script = Script(record(document_type.value.capitalize(), TotalAmt=75.0, status="?"))
    result = await one(script, Operation.VOID, write(document_type, LINK))
    assert isinstance(result, Written)
    assert result.voided
    assert result.figures is None or result.figures.total == 0
    assert script.bodies[0] == {"Id": "145", "SyncToken": "3"} | body
    assert options.items() <= dict(script.requests[0].url.params).items()


async def test_a_name_is_taken_out_of_use_by_making_it_inactive() -> None:
    script = Script(record("Account", Active=False))
    result = await one(script, Operation.VOID, write(DocumentType.ACCOUNT, LINK))
    assert isinstance(result, Written)
    assert result.voided
    assert script.bodies[0]["Active"] is False
    assert script.bodies[0]["Name"] == "Sales"


async def test_voiding_what_is_gone_is_a_success() -> None:
    result = await one(Script(fault("610")), Operation.VOID, write(DocumentType.BILL, LINK))
    assert isinstance(result, Written)
    assert result.voided


async def test_voiding_what_is_void_is_a_success() -> None:
    void = record("Payment", PrivateNote="Voided - ledgerlane:p1", TotalAmt=0)
    script = Script(fault("6450"), void)
    result = await one(script, Operation.VOID, write(DocumentType.PAYMENT, LINK))
    assert isinstance(result, Written)
    assert result.voided


async def test_voiding_what_is_paid_waits_for_a_person() -> None:
    paid = record("Bill", TotalAmt=75.0, Balance=25.0)
    script = Script(fault("6000", "Unlink the payments first"), paid)
    result = await one(script, Operation.VOID, write(DocumentType.BILL, LINK))
    assert code_of(result) == "has_payments"


async def test_a_deposited_payment_can_not_be_voided() -> None:
    script = Script(fault("6540"), record("Payment", TotalAmt=75.0))
    result = await one(script, Operation.VOID, write(DocumentType.PAYMENT, LINK))
    assert code_of(result) == "deposited"


async def test_a_us_bill_answers_the_tax_that_is_in_its_cost() -> None:
    line = {"id": "l", "item_id": "i1", "unit_price": "100", "tax_rate": "8"}
    asked = write(DocumentType.BILL, tax_mode="exclusive", lines=[line])
    script = Script(record("Bill", TotalAmt=108.0, Balance=108.0))
    result = await one(script, Operation.CREATE, asked)
    assert isinstance(result, Written)
    assert result.figures == Figures(Decimal("108.00"), Decimal("8.00"), Decimal("108.00"))


@pytest.mark.accepts("DRV-26")
async def test_what_was_made_to_fit_is_said_with_the_answer() -> None:
    script = Script(record("Payment"))
    asked = write(DocumentType.PAYMENT, reference="pi_3Qx0AbCdEfGhIjKl1MnOpQrS")
    result = await one(script, Operation.CREATE, asked)
    assert isinstance(result, Written)
    assert script.bodies[0]["PaymentRefNum"] == "pi_3Qx0AbCdEfGhIjKl1M"
    said, sent = "pi_3Qx0AbCdEfGhIjKl1MnOpQrS", "pi_3Qx0AbCdEfGhIjKl1M"
    assert result.remarks == (Remark("cut", "reference", said, sent),)


async def test_a_change_of_another_field_keeps_what_is_said_of_the_record() -> None:
    script = Script(record("Customer"))
    asked = write(DocumentType.CUSTOMER, LINK, {"phone"}, email="a@x.example, b@x.example")
    result = await one(script, Operation.UPDATE, asked)
    assert isinstance(result, Written)
    assert "PrimaryEmailAddr" not in script.bodies[0]
    assert [remark.field for remark in result.remarks] == ["email"]


async def test_control_characters_of_an_id_are_no_part_of_the_marker() -> None:
    script = Script(record("Payment"))
    await one(script, Operation.CREATE, write(DocumentType.PAYMENT, id="p\x07\n1"))
    assert script.bodies[0]["PrivateNote"] == "ledgerlane:p%07%0A1"


async def test_a_write_under_its_own_name_is_tried_under_no_other() -> None:
    asked = replace(write(DocumentType.VENDOR), renamed=True)
    script = Script(NAME_TAKEN)
    assert isinstance(await one(script, Operation.CREATE, asked), Duplicate)
    assert script.bodies[0]["DisplayName"].startswith("Nordic Steel Ltd (")
    assert not script.bodies[0]["DisplayName"].endswith("(Vendor)")


@pytest.mark.parametrize(("by_hand", "sent"), [(False, None), (True, "AUTO_GENERATE")])
async def test_where_quickbooks_numbers_no_number_is_sent(
    by_hand: bool, sent: str | None
) -> None:
    company = US.model_copy(update={"custom_numbers": by_hand})
    script = Script(record("Invoice", DocNumber="1007"))
    settings = {"numbers": {"given_by": "ledger"}}
    async with scripted(script, company, settings=settings) as ledger:
        (result,) = await ledger.write(Operation.CREATE, [write(DocumentType.INVOICE)])
    assert isinstance(result, Written)
    assert script.bodies[0].get("DocNumber") == sent
    assert script.bodies[0]["PrivateNote"] == "ledgerlane:inv1\n1042"
    assert [(one.said, one.sent) for one in result.remarks] == [("1042", "1007")]


@pytest.mark.parametrize(
    ("changed", "note"), [("number", "ledgerlane:inv1\n1042"), ("due_on", None)]
)
async def test_where_quickbooks_numbers_the_note_has_the_newest_number(
    changed: str, note: str | None
) -> None:
    script = Script(record("Invoice", DocNumber="1007"))
    settings = {"numbers": {"given_by": "ledger"}}
    company = US.model_copy(update={"custom_numbers": True})
    linked = write(
        DocumentType.INVOICE, external=External("7", "2"), changed=frozenset({changed})
    )
    async with scripted(script, company, settings=settings) as ledger:
        (result,) = await ledger.write(Operation.UPDATE, [linked])
    assert isinstance(result, Written)
    assert script.bodies[0].get("PrivateNote") == note
    assert "DocNumber" not in script.bodies[0]


async def test_a_setting_of_names_that_can_not_be_read_holds_the_document() -> None:
    settings = {"numbers": {"on_clash": "guess"}}
    async with scripted(Script(), settings=settings) as ledger:
        (result,) = await ledger.write(Operation.CREATE, [write(DocumentType.INVOICE)])
    assert isinstance(result, NeedsPerson)
    assert result.reason.code == "naming_unreadable"
