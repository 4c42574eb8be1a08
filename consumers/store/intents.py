"""The table ``intents``: "about to write", with the key that every repeat will carry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.lanes.fencing import Fenced
from consumers.store.leases import Fence
from providers.base import Operation
from schemas.ids import RecordId


@dataclass(frozen=True, slots=True)
class IntendedWrite:
    """A write that is about to begin.

    Attributes:
        record_id: The record that is written.
        operation: Whether it is created, updated or voided.
        version: The platform's version of the document that is written.
        idempotency_key: The key that the call is to carry, where no earlier one is kept.
        sent_as: By what a create can be found again (`consumers/sync/sent_as.py`); empty for
            an update and a void.
    """

    record_id: RecordId
    operation: Operation
    version: int
    idempotency_key: UUID
    sent_as: str = ""


def idempotency_key(
    record_id: RecordId, operation: Operation, *, version: int, failures: int
) -> UUID:
    """Return the key of a write: the same after a restart, another after a known failure.

    Args:
        failures: How many writes of this record are known to have failed. A provider may keep
            a failure under its key and answer with it again after the cause is gone.
    """
    return uuid5(record_id, f"{operation}/{version}/{failures}")


# The lease row is locked until the intents are committed: a new owner can't raise the epoch in
# between. An intent that is open keeps its version, as the ledger may hold that one. It keeps
# its key while it is a create, whose outcome the key decides; a repeated update is harmless and
# takes the newer one. What creates were sent as is added up: each of them may be there.
OPEN: Final = text("""
    WITH fence AS MATERIALIZED (
        SELECT epoch FROM leases WHERE provider = :provider AND partition = :partition
           FOR SHARE)
    INSERT INTO intents AS i (record_id, operation, version, idempotency_key, epoch, started_at,
                              sent_as)
    SELECT n.record_id, n.operation, n.version, n.idempotency_key, :epoch, :now,
           array_remove(ARRAY[n.sent_as], '')
      FROM unnest(CAST(:record_ids AS uuid[]), CAST(:operations AS text[]),
                  CAST(:versions AS bigint[]), CAST(:keys AS uuid[]), CAST(:sent_as AS text[]))
        AS n (record_id, operation, version, idempotency_key, sent_as), fence
     WHERE fence.epoch = :epoch
        ON CONFLICT (record_id) DO UPDATE
       SET epoch = excluded.epoch, operation = excluded.operation, version = i.version,
           idempotency_key = CASE WHEN i.operation = 'create' THEN i.idempotency_key
                                  ELSE excluded.idempotency_key END,
           sent_as = CASE WHEN i.sent_as @> excluded.sent_as THEN i.sent_as
                          ELSE i.sent_as || excluded.sent_as END
 RETURNING i.record_id, i.idempotency_key
""")
CLOSE: Final = text("DELETE FROM intents WHERE record_id = ANY(CAST(:record_ids AS uuid[]))")


class PostgresIntents:
    """Every statement on ``intents``, but for the join that reads them with their records."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def open(
        self, fence: Fence, writes: Sequence[IntendedWrite], *, now: datetime
    ) -> dict[RecordId, UUID]:
        """Record that writes begin, and return the idempotency key that each carries.

        Raises:
            Fenced: the epoch is no longer the current one.
        """
        found = await self._connection.execute(
            OPEN,
            {
                "provider": fence.provider,
                "partition": fence.partition,
                "epoch": fence.epoch,
                "now": now,
                "record_ids": [one.record_id for one in writes],
                "operations": [one.operation.value for one in writes],
                "versions": [one.version for one in writes],
                "keys": [one.idempotency_key for one in writes],
                "sent_as": [one.sent_as for one in writes],
            },
        )
        keys = {RecordId(row.record_id): row.idempotency_key for row in found.all()}
        if len(keys) < len({one.record_id for one in writes}):
            raise Fenced(f"{fence.provider} partition {fence.partition} epoch {fence.epoch}")
        return keys

    async def close(self, record_ids: Sequence[RecordId]) -> None:
        """Delete intents whose outcome is stored in the same transaction."""
        if record_ids:
            await self._connection.execute(CLOSE, {"record_ids": list(record_ids)})
