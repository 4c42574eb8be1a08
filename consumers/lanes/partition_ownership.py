"""Which partitions are this process's own, and its share of the app's quota with them."""

from collections.abc import Callable
from typing import Final

from consumers.lanes.lane import Lane
from consumers.lanes.pacing.shared_limiter import MINUTE_S, SharedLimiter
from consumers.lanes.ports import CallHistory
from providers.quotas import Quota
from schemas.ids import ProviderName
from schemas.topics import PROVIDER_PARTITIONS

NEVER: Final = float("-inf")


class PartitionOwnership:
    """A partition brings a twelfth of the app's quota along, less what was used of it.

    Shrinking is at once. After growing, the calls of the last minute that others made for the
    new partitions are counted like our own, so that together nobody calls too often.

    Args:
        partition_of: Says which partition a Kafka key belongs to.
    """

    def __init__(
        self,
        provider: ProviderName,
        quota: Quota,
        gate: SharedLimiter,
        history: CallHistory,
        *,
        partition_of: Callable[[str], int],
    ) -> None:
        self._provider = provider
        self._app_per_minute = quota.app_per_minute
        self._gate = gate
        self._history = history
        self.partition_of = partition_of
        self._owned: frozenset[int] = frozenset()
        self._left_at: dict[int, float] = {}

    def __contains__(self, partition: int) -> bool:
        return partition in self._owned

    async def gain(self, partitions: frozenset[int]) -> None:
        """Own these partitions too."""
        ended_at: list[float] = []
        if self._app_per_minute is not None:
            ended_at = await self._ended_at(partitions, self._app_per_minute)
        self._owned |= partitions
        self._gate.own(self._share, ended_at)

    def lose(self, partitions: frozenset[int]) -> None:
        """Own them no more, those that are owned."""
        self._left_at |= dict.fromkeys(partitions & self._owned, self._gate.now_s())
        self._owned -= partitions
        self._gate.own(self._share)

    async def take_over(self, lane: Lane) -> None:
        """Let a lane count the calls that an earlier owner of its realm made."""
        within_s = lane.pace.longest_window_s
        lane.pace.remember(await self._history.ages_s(lane.connection, within_s=within_s))
        lane.opened = True

    async def share_calls(self) -> None:
        """Return when a later owner can know of every call that was made here."""
        await self._history.share()

    @property
    def _share(self) -> float:
        return len(self._owned) / PROVIDER_PARTITIONS

    async def _ended_at(self, partitions: frozenset[int], app_per_minute: int) -> list[float]:
        """Say when calls of others ended for partitions that become ours.

        A note of their last second may still be missing: as many calls more are counted as
        the share allows in a second.
        """
        now = self._gate.now_s()
        found = []
        for key, age in await self._history.app_ages_s(self._provider, within_s=MINUTE_S):
            partition = self.partition_of(key)
            if partition in partitions and now - age > self._left_at.get(partition, NEVER):
                found.append(now - age)
        unknown = len(partitions) * app_per_minute / (PROVIDER_PARTITIONS * MINUTE_S)
        return found + [now] * round(unknown) if found else []
