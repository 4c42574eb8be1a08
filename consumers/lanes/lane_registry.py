"""The lanes of this process, by their ids."""

from collections.abc import Callable, Iterator
from typing import Final

import structlog

from consumers.lanes.fencing import FencedPartitions
from consumers.lanes.lane import Lane
from consumers.lanes.pacing.shared_limiter import SharedLimiter
from consumers.lanes.work import LaneId, Tally
from consumers.metrics import (
    LANES,
    PROVIDER_BREAKER,
    PROVIDER_CALL_LIMIT,
    REALM_BREAKERS,
    RESIDENT,
    VALVES_TRIPPED,
)

log: Final = structlog.get_logger("lanes")


class LaneRegistry:
    """Lanes come with their first work and go when nothing is lost by forgetting them.

    Args:
        family: The name of the lanes' family, for metrics and logs.
        make: Makes a lane on a partition.
        look: Called with a lane of which something changed.

    Attributes:
        tally: The count of items in memory, over all lanes that are here.
    """

    def __init__(
        self,
        family: str,
        *,
        make: Callable[[LaneId, int], Lane],
        look: Callable[[Lane], None],
    ) -> None:
        self._family = family
        self._make = make
        self.look = look
        self.tally = Tally()
        self._lanes: dict[LaneId, Lane] = {}
        self._fenced = FencedPartitions()

    def __iter__(self) -> Iterator[Lane]:
        return iter(list(self._lanes.values()))

    def get(self, lane_id: LaneId) -> Lane | None:
        """Return a lane, where there is one."""
        return self._lanes.get(lane_id)

    def lane(self, lane_id: LaneId, partition: int) -> Lane:
        """Return a lane; make it with its first work."""
        lane = self._lanes.get(lane_id)
        if lane is None:
            lane = self._lanes[lane_id] = self._make(lane_id, partition)
            if partition in self._fenced:
                lane.fence()
            LANES.set(len(self._lanes))
        return lane

    def of(self, partitions: frozenset[int]) -> list[Lane]:
        """Return the lanes of these partitions."""
        return [lane for lane in self._lanes.values() if lane.partition in partitions]

    def drop(self, lane: Lane) -> None:
        """Forget a lane."""
        if self._lanes.pop(lane.id, None) is not None:
            lane.leave_tally()
        LANES.set(len(self._lanes))

    def drop_idle(self) -> None:
        """Forget lanes that have nothing to do and nothing to remember."""
        for lane in self:
            # A lane whose calls still count keeps its pace: with a new one it would make the
            # calls of a whole window once more.
            if lane.idle and lane.pace.unused:
                self.drop(lane)

    @property
    def resident(self) -> int:
        """How many items are in memory."""
        return self.tally.items

    def suspended(self) -> list[LaneId]:
        """Return the lanes that wait for their authorisation."""
        return [lane.id for lane in self._lanes.values() if lane.suspended]

    def measure(self, shared: SharedLimiter) -> None:
        """Set the gauges, of the lanes and of what they share."""
        PROVIDER_BREAKER.labels(self._family).set(shared.state)
        PROVIDER_CALL_LIMIT.labels(self._family).set(shared.limit)
        RESIDENT.set(self.resident)
        in_trouble = sum(lane.pace.probing for lane in self._lanes.values())
        REALM_BREAKERS.labels(self._family).set(in_trouble)
        tripped = sum(lane.valve.tripped for lane in self._lanes.values())
        VALVES_TRIPPED.labels(self._family).set(tripped)

    def log_provider_state(self, shared: SharedLimiter) -> None:
        """Log, once, that the calls of all lanes began to fail, or that they no longer do."""
        event = "lanes.provider_down" if shared.down else "lanes.provider_back"
        log.error(event, provider=self._family)
        self.measure(shared)

    # -- fences --------------------------------------------------------------------------

    def fence(self, partition: int, *, now: float) -> None:
        """Stop the lanes of a partition: another process wrote its name on it."""
        self._fenced.add(partition, now=now)
        for lane in self.of(frozenset({partition})):
            lane.fence()

    def unfence(self, partitions: frozenset[int]) -> None:
        """Allow them to go on: the partition is ours, by the newest epoch."""
        self._fenced.remove(partitions)
        for lane in self.of(partitions):
            lane.unfence()

    def fenced_before(self, moment: float) -> frozenset[int]:
        """Return the partitions that have been fenced since before then."""
        return self._fenced.since_before(moment)


class LaneChanged:
    """What a pace calls when it changed: its lane is looked at, where there is one.

    An object, as a closure or a ``partial`` weighs three to five times as much, for each lane.
    """

    __slots__ = ("_lane_id", "_registry")

    def __init__(self, registry: LaneRegistry, lane_id: LaneId) -> None:
        self._registry = registry
        self._lane_id = lane_id

    def __call__(self) -> None:
        """Report the lane as changed."""
        lane = self._registry.get(self._lane_id)
        if lane is not None:
            self._registry.look(lane)
