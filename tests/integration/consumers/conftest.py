"""A harness of a company of each provider, for the stories of one document in one realm."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.contracts.ledger_harness import LedgerHarness
from tests.integration.consumers.sync_harness import SyncHarness, open_sync_harness
from tests.integration.providers import qbo_company, xero_organisation
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import XeroOrganisation


@pytest.fixture(scope="module")
def quickbooks() -> Iterator[str]:
    with qbo_company.served() as url:
        yield url


@pytest_asyncio.fixture(params=["qbo", "xero"])
async def company(
    request: pytest.FixtureRequest, quickbooks: str
) -> AsyncIterator[QboCompany | XeroOrganisation]:
    if request.param == "qbo":
        async with qbo_company.connected(quickbooks) as opened:
            yield opened
    else:
        async with xero_organisation.connected() as organisation:
            yield organisation


@pytest.fixture
def ledger(company: QboCompany | XeroOrganisation) -> LedgerHarness:
    return LedgerHarness(company)


@pytest_asyncio.fixture
async def harness(
    migrated_database_url: str, company: QboCompany | XeroOrganisation
) -> AsyncIterator[SyncHarness]:
    async with open_sync_harness(migrated_database_url, company, realm="9341") as opened:
        yield opened
