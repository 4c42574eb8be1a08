"""What lanes leave to the table, and read back from it."""

from collections.abc import Sequence
from typing import Final

from consumers.lanes.lane import Lane, Work
from consumers.lanes.lane_registry import LaneRegistry
from consumers.lanes.offsets import Offsets
from consumers.lanes.pacing.shared_limiter import SharedLimiter
from consumers.lanes.partition_ownership import PartitionOwnership
from consumers.lanes.ports import LaneWork
from schemas.ids import ConnectionId

# How often, while the provider is down, a page may be read to have records for probes.
PROBES_AGAIN_S: Final = 1.0


class Backlog:
    """Keeps lanes in work while there is some, and their offsets moving while there can't be.

    Args:
        low_water: Below so many ready records a lane reads a page.
        patience_s: Lanes that could go only later than this have nothing in memory.
    """

    def __init__(
        self,
        work: LaneWork,
        fleet: LaneRegistry,
        ownership: PartitionOwnership,
        offsets: Offsets,
        gate: SharedLimiter,
        *,
        low_water: int,
        patience_s: float,
    ) -> None:
        self._work = work
        self._fleet = fleet
        self._ownership = ownership
        self._offsets = offsets
        self._gate = gate
        self._low_water = low_water
        self._patience_s = patience_s
        self._looked_at: dict[Lane, None] = {}
        self._ask_again_at = 0.0

    # -- out of the table ----------------------------------------------------------------

    def look_at(self, lane: Lane) -> None:
        """Note that something about a lane changed."""
        self._looked_at[lane] = None

    def next_lane(self) -> Lane | None:
        """Give a lane that a page is to be read for; ``None`` when none wants one."""
        while self._looked_at:
            lane = next(iter(self._looked_at))
            del self._looked_at[lane]
            if self._wants_page(lane):
                self.left(lane.begin_drain(self._low_water))
                return lane
        self._looked_at.clear()  # or it keeps the memory of the most lanes that it ever held
        return None

    def _wants_page(self, lane: Lane) -> bool:
        """Whether to read work back: none is left in memory for long pauses."""
        if lane.draining or lane.stopped or not lane.table_has_work:
            return False
        if (lane.delay_s() or 0.0) > self._patience_s:
            return False
        low = lane.has_room and lane.ready_count < self._low_water
        wanted = low or (lane.wants_urgent and (lane.has_room or lane.has_ready))
        return wanted and (not self._gate.down or self._has_nothing_to_probe_with(lane))

    def _has_nothing_to_probe_with(self, lane: Lane) -> bool:
        """Whether no lane has records for probes while the provider is down; asked rarely."""
        now = lane.pace.now_s()
        if now < self._ask_again_at:
            return False
        self._ask_again_at = now + PROBES_AGAIN_S
        return self._fleet.resident < self._low_water

    async def read_page(self, lane: Lane) -> None:
        """Read the most urgent work of a lane back, as much as there is room for."""
        if not lane.opened:
            await self._ownership.take_over(lane)
        page = lane.page
        found = await self._work.open_work(
            lane.connection, without=lane.resident_ids, limit=page
        )
        works = [Work(w.record_id, w.document_type, w.priority, repeat=w.repeat) for w in found]
        self.left(lane.drained(works, table_has_more=len(found) == page))

    async def find_work(self) -> None:
        """Look for work that no signal here speaks of."""
        for connection, key in await self._work.lanes_with_work():
            partition = self._ownership.partition_of(key)
            if partition in self._ownership:
                lane = self._fleet.lane(connection, partition)
                lane.note_table_work()
                self._fleet.look(lane)

    async def resume_authorised(self) -> None:
        """Let lanes go on whose connection may call its provider again."""
        suspended = self._fleet.suspended()
        for connection in await self._work.authorised(suspended) if suspended else ():
            self._resume(connection)

    def _resume(self, connection: ConnectionId) -> None:
        lane = self._fleet.get(connection)
        if lane is not None and lane.partition in self._ownership:
            lane.suspended = False
            self._fleet.look(lane)

    # -- into the table ------------------------------------------------------------------

    def leave(self, lane: Lane) -> None:
        """Leave all ready work of a lane to the table."""
        self.left(lane.empty())

    def left(self, given_up: Sequence[Work]) -> None:
        """Finish the signals of what was left to the table: it says the same."""
        for work in given_up:
            self._offsets.finish(work.positions)

    def leave_what_waits(self) -> None:
        """Where a breaker has been open for long, leave what keeps offsets back."""
        for lane in self._fleet:
            waited_s = max(lane.pace.in_trouble_s, self._gate.down_s)
            if waited_s >= self._patience_s and lane.holds_signals:
                self.leave(lane)
