"""What a look-up takes for ours, for absent, and for in the way."""

from typing import Any

import pytest

from providers.base import External, Result, Write, Written
from providers.errors import NeedsPerson
from providers.naming import own_key
from providers.qbo.client import PAGE
from schemas.documents.document import DocumentType
from tests.unit.providers.qbo.samples import US, Script, fault, record, rows, scripted, write

MARKED = {"Id": "145", "SyncToken": "1", "DocNumber": "1042", "PrivateNote": "ledgerlane:inv1"}
FOREIGN = {"Id": "146", "SyncToken": "1", "DocNumber": "1042", "PrivateNote": "by hand"}
ITEM = {"Id": "12", "SyncToken": "0", "Name": "Site survey", "Type": "Service"}
ACCOUNT = {"Id": "1", "SyncToken": "0", "Name": "Sales", "AccountType": "Income"}


async def one(script: Script, asked: Write) -> Result | None:
    async with scripted(script) as ledger:
        (result,) = await ledger.find([asked])
    return result


def held(result: Result | None) -> str:
    assert isinstance(result, NeedsPerson)
    return result.reason.code


def found(result: Result | None) -> str:
    assert isinstance(result, Written)
    return result.external.id


async def test_an_invoice_is_ours_by_its_marker() -> None:
    script = Script(rows("Invoice", FOREIGN, MARKED))
    assert found(await one(script, write(DocumentType.INVOICE))) == "145"
    assert "where DocNumber in ('1042~lurgkn', '1042') " in script.queries[0]


async def test_an_invoice_that_is_not_there_is_nothing() -> None:
    assert await one(Script(rows("Invoice")), write(DocumentType.INVOICE)) is None


async def test_a_number_of_somebody_else_is_in_the_way() -> None:
    script = Script(rows("Invoice", FOREIGN))
    assert held(await one(script, write(DocumentType.INVOICE))) == "number_taken"


async def test_a_bill_is_looked_for_at_its_vendor() -> None:
    script = Script(rows("Bill", {**FOREIGN, "PrivateNote": "ledgerlane:b1\nPO 7"}))
    assert found(await one(script, write(DocumentType.BILL))) == "146"
    assert "and VendorRef = 'vendor-v1'" in script.queries[0]


async def test_a_payment_is_looked_for_on_every_page_of_its_customer() -> None:
    script = Script(
        rows("Payment", *[FOREIGN] * PAGE),
        rows("Payment", {**FOREIGN, "Id": "7", "PrivateNote": "ledgerlane:p1"}),
    )
    assert found(await one(script, write(DocumentType.PAYMENT))) == "7"
    assert [query.split(" startposition ")[1] for query in script.queries] == [
        "1 maxresults 1000",
        "1001 maxresults 1000",
    ]


async def test_a_voided_invoice_that_is_ours_is_found_void() -> None:
    void = {**MARKED, "PrivateNote": "Voided - ledgerlane:inv1", "TotalAmt": 0, "Balance": 0}
    result = await one(Script(rows("Invoice", void)), write(DocumentType.INVOICE))
    assert isinstance(result, Written)
    assert result.voided


async def test_a_party_is_adopted_by_name_or_by_the_name_it_got_instead() -> None:
    other = {"Id": "71", "SyncToken": "0", "DisplayName": "Nordic Steel Ltd (Vendor)"}
    script = Script(rows("Vendor", other))
    assert found(await one(script, write(DocumentType.VENDOR))) == "71"
    assert "'Nordic Steel Ltd', 'Nordic Steel Ltd (Vendor)'" in script.queries[0]


async def test_an_inactive_party_waits_for_a_person() -> None:
    gone = {"Id": "71", "DisplayName": "Nordic Steel Ltd (deleted)", "Active": False}
    assert held(await one(Script(rows("Vendor", gone)), write(DocumentType.VENDOR))) == (
        "record_inactive"
    )


async def test_an_item_is_adopted_by_code_first() -> None:
    script = Script(rows("Item", {**ITEM, "Sku": "SRV-1"}))
    result = await one(script, write(DocumentType.ITEM))
    assert isinstance(result, Written)
    assert result.external == External("12", "0", "SRV-1")
    assert script.queries[0].startswith("select *, Sku from Item where Sku = 'SRV-1'")


async def test_an_item_without_code_is_adopted_by_name() -> None:
    script = Script(rows("Item"), rows("Item", ITEM))
    assert found(await one(script, write(DocumentType.ITEM))) == "12"


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({**ITEM, "Sku": "OTHER"}, "name_taken"),
        ({**ITEM, "Active": False}, "record_inactive"),
    ],
)
async def test_an_item_of_that_name_may_be_in_the_way(item: dict[str, Any], code: str) -> None:
    script = Script(rows("Item"), rows("Item", item))
    assert held(await one(script, write(DocumentType.ITEM))) == code


async def test_a_category_of_that_name_is_no_item() -> None:
    script = Script(rows("Item"), rows("Item", {**ITEM, "Type": "Category"}))
    assert await one(script, write(DocumentType.ITEM)) is None


async def test_an_account_is_adopted_by_number_then_by_name() -> None:
    script = Script(rows("Account"), rows("Account", ACCOUNT))
    assert found(await one(script, write(DocumentType.ACCOUNT))) == "1"
    assert "AcctNum = '4000'" in script.queries[0]
    assert "FullyQualifiedName = 'Sales'" in script.queries[1]


async def test_an_account_is_looked_for_by_name_where_there_are_no_numbers() -> None:
    company = US.model_copy(update={"uses_account_numbers": False})
    async with scripted(Script(rows("Account", ACCOUNT)), company) as ledger:
        (result,) = await ledger.find([write(DocumentType.ACCOUNT)])
    assert found(result) == "1"


@pytest.mark.parametrize(
    ("account", "code"),
    [
        ({**ACCOUNT, "AccountType": "Expense"}, "name_taken"),
        ({**ACCOUNT, "AcctNum": "4999"}, "name_taken"),
        ({**ACCOUNT, "Active": False}, "record_inactive"),
    ],
)
async def test_an_account_of_that_name_may_be_in_the_way(
    account: dict[str, Any], code: str
) -> None:
    script = Script(rows("Account"), rows("Account", account))
    assert held(await one(script, write(DocumentType.ACCOUNT))) == code


async def test_what_is_linked_is_read_by_id() -> None:
    script = Script(record("Invoice", **{**MARKED, "SyncToken": "8", "Balance": 25}))
    result = await one(script, write(DocumentType.INVOICE, External("145", "1")))
    assert isinstance(result, Written)
    assert result.external.sync_token == "8"  # noqa: S105 - a version, no secret
    assert result.figures is not None
    assert result.figures.balance == 25


@pytest.mark.parametrize("document_type", [DocumentType.BILL, DocumentType.PAYMENT])
async def test_a_linked_transaction_that_is_gone_counts_as_void(
    document_type: DocumentType,
) -> None:
    result = await one(Script(fault("610")), write(document_type, External("145", "1")))
    assert isinstance(result, Written)
    assert result.voided


async def test_a_linked_name_that_is_gone_is_nothing() -> None:
    asked = write(DocumentType.CUSTOMER, External("58", "1"))
    assert await one(Script(fault("610")), asked) is None


def own(kind: DocumentType, field: str) -> str:
    """Return the name or number that is the sample document's alone."""
    asked = write(kind).document
    return own_key(asked, getattr(asked, field), 500)


async def test_an_invoice_under_a_number_of_its_own_is_ours_beside_the_one_that_has_its() -> (
    None
):
    mine = {**MARKED, "DocNumber": own(DocumentType.INVOICE, "number")}
    script = Script(rows("Invoice", FOREIGN, mine))
    result = await one(script, write(DocumentType.INVOICE))
    assert found(result) == "145"
    assert isinstance(result, Written)
    assert [remark.code for remark in result.remarks] == ["suffixed"]


async def test_a_number_of_its_own_without_our_marker_is_in_nobody_s_way() -> None:
    other = {**FOREIGN, "DocNumber": own(DocumentType.INVOICE, "number")}
    assert await one(Script(rows("Invoice", other)), write(DocumentType.INVOICE)) is None


async def test_a_party_is_found_under_its_own_name_before_any_other() -> None:
    name = own(DocumentType.CUSTOMER, "name")
    plain = {"Id": "58", "SyncToken": "0", "DisplayName": "Harrow & Vale LLC"}
    mine = {"Id": "59", "SyncToken": "0", "DisplayName": name}
    assert found(await one(Script(rows("Customer", plain, mine)), CUSTOMER)) == "59"


CUSTOMER = write(DocumentType.CUSTOMER)


@pytest.mark.accepts("DRV-32")
@pytest.mark.parametrize("typed", ["Harrow  & Vale LLC", " harrow & Vale\u00a0LLC"])
async def test_what_a_query_tells_apart_is_asked_for_once_more(typed: str) -> None:
    other = {"Id": "57", "SyncToken": "0", "DisplayName": "Harrow, Sons & Vale LLC"}
    spelled = {"Id": "58", "SyncToken": "0", "DisplayName": typed}
    script = Script(rows("Customer"), rows("Customer", other, spelled))
    assert found(await one(script, CUSTOMER)) == "58"
    assert "DisplayName like '%Harrow%&%Vale%LLC%'" in script.queries[1]


async def test_what_can_be_spelled_in_one_way_only_is_asked_for_once() -> None:
    script = Script(rows("Invoice"))
    assert await one(script, write(DocumentType.INVOICE)) is None
    assert script.used_up()


@pytest.mark.accepts("DRV-32")
@pytest.mark.parametrize("sku", ["srv-1", " SRV-1 "])
async def test_a_code_that_a_person_typed_is_the_same_code(sku: str) -> None:
    script = Script(rows("Item"), rows("Item", {**ITEM, "Sku": sku}))
    assert found(await one(script, write(DocumentType.ITEM))) == "12"


async def test_an_invoice_that_quickbooks_numbers_is_looked_for_on_every_page() -> None:
    script = Script(
        rows("Invoice", *[FOREIGN] * PAGE),
        rows("Invoice", {**MARKED, "DocNumber": "1007", "PrivateNote": "x\nledgerlane:inv1"}),
    )
    settings = {"numbers": {"given_by": "ledger"}}
    async with scripted(script, settings=settings) as ledger:
        (result,) = await ledger.find([write(DocumentType.INVOICE)])
    assert found(result) == "145"
    assert isinstance(result, Written)
    assert [(one.code, one.sent) for one in result.remarks] == [("numbered_by_ledger", "1007")]
    assert "where CustomerRef = 'customer-c1' " in script.queries[0]
