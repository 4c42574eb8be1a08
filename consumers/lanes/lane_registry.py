"""The lanes of this process, by connection."""

from collections.abc import Callable, Iterator
from typing import Final

import structlog

from consumers.lanes.lane import Lane, Tally
from consumers.lanes.pacing.shared_limiter import SharedLimiter
from consumers.lanes.ports import TrippedValve, Valves
from consumers.metrics import (
    LANES,
    PROVIDER_BREAKER,
    PROVIDER_CALL_LIMIT,
    REALM_BREAKERS,
    RESIDENT,
    VALVE_CLOSURES,
    VALVES_SHUT,
)
from schemas.ids import ConnectionId, ProviderName

log: Final = structlog.get_logger("lanes")


class LaneRegistry:
    """Lanes come with their first work and go when nothing is lost by forgetting them.

    Args:
        make: Makes the lane of a connection on a partition.
        look: Called with a lane of which something changed.

    Attributes:
        tally: What lanes count their records by.
    """

    def __init__(
        self,
        provider: ProviderName,
        valves: Valves,
        *,
        make: Callable[[ConnectionId, int], Lane],
        look: Callable[[Lane], None],
    ) -> None:
        self._provider = provider
        self._valves = valves
        self._make = make
        self.look = look
        self.tally = Tally()
        self._lanes: dict[ConnectionId, Lane] = {}
        self._fenced: dict[int, float] = {}  # since when

    def __iter__(self) -> Iterator[Lane]:
        return iter(list(self._lanes.values()))

    def get(self, connection: ConnectionId) -> Lane | None:
        """Give a lane, where there is one."""
        return self._lanes.get(connection)

    def lane(self, connection: ConnectionId, partition: int) -> Lane:
        """Give a lane; make it with its first work."""
        lane = self._lanes.get(connection)
        if lane is None:
            lane = self._lanes[connection] = self._make(connection, partition)
            lane.fenced = partition in self._fenced
            LANES.set(len(self._lanes))
        return lane

    def of(self, partitions: frozenset[int]) -> list[Lane]:
        """Give the lanes of these partitions."""
        return [lane for lane in self._lanes.values() if lane.partition in partitions]

    def drop(self, lane: Lane) -> None:
        """Forget a lane."""
        if self._lanes.pop(lane.connection, None) is not None:
            lane.uncount()
        LANES.set(len(self._lanes))

    def drop_idle(self) -> None:
        """Forget lanes that have nothing to do and nothing to remember."""
        for lane in self:
            if lane.idle and lane.pace.unused:
                self.drop(lane)

    @property
    def resident(self) -> int:
        """How many records are in memory."""
        return self.tally.records

    def suspended(self) -> list[ConnectionId]:
        """Name the connections that wait for their authorisation."""
        return [lane.connection for lane in self._lanes.values() if lane.suspended]

    def measure(self, gate: SharedLimiter) -> None:
        """Set the gauges, of the lanes and of what they share."""
        PROVIDER_BREAKER.labels(self._provider).set(gate.state)
        PROVIDER_CALL_LIMIT.labels(self._provider).set(gate.limit)
        RESIDENT.set(self.resident)
        in_trouble = sum(lane.pace.probing for lane in self._lanes.values())
        REALM_BREAKERS.labels(self._provider).set(in_trouble)
        shut = sum(lane.valve.shut for lane in self._lanes.values())
        VALVES_SHUT.labels(self._provider).set(shut)

    def log_provider_state(self, gate: SharedLimiter) -> None:
        """Say, once, that the provider went out of order for everybody, or came back."""
        event = "lanes.provider_down" if gate.down else "lanes.provider_back"
        log.error(event, provider=self._provider)
        self.measure(gate)

    # -- fences --------------------------------------------------------------------------

    def fence(self, partition: int, *, now: float) -> None:
        """Let the lanes of a partition rest: another process wrote its name on it."""
        self._fenced.setdefault(partition, now)
        for lane in self.of(frozenset({partition})):
            lane.fenced = True

    def unfence(self, partitions: frozenset[int]) -> None:
        """Let them go on: the partition is ours, by the newest epoch."""
        for partition in partitions:
            self._fenced.pop(partition, None)
        for lane in self.of(partitions):
            lane.fenced = False

    def fenced_before(self, moment: float) -> frozenset[int]:
        """Give the partitions that have been fenced since before then."""
        return frozenset(p for p, since in self._fenced.items() if since <= moment)

    # -- valves --------------------------------------------------------------------------

    def shut_valve(self, lane: Lane) -> None:
        """Say, once, that a lane was shut: this is the alert."""
        VALVE_CLOSURES.labels(self._provider, lane.valve.code).inc()
        log.error(
            "lanes.valve_shut",
            provider=self._provider,
            connection=str(lane.connection),
            code=lane.valve.code,
            deaths=lane.valve.deaths,
        )

    async def sync_valves(self, now: float) -> None:
        """Store which valves are shut, release those that somebody released, adopt others."""
        stored_all = await self._valves.all_shut(self._provider)
        known = {one.connection: one for one in stored_all}
        for lane in self:
            stored = known.get(lane.connection)
            if lane.valve.shut:
                await self._keep_shut(lane, stored)
            elif stored is not None and lane.valve.stored:
                await self._valves.release(lane.connection)
                lane.valve.stored = False
            elif stored is not None:
                lane.own_valve().shut_for(now, stored.code, stored.deaths)
                lane.valve.stored = True

    async def _keep_shut(self, lane: Lane, stored: TrippedValve | None) -> None:
        valve = lane.valve
        if valve.stored and stored is None:
            log.info("lanes.valve_released", connection=str(lane.connection), code=valve.code)
            valve.release()
            valve.stored = False
        else:
            found = TrippedValve(lane.connection, valve.code, valve.deaths)
            await self._valves.shut(self._provider, found)
            valve.stored = True


class LaneChanged:
    """What a pace calls when it changed: its lane is looked at, where there is one.

    An object, as a closure or a ``partial`` weighs three to five times as much, for each lane.
    """

    __slots__ = ("_connection", "_fleet")

    def __init__(self, fleet: LaneRegistry, connection: ConnectionId) -> None:
        self._fleet = fleet
        self._connection = connection

    def __call__(self) -> None:
        """Have the lane looked at."""
        lane = self._fleet.get(self._connection)
        if lane is not None:
            self._fleet.look(lane)
