"""The other fakes of the engine's tests pass the contracts of what is behind its ports."""

from collections.abc import Sequence

import pytest

from consumers.lanes.work import LaneId, LaneSignal
from schemas.signal import Signal
from tests.contracts.lane_ports import (
    CallHistoryContract,
    RetryPublisherContract,
    ValveStoreContract,
)
from tests.fakes.lane_work import MemoryHistory, MemoryRetries, MemoryValves, PastCall
from tests.unit.consumers.lanes.engine_harness import (
    QBO,
    connection,
    family_of,
    record,
    signal,
)


class MemoryHistoryPlace:
    def __init__(self) -> None:
        self.history = MemoryHistory()

    def called(self, lane: LaneId, realm: str, family: str, age_s: float) -> None:
        self.history.calls.append(PastCall(lane, f"t1:{realm}", family, age_s))


class TestMemoryHistory(CallHistoryContract):
    @pytest.fixture
    def place(self) -> MemoryHistoryPlace:
        return MemoryHistoryPlace()


class TestMemoryValves(ValveStoreContract):
    @pytest.fixture
    def valves(self) -> MemoryValves:
        return MemoryValves()


class MemoryRetryPlace:
    def __init__(self) -> None:
        self.retries = MemoryRetries()
        self._family = family_of(QBO)
        self.topics = self._family.topics[1:]

    def signal(self, lane: int, item: int, *, attempt: int) -> Signal:
        return signal(connection(lane), record(item), attempt=attempt)

    async def stored(self, topic: str, count: int) -> Sequence[LaneSignal]:
        on = self._family.retry_topic
        return [one for one in self.retries.published if on(one.attempt - 1) == topic]


class TestMemoryRetries(RetryPublisherContract):
    @pytest.fixture
    def place(self) -> MemoryRetryPlace:
        return MemoryRetryPlace()
