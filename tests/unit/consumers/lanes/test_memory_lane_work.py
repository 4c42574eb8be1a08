"""The fake of the engine's tests passes the contract of the real one."""

from uuid import UUID

import pytest_asyncio

from providers.quotas import Quota
from schemas.ids import ConnectionId, RecordId
from tests.contracts.lane_work import LaneWorkContract
from tests.fakes.lane_pace import lane_of
from tests.fakes.lane_work import MemoryLaneWork


class MemoryPlace:
    key = "t1:r1"

    def __init__(self) -> None:
        connection = ConnectionId(UUID(int=1))
        self.work = MemoryLaneWork({connection: self.key}, latency_s=0.0)
        self.lane = lane_of(connection, Quota(per_minute=100, in_flight=10))
        self.connection = connection

    def _record(self, name: str) -> RecordId:
        return RecordId(UUID(int=ord(name)))

    async def announce(self, name: str) -> RecordId:
        self.work.announce(self.connection, self._record(name), 1)
        return self._record(name)

    async def withdraw_consent(self) -> None:
        self.work.unauthorised.add(self.connection)

    async def written(self, name: str) -> int:
        return self.work.writes[self._record(name)]


class TestMemoryLaneWork(LaneWorkContract):
    @pytest_asyncio.fixture
    async def place(self) -> MemoryPlace:
        return MemoryPlace()
