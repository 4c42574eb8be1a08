"""Two sides that change one record: the version that a write names is not the ledger's."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.contracts.ledger_harness import CUSTOMER, LedgerHarness
from tests.integration.consumers.sync_harness import SyncHarness
from tests.integration.providers import qbo_company
from tests.integration.providers.qbo_company import QboCompany


@pytest_asyncio.fixture
async def company(quickbooks: str) -> AsyncIterator[QboCompany]:
    """A company at QuickBooks: Xero has no version that a write could name."""
    async with qbo_company.connected(quickbooks) as opened:
        yield opened


@pytest.mark.accepts("CNF-10")
async def test_a_change_of_a_stale_version_is_read_again_once_and_then_written(
    harness: SyncHarness, ledger: LedgerHarness, company: QboCompany
) -> None:
    await harness.announce(CUSTOMER, ledger.document(CUSTOMER))
    await harness.work()
    known = await harness.record("customer")
    seen = await company.read("Customer", known["external_id"])
    await company.person_does("Customer", {**seen, "Notes": "Pays on Fridays.", "sparse": True})
    calls = len(company.calls)
    await harness.announce(CUSTOMER, ledger.document(CUSTOMER, phone="555 0100"), 2)
    await harness.work()
    methods = [call.method for call in company.calls[calls:]]
    assert methods == ["POST", "GET", "POST"], "refused, read once, written"
    record = await harness.record("customer")
    assert (record["state"], record["base_version"]) == ("agreed", 2)
    assert record["attempts_total"] == 0
    now = await company.read("Customer", known["external_id"])
    assert now["PrimaryPhone"]["FreeFormNumber"] == "555 0100"
    assert now["Notes"] == "Pays on Fridays.", "what the person wrote is left"
    assert record["sync_token"] == now["SyncToken"]
