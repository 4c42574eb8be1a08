"""The lanes of this process, by connection."""

from collections.abc import Callable, Iterator
from typing import Final

import structlog

from consumers.lanes.gate import ProviderGate
from consumers.lanes.lane import Lane
from consumers.lanes.ports import ShutValve, Valves
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


class Fleet:
    """Lanes come with their first work and go when nothing is lost by forgetting them.

    Args:
        make: Makes the lane of a connection on a partition.
    """

    def __init__(
        self, provider: ProviderName, *, make: Callable[[ConnectionId, int], Lane]
    ) -> None:
        self._provider = provider
        self._make = make
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
        self._lanes.pop(lane.connection, None)
        LANES.set(len(self._lanes))

    def drop_idle(self) -> None:
        """Forget lanes that have nothing to do and nothing to remember."""
        for lane in self:
            if lane.idle and lane.pace.unused:
                self.drop(lane)

    @property
    def resident(self) -> int:
        """How many records are in memory."""
        return sum(lane.resident_count for lane in self._lanes.values())

    def suspended(self) -> list[ConnectionId]:
        """Name the connections that wait for their authorisation."""
        return [lane.connection for lane in self._lanes.values() if lane.suspended]

    def measure(self, gate: ProviderGate) -> None:
        """Set the gauges, of the lanes and of what they share."""
        PROVIDER_BREAKER.labels(self._provider).set(gate.state)
        PROVIDER_CALL_LIMIT.labels(self._provider).set(gate.limit)
        RESIDENT.set(self.resident)
        in_trouble = sum(lane.pace.probing for lane in self._lanes.values())
        REALM_BREAKERS.labels(self._provider).set(in_trouble)
        shut = sum(lane.valve.shut for lane in self._lanes.values())
        VALVES_SHUT.labels(self._provider).set(shut)

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

    async def sync_valves(self, valves: Valves, *, now: float) -> None:
        """Store which valves are shut, release those that somebody released, adopt others."""
        known = {one.connection: one for one in await valves.all_shut(self._provider)}
        for lane in self:
            stored = known.get(lane.connection)
            if lane.valve.shut:
                await self._keep_shut(lane, valves, stored)
            elif stored is not None and lane.valve.stored:
                await valves.release(lane.connection)
                lane.valve.stored = False
            elif stored is not None:
                lane.valve.shut_for(now, stored.code, stored.deaths)
                lane.valve.stored = True

    async def _keep_shut(self, lane: Lane, valves: Valves, stored: ShutValve | None) -> None:
        valve = lane.valve
        if valve.stored and stored is None:
            log.info("lanes.valve_released", connection=str(lane.connection), code=valve.code)
            valve.release()
            valve.stored = False
        else:
            found = ShutValve(lane.connection, valve.code, valve.deaths)
            await valves.shut(self._provider, found)
            valve.stored = True
