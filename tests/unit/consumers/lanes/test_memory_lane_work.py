"""The fake of the engine's tests passes the contract of the real one."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest_asyncio

from gateway.runtime.lifecycle import utc_now
from providers.errors import Bucket, ProviderError, RateLimited, Rejected, Unavailable
from providers.http import no_answer
from providers.quotas import Quota
from schemas.ids import ConnectionId, RecordId
from tests.contracts.lane_work import FIRST_DELAY, LaneWorkContract
from tests.fakes.lane_pace import lane_of
from tests.fakes.lane_work import MemoryLaneWork

AWAY = no_answer("HTTP 503")
QUOTA = Quota(per_minute=100, in_flight=1)


class MemoryPlace:
    key = "t:r"

    def __init__(self) -> None:
        self.connection = ConnectionId(UUID(int=1))
        self._ahead = timedelta(0)
        self._faults: list[ProviderError] = []
        self._unacceptable: set[RecordId] = set()
        self.work = MemoryLaneWork({self.connection: self.key}, latency_s=0.0, now=self._now)
        self.work.fault = self._fault
        self.lane = lane_of(self.connection, QUOTA)

    def _now(self) -> datetime:
        return utc_now() + self._ahead

    def _fault(self, _: ConnectionId, record: RecordId) -> ProviderError | None:
        if record in self._unacceptable:
            return Rejected(AWAY)
        return self._faults.pop() if self._faults else None

    def _record(self, name: str) -> RecordId:
        return RecordId(UUID(int=ord(name)))

    async def announce(self, name: str) -> RecordId:
        self.work.announce(self.connection, self._record(name), 1)
        return self._record(name)

    async def announce_unacceptable(self, name: str) -> RecordId:
        self._unacceptable.add(self._record(name))
        return await self.announce(name)

    async def withdraw_consent(self) -> None:
        self.work.unauthorised.add(self.connection)

    async def throttle_next(self) -> None:
        self._faults.append(RateLimited(timedelta(seconds=30), Bucket.MINUTE))

    async def break_next(self) -> None:
        self._faults.append(Unavailable(AWAY))

    async def slow_next(self) -> None:
        self.work.latency_s = 0.3

    async def wait_until_due(self) -> None:
        self._ahead += FIRST_DELAY * 1.1

    async def written(self, name: str) -> int:
        return self.work.writes[self._record(name)]


class TestMemoryLaneWork(LaneWorkContract):
    @pytest_asyncio.fixture
    async def place(self) -> MemoryPlace:
        return MemoryPlace()
