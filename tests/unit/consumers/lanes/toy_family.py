"""A family of lanes that has no provider: subscriptions, to each of which events are delivered.

Other ids, other topics and delays, a quota for each subscription, and no outages that all
share, as each subscription has an endpoint of its own.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NewType
from uuid import UUID

import orjson

from consumers.lanes.engine import Engine
from consumers.lanes.family import LaneFamily, RetryTopic
from consumers.lanes.lane import Lane
from consumers.lanes.pacing.lane_pace import NoRoom, OutOfOrder
from consumers.lanes.pacing.quota import MINUTE_S, CallWindow, LaneQuota
from consumers.lanes.policy import LanePolicy
from consumers.lanes.ports import Disposition, LaneKey, TrippedValve, TryResult
from consumers.lanes.work import ItemId, LaneId, LaneSignal, Work
from consumers.position import Position
from schemas.signal import MalformedSignal, Priority
from tests.virtual_time import now

SubscriptionId = NewType("SubscriptionId", UUID)
DeliveryId = NewType("DeliveryId", UUID)

LATENCY_S: Final = 0.1
USUAL: Final = LaneQuota(in_flight=4)
GIVEN_UP: Final = "endpoint_failed"


@dataclass(frozen=True, slots=True)
class DeliverySignal:
    """Asks that one event be delivered to one subscription."""

    subscription: SubscriptionId
    delivery: DeliveryId
    attempt: int = 1
    due_at: datetime | None = None
    priority: Priority = Priority.PUSH
    kind: str = "delivery"

    @property
    def lane_id(self) -> SubscriptionId:
        return self.subscription

    @property
    def item_id(self) -> DeliveryId:
        return self.delivery

    @property
    def key(self) -> str:
        return str(self.subscription)

    def to_bytes(self) -> bytes:
        return orjson.dumps([self.subscription, self.delivery, self.attempt, self.due_at])

    @classmethod
    def from_bytes(cls, value: bytes) -> "DeliverySignal":
        try:
            subscription, delivery, attempt, due = orjson.loads(value)
            return cls(
                SubscriptionId(UUID(subscription)),
                DeliveryId(UUID(delivery)),
                attempt,
                datetime.fromisoformat(due) if due else None,
            )
        except (ValueError, TypeError, AttributeError) as exc:
            raise MalformedSignal(f"not a delivery: {exc}") from exc


HOOKS: Final = LaneFamily(
    name="hooks",
    work_topic="hooks.work",
    retry_topics=(
        RetryTopic("hooks.retry.5s", timedelta(seconds=5)),
        RetryTopic("hooks.retry.5m", timedelta(minutes=5)),
        RetryTopic("hooks.retry.5h", timedelta(hours=5)),
    ),
    partitions=3,
    read_signal=DeliverySignal.from_bytes,
    detects_outages=False,
)


class Deliveries:
    """The table of deliveries and the subscribers' endpoints; the family's `LaneWork`."""

    def __init__(self) -> None:
        self.open: dict[LaneId, dict[ItemId, None]] = defaultdict(dict)
        self.due: dict[ItemId, datetime] = {}
        self.failures: Counter[ItemId] = Counter()
        self.delivered_at: dict[ItemId, list[float]] = defaultdict(list)
        self.called_at: dict[LaneId, list[float]] = defaultdict(list)
        self.broken: set[LaneId] = set()
        self.unauthorised: set[LaneId] = set()
        self.dead: set[ItemId] = set()

    async def handle(self, lane: Lane, works: Sequence[Work]) -> Sequence[TryResult]:
        return [await self._deliver(lane, work) for work in works]

    async def _deliver(self, lane: Lane, work: Work) -> TryResult:
        if lane.id in self.unauthorised:
            return TryResult(Disposition.SUSPEND)
        if not self._is_due(lane.id, work.item_id):
            return TryResult(Disposition.FINISH)
        try:
            began = await lane.pace.enter()
        except (NoRoom, OutOfOrder) as wait:
            return TryResult(Disposition.PAUSE, pause_s=wait.wait_s)
        try:
            return await self._call(lane, work, began)
        finally:
            lane.pace.leave()

    async def _call(self, lane: Lane, work: Work, began: float) -> TryResult:
        self.called_at[lane.id].append(began)
        broken = lane.id in self.broken
        await asyncio.sleep(LATENCY_S)
        if broken:
            lane.pace.fail(began)
            return self._failed(lane, work)
        lane.pace.succeed()
        self.delivered_at[work.item_id].append(asyncio.get_running_loop().time())
        self._close(lane.id, work.item_id)
        return TryResult(Disposition.FINISH, wrote=True)

    def _failed(self, lane: Lane, work: Work) -> TryResult:
        self.failures[work.item_id] += 1
        failed_tries = self.failures[work.item_id]
        if failed_tries > len(HOOKS.retry_topics):
            self.dead.add(work.item_id)
            self._close(lane.id, work.item_id)
            return TryResult(Disposition.FINISH, dead_lettered=GIVEN_UP)
        due_at = now() + HOOKS.retry_topics[failed_tries - 1].delay
        self.due[work.item_id] = due_at
        signal = DeliverySignal(SubscriptionId(lane.id), DeliveryId(work.item_id))
        again = replace(signal, attempt=failed_tries + 1, due_at=due_at)
        return TryResult(Disposition.LATER, again)

    def _close(self, lane: LaneId, item: ItemId) -> None:
        self.open[lane].pop(item, None)
        self.due.pop(item, None)

    def _is_due(self, lane: LaneId, item: ItemId) -> bool:
        return item in self.open[lane] and self.due.get(item, now()) <= now()

    async def load_page(
        self, lane: LaneId, *, without: Sequence[ItemId], limit: int
    ) -> Sequence[Work]:
        await asyncio.sleep(0.002)
        known = set(without)
        due = [i for i in self.open[lane] if self._is_due(lane, i) and i not in known]
        return [
            Work(item, "delivery", Priority.PUSH, repeat=self.failures[item] > 0)
            for item in due[:limit]
        ]

    async def lanes_with_work(self) -> Sequence[LaneKey]:
        return [
            LaneKey(lane, str(lane))
            for lane, items in self.open.items()
            if any(self._is_due(lane, item) for item in items)
        ]

    async def authorised(self, lanes: Sequence[LaneId]) -> set[LaneId]:
        return set(lanes) - self.unauthorised


class NoHistory:
    """No other process called any subscriber."""

    async def ages_s(self, lane: LaneId, *, within_s: float) -> Sequence[float]:
        return []

    async def family_ages_s(
        self, family: str, *, within_s: float
    ) -> Sequence[tuple[str, float]]:
        raise AssertionError("subscribers share no quota")

    async def share(self) -> None:
        return


class NoValves:
    """Nobody sees tripped valves: the toy has no page for them."""

    async def trip(self, family: str, valve: TrippedValve) -> None:
        return

    async def update(self, valve: TrippedValve) -> None:
        return

    async def release(self, lane: LaneId) -> None:
        return

    async def all_tripped(self, family: str) -> Sequence[TrippedValve]:
        return []


class Quotas:
    """What each subscriber asked for, in calls a minute."""

    def __init__(self) -> None:
        self.per_minute: dict[LaneId, int] = {}

    def quota_of(self, lane: LaneId) -> LaneQuota:
        limit = self.per_minute.get(lane)
        return replace(USUAL, windows=(CallWindow(limit, MINUTE_S),)) if limit else USUAL


class ToyHarness:
    """The toy's engine; see `tests.contracts.lane_engine.LaneHarness`."""

    family = HOOKS

    def __init__(self, policy: LanePolicy) -> None:
        self.work = Deliveries()
        self.quotas = Quotas()
        self._retried: list[tuple[str, LaneSignal]] = []
        self._offset = 0
        self.engine = Engine(
            HOOKS,
            self.work,
            self,
            NoHistory(),
            valves=NoValves(),
            quotas=self.quotas,
            policy=policy,
            partition_of=lambda _: 0,
            now=now,
        )

    @property
    def retried(self) -> list[tuple[str, LaneSignal]]:
        return self._retried

    async def publish(self, signals: Sequence[LaneSignal]) -> None:
        """Store signals on their topics, from which they come back as bytes at once."""
        for one in signals:
            topic = HOOKS.retry_topic(one.attempt - 1)
            self._retried.append((topic, one))
            position = Position(topic, 0, len(self._retried))
            self.engine.take(position, HOOKS.read_signal(one.to_bytes()))

    def lane_id(self, lane: int) -> SubscriptionId:
        return SubscriptionId(UUID(int=lane))

    def item_id(self, item: int) -> DeliveryId:
        return DeliveryId(UUID(int=1_000_000 + item))

    def store(self, lane: int, item: int) -> None:
        self.work.open[self.lane_id(lane)][self.item_id(item)] = None

    def send(self, lane: int, item: int) -> int:
        self.store(lane, item)
        sent = DeliverySignal(self.lane_id(lane), self.item_id(item))
        position = Position(HOOKS.work_topic, 0, self._offset)
        self.engine.take(position, HOOKS.read_signal(sent.to_bytes()))
        self._offset += 1
        return position.offset

    def done_at(self, item: int) -> list[float]:
        return self.work.delivered_at[self.item_id(item)]

    def called_at(self, lane: int) -> list[float]:
        return self.work.called_at[self.lane_id(lane)]

    def set_broken(self, *lanes: int) -> None:
        self.work.broken = {self.lane_id(lane) for lane in lanes}

    def set_unauthorised(self, *lanes: int) -> None:
        self.work.unauthorised = {self.lane_id(lane) for lane in lanes}

    def has_open(self) -> bool:
        return any(self.work.open.values())
