"""Waits: which records need which others in the ledger first, and how they are woken."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.ids import ConnectionId, RecordId

# Linking and beginning to wait exclude each other within a connection, so that no wait is
# begun for what has just come true.
EXCLUDE: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:connection_id, 0))")
# In the order in which intake locks rows too, so that neither waits for the other in a circle.
LOCK: Final = text("""
    SELECT record_id FROM sync_records
     WHERE record_id IN (SELECT unnest(CAST(:record_ids AS uuid[]))
                          UNION
                         SELECT record_id FROM waits
                          WHERE awaited_id = ANY(CAST(:record_ids AS uuid[])))
     ORDER BY record_id FOR NO KEY UPDATE
""")
FORGET_WAITS: Final = text("DELETE FROM waits WHERE record_id = :record_id")
BEGIN_WAIT: Final = text("""
    INSERT INTO waits (record_id, awaited_id, agreed)
    SELECT :record_id, a.id, a.agreed
      FROM unnest(CAST(:awaited_ids AS uuid[]), CAST(:agreed AS boolean[])) AS a (id, agreed)
     WHERE NOT EXISTS (SELECT FROM sync_records r
                        WHERE r.record_id = a.id AND r.external_id IS NOT NULL
                          AND (r.state = 'agreed' OR NOT a.agreed))
""")
END_WAITS: Final = text("""
    DELETE FROM waits w USING sync_records r
     WHERE w.awaited_id = ANY(CAST(:record_ids AS uuid[])) AND r.record_id = w.awaited_id
       AND r.external_id IS NOT NULL AND (r.state = 'agreed' OR NOT w.agreed)
 RETURNING w.record_id
""")
WAKE: Final = text("""
    UPDATE sync_records r SET state = 'pending', reason = NULL, updated_at = :now
     WHERE r.record_id = ANY(CAST(:record_ids AS uuid[])) AND r.state = 'waiting'
       AND NOT EXISTS (SELECT FROM waits w WHERE w.record_id = r.record_id)
 RETURNING r.record_id
""")


async def lock(
    connection: AsyncConnection, connection_id: ConnectionId, record_ids: Sequence[RecordId]
) -> None:
    """Lock records that are about to be settled, and those that wait for them.

    First thing in a transaction that settles: later the order of the locks is anybody's.
    """
    await _exclude(connection, connection_id)
    await connection.execute(LOCK, {"record_ids": list(record_ids)})


async def begin_wait(
    connection: AsyncConnection,
    connection_id: ConnectionId,
    record_id: RecordId,
    awaited: Mapping[RecordId, bool],
) -> bool:
    """Note what a record waits for; ``False`` when all of it has come true meanwhile.

    Args:
        awaited: The records, and whether each must agree on its newest state.
    """
    await _exclude(connection, connection_id)
    await connection.execute(FORGET_WAITS, {"record_id": record_id})
    begun: Any = await connection.execute(
        BEGIN_WAIT,
        {
            "record_id": record_id,
            "awaited_ids": list(awaited),
            "agreed": list(awaited.values()),
        },
    )
    return bool(begun.rowcount)


async def wake(
    connection: AsyncConnection,
    connection_id: ConnectionId,
    changed: Sequence[RecordId],
    *,
    now: datetime,
) -> int:
    """Make pending what waited for nothing but these records; give how many that were."""
    await _exclude(connection, connection_id)
    waiting = await connection.execute(END_WAITS, {"record_ids": list(changed)})
    candidates = sorted(set(waiting.scalars()))
    if not candidates:
        return 0
    woken = await connection.execute(WAKE, {"record_ids": candidates, "now": now})
    return len(woken.all())


async def _exclude(connection: AsyncConnection, connection_id: ConnectionId) -> None:
    await connection.execute(EXCLUDE, {"connection_id": str(connection_id)})
