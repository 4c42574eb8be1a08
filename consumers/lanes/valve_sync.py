"""Keeps the valves of lanes and what is stored of them alike.

Three may change them: what happens here trips a valve, a person releases a stored one, and a
new owner of a partition finds what the one before stored.
"""

from typing import Final

import structlog

from consumers.lanes.lane import Lane
from consumers.lanes.lane_registry import LaneRegistry
from consumers.lanes.ports import TrippedValve, ValveStore
from consumers.metrics import VALVE_TRIPS

log: Final = structlog.get_logger("lanes")


class ValveSync:
    """Alerts once when a valve trips, and then stores, releases and adopts valves."""

    def __init__(self, family: str, store: ValveStore, lanes: LaneRegistry) -> None:
        self._family = family
        self._store = store
        self._lanes = lanes

    def alert(self, lane: Lane) -> None:
        """Report, once, that a lane's valve tripped."""
        VALVE_TRIPS.labels(self._family, lane.valve.code).inc()
        log.error(
            "lanes.valve_tripped",
            provider=self._family,
            connection=str(lane.id),
            code=lane.valve.code,
            dead_letters=lane.valve.dead_letters,
        )

    async def sync(self, now: float) -> None:
        """Store what tripped here, release what a person released, adopt what others stored."""
        tripped = await self._store.all_tripped(self._family)
        known = {one.lane: one for one in tripped}
        for lane in self._lanes:
            stored = known.get(lane.id)
            if lane.valve.tripped:
                await self._keep_tripped(lane, stored)
            elif stored is not None and lane.valve.stored:
                await self._store.release(lane.id)
                lane.valve.mark_stored(False)
            elif stored is not None:
                # Stored, but not by us: an earlier owner tripped it, and its reason may last.
                lane.own_valve().trip(now, stored.code, stored.dead_letters)
                lane.valve.mark_stored(True)

    async def _keep_tripped(self, lane: Lane, stored: TrippedValve | None) -> None:
        valve = lane.valve
        if valve.stored and stored is None:
            # We stored it and it is gone: a person released it.
            log.info("lanes.valve_released", connection=str(lane.id), code=valve.code)
            valve.release()
            valve.mark_stored(False)
            return
        found = TrippedValve(lane.id, valve.code, valve.dead_letters)
        if valve.stored:
            # A person may have released it since it was read here: that must not be undone.
            await self._store.update(found)
        else:
            await self._store.trip(self._family, found)
            valve.mark_stored(True)
