"""The reconciler passes the contract that the engine rests on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio
from sqlalchemy import text

from consumers.lanes.lane import Lane
from consumers.lanes.ports import LaneWork
from schemas.ids import RecordId, record_id
from tests.contracts.lane_work import LaneWorkContract
from tests.contracts.shop import CUSTOMER, Shop
from tests.fakes.lane_pace import lane_of
from tests.integration.consumers.rig import Rig, open_rig
from tests.integration.providers import xero_organisation


@dataclass
class RealPlace:
    rig: Rig
    shop: Shop
    work: LaneWork
    lane: Lane
    key: str
    before: int

    async def announce(self, name: str) -> RecordId:
        document = self.shop.document(CUSTOMER, id=name, name=f"Customer {name}")
        await self.rig.announce(CUSTOMER, document)
        return record_id(self.rig.connection, CUSTOMER, name)

    async def withdraw_consent(self) -> None:
        async with self.rig.database.begin() as db:
            await db.execute(text("UPDATE connections SET state = 'expired'"))

    async def written(self, name: str) -> int:
        return await self.shop.company.count(CUSTOMER) - self.before


class TestReconciler(LaneWorkContract):
    @pytest_asyncio.fixture
    async def place(self, migrated_database_url: str) -> AsyncIterator[RealPlace]:
        async with (
            xero_organisation.connected() as company,
            open_rig(migrated_database_url, company, realm="9341") as rig,
        ):
            yield RealPlace(
                rig,
                Shop(company),
                await rig.reconciler(),
                lane_of(rig.connection, company.provider.quota),
                "t1:9341",
                await company.count(CUSTOMER),
            )
