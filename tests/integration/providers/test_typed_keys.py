"""What people typed into a ledger or a setting is found, however they have spelled it."""

import unicodedata
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from providers.base import External, Operation, Written
from providers.errors import Duplicate, ProviderError, Taken
from providers.simulators.xero.app import create_app
from schemas.documents.document import Document, DocumentType
from tests.contracts.ledger_harness import (
    ACCOUNT,
    CUSTOMER,
    INVOICE,
    ITEM,
    TRADE,
    VENDOR,
    LedgerHarness,
)
from tests.fakes.listening import listening
from tests.integration.providers import qbo_company
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import XeroOrganisation, config, connected_at

pytestmark = pytest.mark.accepts("DRV-32")

NAME = "Caf\u00e9 Nordic & Sons"
DECOMPOSED = unicodedata.normalize("NFD", NAME)
SPELLED = [
    pytest.param(NAME.upper(), id="case"),
    pytest.param(DECOMPOSED, id="form"),
    pytest.param("Caf\u00e9  Nordic &  Sons", id="inner blanks"),
    pytest.param(f" {NAME} ", id="blanks around"),
]


@pytest.fixture(scope="module")
def quickbooks() -> Iterator[str]:
    with qbo_company.served() as url:
        yield url


@pytest.fixture(scope="module")
def xero() -> Iterator[str]:
    with listening(create_app(config())) as url:
        yield url


async def found(ledger: LedgerHarness, document: Document) -> Any:
    return await ledger.found(ledger.write(document))


async def made(company: XeroOrganisation, account: dict[str, str]) -> None:
    """Let a person make an account; Xero takes one in a PUT only."""
    path = f"/_simulator/books/{company.tenant}/Accounts"
    answer = await company.client.put(path, json=account)
    assert answer.is_success, answer.text


class TestAtQuickBooks:
    @pytest_asyncio.fixture
    async def company(self, quickbooks: str) -> AsyncIterator[QboCompany]:
        async with qbo_company.connected(quickbooks) as opened:
            yield opened

    @pytest.fixture
    def ledger(self, company: QboCompany) -> LedgerHarness:
        return LedgerHarness(company)

    @pytest.mark.parametrize("typed", SPELLED)
    @pytest.mark.parametrize("kind", [CUSTOMER, VENDOR])
    async def test_a_party_of_a_person_is_found(
        self, company: QboCompany, ledger: LedgerHarness, kind: DocumentType, typed: str
    ) -> None:
        made = await company.person_does(kind.value.capitalize(), {"DisplayName": typed})
        seen = await found(ledger, ledger.document(kind, name=NAME))
        assert isinstance(seen, Written), seen
        assert seen.external.id == made["Id"]

    @pytest.mark.parametrize("typed", SPELLED)
    async def test_an_account_of_a_person_is_linked_and_not_made_again(
        self, company: QboCompany, ledger: LedgerHarness, typed: str
    ) -> None:
        account = {"Name": typed, "AccountType": "Income"}
        made = await company.person_does("Account", account)
        seen = await found(ledger, ledger.document(ACCOUNT, name=NAME))
        assert isinstance(seen, Written), seen
        assert seen.external.id == made["Id"]

    @pytest.mark.parametrize("typed", SPELLED)
    @pytest.mark.parametrize("sku", ["", "wrk-1"])
    async def test_an_item_of_a_person_is_found(
        self, company: QboCompany, ledger: LedgerHarness, typed: str, sku: str
    ) -> None:
        item = {"Name": typed, "Type": "Service", "IncomeAccountRef": {"value": "1"}}
        made = await company.person_does("Item", {**item, **({"Sku": sku} if sku else {})})
        ledger.links[ledger.document(ITEM).references()[0]] = External("1")
        seen = await found(ledger, ledger.document(ITEM, name=NAME))
        assert isinstance(seen, Written), seen
        assert seen.external.id == made["Id"]

    @pytest.mark.parametrize("typed", ["inv-77", " INV-77 "])
    async def test_a_number_of_a_person_is_in_the_way(
        self, company: QboCompany, ledger: LedgerHarness, typed: str
    ) -> None:
        write = await ledger.prepared(INVOICE)
        customer = write.links[write.document.references()[0]]
        line = {"Amount": 1, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {}}
        body = {"CustomerRef": {"value": customer.id}, "DocNumber": typed, "Line": [line]}
        await company.person_does("Invoice", body)
        assert isinstance(await ledger.error(Operation.CREATE, write), Duplicate)
        seen = await ledger.found(write)
        assert isinstance(seen, Taken), seen
        assert seen.foreign

    @pytest.mark.parametrize("document_type", TRADE)
    async def test_settings_that_a_person_typed_are_heeded(
        self, quickbooks: str, document_type: DocumentType
    ) -> None:
        chosen = {
            "accounts": {" sales": " 1 ", "purchases ": " 64", "deposit": "35 "},
            "tax_codes": {"zero\u00a0": " 4 ", unicodedata.normalize("NFD", "z\u00e9ro"): "4"},
        }
        async with qbo_company.connected(quickbooks, country="GB", chosen=chosen) as company:
            ledger = LedgerHarness(company)
            lines = [
                {"id": "1", "item_id": "item", "unit_price": "10", "tax_code": "zero"},
                {"id": "2", "item_id": "item", "unit_price": "10", "tax_code": "z\u00e9ro"},
            ]
            written = await ledger.stocked(document_type, lines=lines, tax_mode="exclusive")
            record = await company.read(document_type.value.capitalize(), written.external.id)
            details = [one[one["DetailType"]] for one in record["Line"] if "Id" in one]
            assert [one["TaxCodeRef"]["value"] for one in details] == ["4", "4"]


class TestAtXero:
    @pytest_asyncio.fixture(params=[True, False], ids=["trims", "keeps blanks"])
    async def company(
        self, xero: str, request: pytest.FixtureRequest
    ) -> AsyncIterator[XeroOrganisation]:
        async with connected_at(xero, switches={"trims_numbers": request.param}) as opened:
            yield opened

    @pytest.fixture
    def ledger(self, company: XeroOrganisation) -> LedgerHarness:
        return LedgerHarness(company)

    @pytest.mark.parametrize("typed", SPELLED)
    @pytest.mark.parametrize("kind", [CUSTOMER, VENDOR])
    async def test_a_contact_of_a_person_is_found(
        self, company: XeroOrganisation, ledger: LedgerHarness, kind: DocumentType, typed: str
    ) -> None:
        await company.person_does("Contacts", {"Name": typed})
        seen = await found(ledger, ledger.document(kind, name=NAME))
        assert isinstance(seen, Written), seen
        assert await company.count(kind) == 1

    @pytest.mark.parametrize("typed", ["wrk-1", " WRK-1", "WRK-1 "])
    async def test_an_item_of_a_person_is_found(
        self, company: XeroOrganisation, ledger: LedgerHarness, typed: str
    ) -> None:
        await ledger.stocked(ACCOUNT)
        await company.person_does("Items", {"Code": typed, "Name": "Work"})
        seen = await found(ledger, ledger.document(ITEM))
        assert isinstance(seen, Written), seen

    @pytest.mark.parametrize("code", ["ab-7", " AB-7", "AB-7 "])
    async def test_an_account_of_a_person_is_linked(
        self, company: XeroOrganisation, ledger: LedgerHarness, code: str
    ) -> None:
        account = {"Code": code, "Name": "Typed in", "Type": "REVENUE"}
        await made(company, account)
        seen = await found(ledger, ledger.document(ACCOUNT, code="AB-7"))
        assert isinstance(seen, Written), seen

    @pytest.mark.parametrize("typed", SPELLED)
    async def test_an_account_of_the_name_is_in_the_way(
        self, company: XeroOrganisation, ledger: LedgerHarness, typed: str
    ) -> None:
        await made(company, {"Code": "AB-8", "Name": typed, "Type": "REVENUE"})
        seen = await found(ledger, ledger.document(ACCOUNT, name=NAME))
        assert isinstance(seen, ProviderError)
        assert seen.reason.code == "name_taken"

    @pytest.mark.parametrize("document_type", TRADE)
    async def test_settings_that_a_person_typed_are_heeded(
        self, xero: str, document_type: DocumentType
    ) -> None:
        chosen = {
            "accounts": {" sales": " 200 ", "purchases ": " 429", "deposit": "090 "},
            "tax_codes": {"zero ": " ZERORATED "},
            "classes": {"north\u00a0": {"category": " Region", "option": "North "}},
        }
        async with connected_at(xero, chosen=chosen) as company:
            ledger = LedgerHarness(company)
            line = {"id": "1", "unit_price": "10", "tax_code": "zero", "class_code": "north"}
            document = {"lines": [line], "tax_mode": "exclusive"}
            written = await ledger.stocked(document_type, **document)
            (element,) = await company.read(f"Invoices/{written.external.id}")
            (entry,) = element["LineItems"]
            assert entry["TaxType"] == "ZERORATED"
            assert entry["AccountCode"] == ("200" if document_type is INVOICE else "429")
            assert [one["Option"] for one in entry["Tracking"]] == ["North"]
