"""The reconciler passes the contract that the engine rests on: PostgreSQL, HTTP, both."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest_asyncio
from sqlalchemy import text

from consumers.lanes.lane import Lane
from consumers.lanes.ports import LaneWork
from schemas.documents.document import DocumentType
from schemas.ids import RecordId, record_id
from tests.contracts.lane_work import FIRST_DELAY, LaneWorkContract
from tests.contracts.ledger_harness import (
    CUSTOMER,
    INVOICE,
    NEEDED,
    REFUSED,
    LedgerHarness,
    Trouble,
)
from tests.fakes.lane_pace import lane_of
from tests.integration.consumers.sync_harness import SyncHarness
from tests.integration.providers.qbo_company import QboCompany
from tests.integration.providers.xero_organisation import XeroOrganisation

Company = QboCompany | XeroOrganisation
CREATES = {"qbo": "POST", "xero": "PUT"}


@dataclass
class RealPlace:
    harness: SyncHarness
    ledger: LedgerHarness
    company: Company
    work: LaneWork
    lane: Lane
    key: str
    before: int

    async def announce(self, name: str) -> RecordId:
        return await self._announce(CUSTOMER, name, {"name": f"Customer {name}"})

    async def announce_unacceptable(self, name: str) -> RecordId:
        return await self._announce(INVOICE, name, REFUSED[self.harness.provider.name])

    async def _announce(
        self, kind: DocumentType, name: str, fields: Mapping[str, Any]
    ) -> RecordId:
        await self.harness.announce(kind, self.ledger.document(kind, id=name, **fields))
        return record_id(self.harness.connection, kind, name)

    async def withdraw_consent(self) -> None:
        async with self.harness.database.begin() as db:
            await db.execute(text("UPDATE connections SET state = 'expired'"))

    async def throttle_next(self) -> None:
        await self.company.strike(Trouble.RATE_LIMITED)

    async def break_next(self) -> None:
        await self.company.strike(Trouble.BROKEN, times=2)  # a try repeats the write once

    async def slow_next(self) -> None:
        method = CREATES[self.harness.provider.name]
        rule = {"name": "slow", "kind": "slow", "slow_ms": 400, "method": method, "at_most": 1}
        await self.company.control("faults", rule)

    async def wait_until_due(self) -> None:
        self.harness.clock_ahead += FIRST_DELAY * 1.1

    async def written(self, name: str) -> int:
        return await self.company.count(CUSTOMER) - self.before


class TestReconciler(LaneWorkContract):
    @pytest_asyncio.fixture
    async def place(
        self,
        harness: SyncHarness,
        ledger: LedgerHarness,
        company: QboCompany | XeroOrganisation,
    ) -> AsyncIterator[RealPlace]:
        harness.open_ledger = lambda _realm, pace: company.paced(pace)
        quota = replace(company.provider.quota, in_flight=1)
        for kind in NEEDED:  # before the lane is taken, which ends the owner of this work
            await harness.announce(kind, ledger.document(kind))
        await harness.work()
        before = await company.count(CUSTOMER)
        work, lane = await harness.reconciler(), lane_of(harness.connection, quota)
        yield RealPlace(harness, ledger, company, work, lane, "t1:9341", before)
