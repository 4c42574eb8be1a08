"""The engine serves realms and a family that has no provider alike."""

import asyncio

from consumers.lanes.policy import LanePolicy
from consumers.lanes.work import LaneSignal
from providers.errors import ProviderError, Uncertain
from schemas.ids import ConnectionId, RecordId
from tests.contracts.lane_engine import LaneEngineContract, LaneHarness
from tests.unit.consumers.lanes.engine_harness import (
    AWAY,
    EngineHarness,
    connection,
    now_s,
    record,
    virtually,
)
from tests.unit.consumers.lanes.toy_family import HOOKS, ToyHarness

PARTITION = frozenset({0})


class RealmHarness:
    """The engine of QuickBooks' realms."""

    def __init__(self, policy: LanePolicy) -> None:
        self._harness = EngineHarness(policy=policy)
        self._work = self._harness.work
        self.engine = self._harness.engine
        self.family = self._harness.family
        self._broken: set[ConnectionId] = set()
        self._work.fault = self._fault

    def _fault(self, conn: ConnectionId, _: RecordId) -> ProviderError | None:
        return Uncertain(AWAY) if conn in self._broken else None

    @property
    def retried(self) -> list[tuple[str, LaneSignal]]:
        topic_after = self.family.retry_topic
        published = self._harness.retries.published
        return [(topic_after(one.attempt - 1), one) for one in published]

    def lane_id(self, lane: int) -> ConnectionId:
        return connection(lane)

    def store(self, lane: int, item: int) -> None:
        self._work.key_of[connection(lane)] = str(lane)
        self._work.announce(connection(lane), record(item), 1)

    def send(self, lane: int, item: int) -> int:
        return self._harness.send(connection(lane), record(item))

    def done_at(self, item: int) -> list[float]:
        times = self._work.writes[record(item)]
        return [self._work.written_at[record(item)]] * times if times else []

    def called_at(self, lane: int) -> list[float]:
        return [at for at, who in self._work.calls if who == connection(lane)]

    def set_broken(self, *lanes: int) -> None:
        self._broken = {connection(lane) for lane in lanes}

    def set_unauthorised(self, *lanes: int) -> None:
        self._work.unauthorised = {connection(lane) for lane in lanes}

    def has_open(self) -> bool:
        desired = (item for items in self._work.desired.values() for item in items.items())
        return any(self._work.agreed.get(one, -1) < version for one, version in desired)


class TestRealms(LaneEngineContract):
    def make(self, policy: LanePolicy) -> LaneHarness:
        return RealmHarness(policy)


class TestSubscriptions(LaneEngineContract):
    def make(self, policy: LanePolicy) -> LaneHarness:
        return ToyHarness(policy)


async def all_broken(lanes: LaneHarness, tasks: asyncio.TaskGroup) -> None:
    """Fail the calls of 200 lanes for a minute."""
    await lanes.engine.assign(PARTITION)
    lanes.set_broken(*range(200))
    tasks.create_task(lanes.engine.run())
    for item in range(4_000):
        lanes.send(item % 200, item)
    await asyncio.sleep(60)


@virtually
async def test_many_broken_subscribers_are_no_outage_and_slow_nobody() -> None:
    lanes = ToyHarness(LanePolicy())
    async with asyncio.TaskGroup() as tasks:
        await all_broken(lanes, tasks)
        assert not lanes.engine._shared.down
        assert lanes.engine._shared.limit == LanePolicy().max_tasks
        sent_at = now_s()
        lanes.send(200, 10_000)
        await asyncio.sleep(1)
        [done_at] = lanes.done_at(10_000)
        assert done_at - sent_at < 0.5
        lanes.engine.stop()


@virtually
async def test_many_broken_realms_are_an_outage_of_their_provider() -> None:
    lanes = RealmHarness(LanePolicy())
    async with asyncio.TaskGroup() as tasks:
        await all_broken(lanes, tasks)
        assert lanes.engine._shared.down
        assert lanes.engine._shared.limit < LanePolicy().max_tasks
        lanes.engine.stop()


@virtually
async def test_each_subscriber_has_the_quota_that_it_asked_for() -> None:
    lanes = ToyHarness(LanePolicy())
    lanes.quotas.per_minute = {lanes.lane_id(1): 6, lanes.lane_id(2): 60}
    await lanes.engine.assign(PARTITION)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(lanes.engine.run())
        for item in range(200):
            lanes.send(1, item)
            lanes.send(2, 1_000 + item)
        await asyncio.sleep(59)
        lanes.engine.stop()
    assert [len(lanes.called_at(lane)) for lane in (1, 2)] == [6, 60]


def test_a_family_names_its_topics_by_try() -> None:
    assert HOOKS.topics == ("hooks.work", "hooks.retry.5s", "hooks.retry.5m", "hooks.retry.5h")
    assert [HOOKS.retry_topic(n) for n in (1, 2, 3)] == list(HOOKS.topics[1:])
    assert HOOKS.batch_limit("delivery") == 1
