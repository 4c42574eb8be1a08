"""The fake of the engine's tests passes the contract of the real one."""

import asyncio
from uuid import UUID

import pytest_asyncio

from consumers.lanes.lane import Lane
from consumers.lanes.pacing.lane_pace import LanePace
from providers.quotas import Quota
from schemas.ids import ConnectionId, RecordId
from tests.contracts.lane_work import LaneWorkContract
from tests.fakes.lane_work import MemoryLaneWork


class MemoryPlace:
    key = "t1:r1"

    def __init__(self) -> None:
        connection = ConnectionId(UUID(int=1))
        self.work = MemoryLaneWork({connection: self.key}, latency_s=0.0)
        pace = LanePace(
            Quota(per_minute=100, in_flight=10),
            monotonic=asyncio.get_running_loop().time,
            changed=lambda: None,
        )
        self.lane = Lane(connection, 0, pace, resident_limit=100)

    def _record(self, name: str) -> RecordId:
        return RecordId(UUID(int=ord(name)))

    async def announce(self, name: str) -> RecordId:
        self.work.announce(self.lane.connection, self._record(name), 1)
        return self._record(name)

    async def withdraw_consent(self) -> None:
        self.work.unauthorised.add(self.lane.connection)

    async def written(self, name: str) -> int:
        return self.work.writes[self._record(name)]


class TestMemoryLaneWork(LaneWorkContract):
    @pytest_asyncio.fixture
    async def place(self) -> MemoryPlace:
        return MemoryPlace()
