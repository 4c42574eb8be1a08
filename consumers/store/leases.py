"""Leases: one row a partition, whose epoch rises with every owner."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import ProviderName

TAKE: Final = text("""
    INSERT INTO leases AS l (provider, partition, epoch, owner, taken_at)
    SELECT :provider, p.partition, 1, :owner, :now
      FROM unnest(CAST(:partitions AS integer[])) AS p (partition)
        ON CONFLICT (provider, partition) DO UPDATE
       SET epoch = l.epoch + 1, owner = excluded.owner, taken_at = excluded.taken_at
 RETURNING l.partition, l.epoch
""")


async def take_leases(
    connection: AsyncConnection,
    provider: ProviderName,
    partitions: Sequence[int],
    *,
    owner: str,
    now: datetime,
) -> dict[int, int]:
    """Raise the epochs of these partitions; an owner of an older epoch writes no more."""
    found = await connection.execute(
        TAKE,
        {"provider": provider, "partitions": sorted(partitions), "owner": owner, "now": now},
    )
    return {row.partition: row.epoch for row in found.all()}
