"""The reconciler passes the contract that the engine rests on."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio
from sqlalchemy import text

from consumers.lanes.lane import Lane
from consumers.lanes.pacing.realm_pace import RealmPace
from consumers.lanes.ports import LaneWork
from schemas.ids import RecordId, record_id
from tests.contracts.lane_work import LaneWorkContract
from tests.contracts.ledger_harness import CUSTOMER, LedgerHarness
from tests.integration.consumers.sync_harness import SyncHarness, open_sync_harness
from tests.integration.providers import xero_organisation


@dataclass
class RealPlace:
    harness: SyncHarness
    ledger: LedgerHarness
    work: LaneWork
    lane: Lane
    key: str
    before: int

    async def announce(self, name: str) -> RecordId:
        document = self.ledger.document(CUSTOMER, id=name, name=f"Customer {name}")
        await self.harness.announce(CUSTOMER, document)
        return record_id(self.harness.connection, CUSTOMER, name)

    async def withdraw_consent(self) -> None:
        async with self.harness.database.begin() as db:
            await db.execute(text("UPDATE connections SET state = 'expired'"))

    async def written(self, name: str) -> int:
        return await self.ledger.company.count(CUSTOMER) - self.before


class TestReconciler(LaneWorkContract):
    @pytest_asyncio.fixture
    async def place(self, migrated_database_url: str) -> AsyncIterator[RealPlace]:
        async with (
            xero_organisation.connected() as company,
            open_sync_harness(migrated_database_url, company, realm="9341") as harness,
        ):
            pace = RealmPace(
                company.provider.quota,
                monotonic=asyncio.get_running_loop().time,
                changed=lambda: None,
            )
            yield RealPlace(
                harness,
                LedgerHarness(company),
                await harness.reconciler(),
                Lane(harness.connection, 0, pace, resident_limit=100),
                "t1:9341",
                await company.count(CUSTOMER),
            )
