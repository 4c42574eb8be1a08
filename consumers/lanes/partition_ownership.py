"""Which partitions are this process's own, and its share of the common quota with them."""

from collections.abc import Callable
from typing import Final

from consumers.lanes.family import LaneFamily
from consumers.lanes.lane import Lane
from consumers.lanes.pacing.quota import MINUTE_S
from consumers.lanes.pacing.shared_limiter import SharedLimiter
from consumers.lanes.ports import CallHistory

NEVER: Final = float("-inf")


class PartitionOwnership:
    """Each partition brings an equal share of the family's quota, less what was used of it.

    Shrinking is at once. After growing, the calls of the last minute that others made for the
    new partitions are counted like our own, so that all processes together keep within it.

    Args:
        partition_of: Returns the partition that a Kafka key belongs to.
    """

    def __init__(
        self,
        family: LaneFamily,
        shared: SharedLimiter,
        history: CallHistory,
        *,
        partition_of: Callable[[str], int],
    ) -> None:
        self._family = family
        self._shared = shared
        self._history = history
        self.partition_of = partition_of
        self._owned: frozenset[int] = frozenset()
        self._left_at: dict[int, float] = {}

    def __contains__(self, partition: int) -> bool:
        return partition in self._owned

    async def gain(self, partitions: frozenset[int]) -> None:
        """Own these partitions too."""
        ended_at: list[float] = []
        if self._family.shared_per_minute is not None:
            ended_at = await self._ended_at(partitions, self._family.shared_per_minute)
        self._owned |= partitions
        self._shared.own(self._share, ended_at)

    def lose(self, partitions: frozenset[int]) -> None:
        """Own them no more, those that are owned."""
        self._left_at |= dict.fromkeys(partitions & self._owned, self._shared.now_s())
        self._owned -= partitions
        self._shared.own(self._share)

    async def take_over(self, lane: Lane) -> None:
        """Count the calls that an earlier owner of a lane made, and open the lane."""
        within_s = lane.pace.longest_window_s
        lane.pace.remember(await self._history.ages_s(lane.id, within_s=within_s))
        lane.open()

    async def share_calls(self) -> None:
        """Return when a later owner can know of every call that was made here."""
        await self._history.share()

    @property
    def _share(self) -> float:
        return len(self._owned) / self._family.partitions

    async def _ended_at(self, partitions: frozenset[int], per_minute: int) -> list[float]:
        """Return when calls of others ended for partitions that become ours."""
        now = self._shared.now_s()
        found = []
        for key, age in await self._history.family_ages_s(self._family.name, within_s=MINUTE_S):
            partition = self.partition_of(key)
            # What we called for a partition before we left it is in our own window already.
            if partition in partitions and now - age > self._left_at.get(partition, NEVER):
                found.append(now - age)
        # The record of their last second may still be missing, so as many calls more are
        # counted as the share allows in a second.
        unknown = len(partitions) * per_minute / (self._family.partitions * MINUTE_S)
        return found + [now] * round(unknown) if found else []
