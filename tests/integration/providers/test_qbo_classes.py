"""Classes in QuickBooks companies that keep them otherwise than for each line, over HTTP."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from providers.base import Operation
from providers.errors import NeedsPerson
from schemas.documents.document import DocumentType
from tests.contracts.ledger_harness import BILL, INVOICE, TRADE, LedgerHarness
from tests.integration.providers.qbo_company import QboCompany, connected, served

pytestmark = pytest.mark.accepts("ENT-11")


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    with served() as url:
        yield url


@pytest_asyncio.fixture
async def company(simulator: str, request: pytest.FixtureRequest) -> AsyncIterator[QboCompany]:
    async with connected(simulator, class_tracking=request.param) as opened:
        yield opened


@pytest.fixture
def ledger(company: QboCompany) -> LedgerHarness:
    return LedgerHarness(company)


def lines(*classes: str) -> list[dict[str, Any]]:
    return [
        {"id": f"{n}", "item_id": "item", "unit_price": "10", "class_code": code}
        for n, code in enumerate(classes, start=1)
    ]


@pytest.mark.parametrize("company", ["transaction"], indirect=True)
async def test_an_invoice_has_one_class_which_comes_and_goes(
    company: QboCompany, ledger: LedgerHarness
) -> None:
    written = await ledger.stocked(INVOICE, lines=lines("north", "north"))
    invoice = await company.read("Invoice", written.external.id)
    assert invoice["ClassRef"]["name"] == "North"
    for classes in ([""], ["north"]):
        changed = ledger.document(INVOICE, lines=lines(*classes))
        await ledger.done(Operation.UPDATE, ledger.write(changed, "lines"))
        invoice = await company.read("Invoice", written.external.id)
        assert invoice.get("ClassRef", {}).get("name", "") == classes[0].title()


@pytest.mark.parametrize("company", ["transaction"], indirect=True)
async def test_an_invoice_of_several_classes_waits_for_a_person(ledger: LedgerHarness) -> None:
    write = await ledger.prepared(INVOICE, lines=lines("north", ""))
    assert (await ledger.error(Operation.CREATE, write)).reason.code == "classes_differ"


@pytest.mark.parametrize("company", ["transaction"], indirect=True)
async def test_a_bill_has_the_class_of_each_line_all_the_same(
    company: QboCompany, ledger: LedgerHarness
) -> None:
    written = await ledger.stocked(BILL, lines=lines("north", ""))
    assert await company.classes(BILL, written.external.id) == ["North", ""]


@pytest.mark.parametrize("company", ["off"], indirect=True)
@pytest.mark.parametrize("document_type", TRADE)
async def test_where_no_classes_are_tracked_a_person_decides(
    company: QboCompany, ledger: LedgerHarness, document_type: DocumentType
) -> None:
    write = await ledger.prepared(document_type, lines=lines("north"))
    error = await ledger.error(Operation.CREATE, write)
    assert isinstance(error, NeedsPerson)
    assert error.reason.code == "classes_off"
    assert await company.count(document_type) == 0
    await ledger.stocked(document_type, lines=lines("unkept"))


@pytest.mark.parametrize("company", ["line", "transaction"], indirect=True)
@pytest.mark.parametrize("document_type", TRADE)
async def test_a_class_that_quickbooks_does_not_have_waits_for_a_person(
    company: QboCompany, ledger: LedgerHarness, document_type: DocumentType
) -> None:
    write = await ledger.prepared(document_type, lines=lines("lost"))
    error = await ledger.error(Operation.CREATE, write)
    assert isinstance(error, NeedsPerson)
    assert error.reason.code == "reference_gone"
    assert "ClassRef" in error.reason.cause
    assert "Klasses element id 987654" in error.reason.provider_code
    assert await company.count(document_type) == 0


@pytest.mark.parametrize("company", ["line"], indirect=True)
async def test_a_class_out_of_use_waits_for_a_person(
    company: QboCompany, ledger: LedgerHarness
) -> None:
    write = await ledger.prepared(INVOICE, lines=lines("north"))
    (listed,) = await company.listed("Class")
    north = await company.read("Class", listed["id"])
    link = {name: north[name] for name in ("Id", "SyncToken", "Name")}
    await company.person_does("Class", {**link, "sparse": True, "Active": False})
    error = await ledger.error(Operation.CREATE, write)
    assert isinstance(error, NeedsPerson)
    assert error.reason.code == "reference_gone"
