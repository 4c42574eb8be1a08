"""A foreign currency on both sides: consistent documents pass, to the whole yen."""

from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from providers.simulators.xero.config import OrganisationSpec
from schemas.documents.document import Document
from tests.contracts.ledger_harness import (
    ACCOUNT,
    CUSTOMER,
    INVOICE,
    ITEM,
    PAYMENT,
    LedgerHarness,
)
from tests.integration.consumers.sync_harness import SyncHarness
from tests.integration.providers import qbo_company, xero_organisation
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import SECOND, XeroOrganisation

Company = QboCompany | XeroOrganisation
BRITISH = OrganisationSpec(
    name="Harbour Cafe",
    country="GB",
    tenant_id=SECOND,
    foreign_currencies={"JPY": Decimal(190)},
)


@pytest_asyncio.fixture(params=["qbo", "xero"])
async def company(request: pytest.FixtureRequest, quickbooks: str) -> AsyncIterator[Company]:
    """Open a British company that has yen too."""
    if request.param == "qbo":
        async with qbo_company.connected(
            quickbooks, country="GB", multicurrency=True, custom_numbers=True
        ) as opened:
            yield opened
    else:
        settings = xero_organisation.config(organisations=(BRITISH,))
        async with xero_organisation.connected(settings, tenant=SECOND) as organisation:
            yield organisation


def in_yen(ledger: LedgerHarness) -> Mapping[str, Document]:
    line = {"id": "1", "item_id": "item", "unit_price": "1127", "tax_rate": "20"}
    invoice = {"currency": "JPY", "tax_mode": "exclusive", "lines": [line]}
    settled = [{"invoice_id": "invoice", "amount": "1352"}]
    payment = {"currency": "JPY", "amount": "1352", "allocations": settled}
    return {
        "customer": ledger.document(CUSTOMER, currency="JPY"),
        "invoice": ledger.document(INVOICE, **invoice),
        "payment": ledger.document(PAYMENT, **payment),
    }


async def balance(company: Company, external_id: str) -> Any:
    if isinstance(company, QboCompany):
        return (await company.read("Invoice", external_id))["Balance"]
    return (await company.read(f"Invoices/{external_id}"))[0]["AmountDue"]


@pytest.mark.accepts("DRV-23")
async def test_an_invoice_in_yen_is_paid_in_whole_yen(
    harness: SyncHarness, company: Company, ledger: LedgerHarness
) -> None:
    for kind in (ACCOUNT, ITEM):
        await harness.announce(kind, ledger.document(kind))
    documents = in_yen(ledger)
    for kind in (CUSTOMER, INVOICE, PAYMENT):
        await harness.announce(kind, documents[kind.value])
    await harness.work()
    states = await harness.states()
    assert states == dict.fromkeys(states, "agreed"), await harness.rows(
        "SELECT document_id, reason FROM sync_records WHERE reason IS NOT NULL"
    )
    invoice = await harness.record("invoice")
    assert await balance(company, invoice["external_id"]) == 0
