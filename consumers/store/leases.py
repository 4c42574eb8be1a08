"""The table ``leases``: one row a partition, whose epoch rises with every owner.

A worker that lost its partition may not know it yet. The epoch is what stops it: every
statement that begins or ends a write locks the row and compares.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.lanes.fencing import Fenced
from schemas.ids import ProviderName


@dataclass(frozen=True, slots=True)
class Fence:
    """The right to write for one partition, as of one epoch.

    Attributes:
        provider: The provider whose topics the partition is of.
        partition: The partition's number, from 0.
        epoch: The epoch at which this worker took the lease, from 1.
    """

    provider: ProviderName
    partition: int
    epoch: int


TAKE: Final = text("""
    INSERT INTO leases AS l (provider, partition, epoch, owner, taken_at)
    SELECT :provider, p.partition, 1, :owner, :now
      FROM unnest(CAST(:partitions AS integer[])) AS p (partition)
        ON CONFLICT (provider, partition) DO UPDATE
       SET epoch = l.epoch + 1, owner = excluded.owner, taken_at = excluded.taken_at
 RETURNING l.partition, l.epoch
""")
# A share lock: transactions of one owner go on side by side, and a new owner, who updates the
# row, waits for them to end.
HOLD: Final = text("""
    SELECT epoch FROM leases WHERE provider = :provider AND partition = :partition FOR SHARE
""")


class PostgresLeases:
    """Every statement on ``leases``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def take(
        self, provider: ProviderName, partitions: Sequence[int], *, owner: str, now: datetime
    ) -> dict[int, int]:
        """Raise the epochs of these partitions and return them by partition."""
        # Sorted, as two workers may take the same ones at once.
        found = await self._connection.execute(
            TAKE,
            {
                "provider": provider,
                "partitions": sorted(partitions),
                "owner": owner,
                "now": now,
            },
        )
        return {row.partition: row.epoch for row in found.all()}

    async def hold(self, fence: Fence) -> None:
        """Keep the epoch as it is until the transaction ends.

        Raises:
            Fenced: the epoch is no longer the current one.
        """
        where = {"provider": fence.provider, "partition": fence.partition}
        found = await self._connection.execute(HOLD, where)
        if found.scalar_one_or_none() != fence.epoch:
            raise Fenced(f"{fence.provider} partition {fence.partition} epoch {fence.epoch}")
