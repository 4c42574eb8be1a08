"""Intents: the row that says "about to write", with the key that every repeat will carry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.lanes.fencing import Fenced
from providers.base import Operation
from schemas.ids import ProviderName, RecordId


@dataclass(frozen=True, slots=True)
class Fence:
    """The right to write for one partition, as of one epoch."""

    provider: ProviderName
    partition: int
    epoch: int


@dataclass(frozen=True, slots=True)
class About:
    """What is about to be written."""

    record_id: RecordId
    operation: Operation
    version: int
    idempotency_key: UUID


def idempotency_key(
    record_id: RecordId, operation: Operation, *, version: int, tries: int
) -> UUID:
    """Give the key of a write: the same after a restart, another after a known failure.

    Args:
        tries: How many writes of this record are known to have failed. A provider may keep a
            failure under its key and answer with it again after the cause is gone.
    """
    return uuid5(record_id, f"{operation}/{version}/{tries}")


# The lease row is locked until the intents are committed: a new owner can't raise the epoch in
# between. An intent that is open keeps its key while it is a create, whose outcome the key
# decides; a repeated update is harmless and takes the newer one.
OPEN: Final = text("""
    WITH fence AS MATERIALIZED (
        SELECT epoch FROM leases WHERE provider = :provider AND partition = :partition
           FOR SHARE)
    INSERT INTO intents AS i (record_id, operation, version, idempotency_key, epoch, started_at)
    SELECT n.record_id, n.operation, n.version, n.idempotency_key, :epoch, :now
      FROM unnest(CAST(:record_ids AS uuid[]), CAST(:operations AS text[]),
                  CAST(:versions AS bigint[]), CAST(:keys AS uuid[]))
        AS n (record_id, operation, version, idempotency_key), fence
     WHERE fence.epoch = :epoch
        ON CONFLICT (record_id) DO UPDATE
       SET epoch = excluded.epoch, operation = excluded.operation,
           version = CASE WHEN i.operation = 'create' THEN i.version ELSE excluded.version END,
           idempotency_key = CASE WHEN i.operation = 'create' THEN i.idempotency_key
                                  ELSE excluded.idempotency_key END
 RETURNING i.record_id, i.idempotency_key
""")
HOLD: Final = text("""
    SELECT epoch FROM leases WHERE provider = :provider AND partition = :partition FOR SHARE
""")
CLOSE: Final = text("DELETE FROM intents WHERE record_id = ANY(CAST(:record_ids AS uuid[]))")


async def open_intents(
    connection: AsyncConnection, fence: Fence, about: Sequence[About], *, now: datetime
) -> dict[RecordId, UUID]:
    """Write intents under the current epoch; give the idempotency key that each write carries.

    Raises:
        Fenced: the epoch is no longer the current one.
    """
    found = await connection.execute(
        OPEN,
        {
            "provider": fence.provider,
            "partition": fence.partition,
            "epoch": fence.epoch,
            "now": now,
            "record_ids": [a.record_id for a in about],
            "operations": [a.operation.value for a in about],
            "versions": [a.version for a in about],
            "keys": [a.idempotency_key for a in about],
        },
    )
    keys = {RecordId(row.record_id): row.idempotency_key for row in found.all()}
    if len(keys) < len({a.record_id for a in about}):
        raise Fenced(f"{fence.provider} partition {fence.partition} epoch {fence.epoch}")
    return keys


async def hold(connection: AsyncConnection, fence: Fence) -> None:
    """Keep the epoch as it is until the transaction ends.

    Raises:
        Fenced: the epoch is no longer the current one.
    """
    where = {"provider": fence.provider, "partition": fence.partition}
    found = await connection.execute(HOLD, where)
    if found.scalar_one_or_none() != fence.epoch:
        raise Fenced(f"{fence.provider} partition {fence.partition} epoch {fence.epoch}")


async def close_intents(connection: AsyncConnection, record_ids: Sequence[RecordId]) -> None:
    """Forget intents whose outcome is stored in the same transaction."""
    if record_ids:
        await connection.execute(CLOSE, {"record_ids": list(record_ids)})
