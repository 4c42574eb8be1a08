"""What lanes spill to the table, and load back from it in pages."""

from collections.abc import Sequence
from typing import Final

from consumers.lanes.lane import Lane
from consumers.lanes.lane_registry import LaneRegistry
from consumers.lanes.offsets import Offsets
from consumers.lanes.pacing.shared_limiter import SharedLimiter
from consumers.lanes.partition_ownership import PartitionOwnership
from consumers.lanes.policy import LanePolicy
from consumers.lanes.ports import LaneWork
from consumers.lanes.work import LaneId, Work

# How often, while calls fail for all, a page may be loaded to have items for probes.
PROBES_AGAIN_S: Final = 1.0


class Backlog:
    """Keeps lanes in work while there is some, and offsets moving while there can't be."""

    def __init__(
        self,
        work: LaneWork,
        lanes: LaneRegistry,
        ownership: PartitionOwnership,
        offsets: Offsets,
        shared: SharedLimiter,
        policy: LanePolicy,
    ) -> None:
        self._work = work
        self._lanes = lanes
        self._ownership = ownership
        self._offsets = offsets
        self._shared = shared
        self._low_water = policy.low_water
        self._patience_s = policy.patience_s
        self._changed: dict[Lane, None] = {}  # a set in order of arrival
        self._probe_page_at = 0.0

    # -- out of the table ----------------------------------------------------------------

    def look_at(self, lane: Lane) -> None:
        """Remember that something about a lane changed."""
        self._changed[lane] = None

    def next_lane(self) -> Lane | None:
        """Return a lane that a page is to be loaded for; ``None`` when none wants one."""
        while self._changed:
            lane = next(iter(self._changed))
            del self._changed[lane]
            if self._wants_page(lane):
                self.finish_spilled(lane.begin_page(self._low_water))
                return lane
        self._changed.clear()  # or it keeps the memory of the most lanes that it ever held
        return None

    def _wants_page(self, lane: Lane) -> bool:
        """Return whether to load work: none is left in memory for long pauses."""
        if lane.page or lane.stopped or not lane.table_has_work:
            return False
        if (lane.delay_s() or 0.0) > self._patience_s:
            return False
        low = lane.has_room and lane.ready_count < self._low_water
        wanted = low or (lane.wants_urgent and (lane.has_room or lane.has_ready))
        return wanted and (not self._shared.down or self._has_nothing_to_probe_with(lane))

    def _has_nothing_to_probe_with(self, lane: Lane) -> bool:
        """Return whether no lane has items for probes in an outage; asked rarely."""
        now = lane.pace.now_s()
        if now < self._probe_page_at:
            return False
        self._probe_page_at = now + PROBES_AGAIN_S
        return self._lanes.resident < self._low_water

    async def load_page(self, lane: Lane) -> None:
        """Load the most urgent work of a lane, as much as there is room for."""
        if not lane.opened:
            await self._ownership.take_over(lane)
        room = lane.page
        found = await self._work.load_page(lane.id, without=lane.resident_ids, limit=room)
        # A page that was not filled shows that the table had no more when it was read.
        self.finish_spilled(lane.take_page(found, table_has_more=len(found) == room))

    async def find_work(self) -> None:
        """Look for work that no signal here speaks of."""
        for lane_id, key in await self._work.lanes_with_work():
            partition = self._ownership.partition_of(key)
            if partition in self._ownership:
                lane = self._lanes.lane(lane_id, partition)
                lane.note_table_work()
                self._lanes.look(lane)

    async def resume_authorised(self) -> None:
        """Resume lanes that may make calls again."""
        suspended = self._lanes.suspended()
        for lane_id in await self._work.authorised(suspended) if suspended else ():
            self._resume(lane_id)

    def _resume(self, lane_id: LaneId) -> None:
        lane = self._lanes.get(lane_id)
        if lane is not None and lane.partition in self._ownership:
            lane.resume()
            self._lanes.look(lane)

    # -- into the table ------------------------------------------------------------------

    def spill(self, lane: Lane) -> None:
        """Leave all ready work of a lane to the table."""
        self.finish_spilled(lane.spill())

    def finish_spilled(self, spilled: Sequence[Work]) -> None:
        """Finish the signals of what was left to the table: it says the same."""
        for work in spilled:
            self._offsets.finish(work.positions)

    def spill_what_waits(self) -> None:
        """Where a breaker has been open for long, spill what keeps offsets back."""
        for lane in self._lanes:
            waited_s = max(lane.pace.in_trouble_s, self._shared.down_s)
            if waited_s >= self._patience_s and lane.holds_signals:
                self.spill(lane)
