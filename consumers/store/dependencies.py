"""Waits: which records need which others in the ledger first, and how they are woken."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.dependency_cycles import IN_A_CIRCLE, RecordRef, find_cycle
from schemas.errors import Reason
from schemas.ids import ConnectionId, RecordId
from schemas.result import SyncState

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
# A record that is held for a circle waits too: the circle may be opened elsewhere.
WAKE: Final = text("""
    UPDATE sync_records r SET state = 'pending', reason = NULL, updated_at = :now
     WHERE r.record_id = ANY(CAST(:record_ids AS uuid[]))
       AND (r.state = 'waiting' OR (r.state = 'held' AND r.reason ->> 'code' = :in_a_circle))
       AND NOT EXISTS (SELECT FROM waits w WHERE w.record_id = r.record_id)
 RETURNING r.record_id
""")
# Who waits for whom, from one record on: each pair once, however many ways lead to it.
AWAITED: Final = text("""
    WITH RECURSIVE ahead AS (
        SELECT record_id, awaited_id FROM waits WHERE record_id = :record_id
         UNION
        SELECT w.record_id, w.awaited_id
          FROM ahead a JOIN sync_records r ON r.record_id = a.awaited_id
          JOIN waits w ON w.record_id = a.awaited_id
         WHERE r.state = 'waiting' AND a.awaited_id <> :record_id
    )
    SELECT a.record_id, a.awaited_id, r.document_type, r.document_id, r.state
      FROM ahead a JOIN sync_records r ON r.record_id = a.awaited_id
""")
TELL_WAITERS: Final = text("""
    UPDATE sync_records r SET reason = CAST(:reason AS jsonb), updated_at = :now
      FROM waits w
     WHERE w.awaited_id = :record_id AND r.record_id = w.record_id AND r.state = 'waiting'
""")

STOPPED: Final = frozenset({SyncState.HELD, SyncState.DEAD, SyncState.SKIPPED})


@dataclass(frozen=True, slots=True)
class Obstacles:
    """Why a record may wait for long.

    Attributes:
        circle: The records that wait for each other, from the one it awaits to itself; empty
            when there is no circle.
        stopped: The records that it waits for, through however many, at which nothing is done.
    """

    circle: tuple[RecordRef, ...] = ()
    stopped: tuple[RecordRef, ...] = ()


def obstacles_among(
    record_id: RecordId, pairs: Iterable[tuple[RecordId, RecordId, RecordRef]]
) -> Obstacles:
    """Find the obstacles of a record among pairs of who waits for whom, by name."""
    known = list(pairs)
    names = {awaited: name for _, awaited, name in known}
    found = find_cycle(record_id, [(waiting, awaited) for waiting, awaited, _ in known])
    stopped = {name for name in names.values() if name.state in STOPPED}
    return Obstacles(tuple(names[id_] for id_ in found), tuple(sorted(stopped)))


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
    woken = await connection.execute(
        WAKE, {"record_ids": candidates, "in_a_circle": IN_A_CIRCLE, "now": now}
    )
    return len(woken.all())


async def obstacles(connection: AsyncConnection, record_id: RecordId) -> Obstacles:
    """Say why a wait that was just begun may last."""
    found = await connection.execute(AWAITED, {"record_id": record_id})
    return obstacles_among(
        record_id,
        (
            (
                RecordId(waiting),
                RecordId(awaited),
                RecordRef(kind, document_id, SyncState(state)),
            )
            for waiting, awaited, kind, document_id, state in found.all()
        ),
    )


async def tell_waiters(
    connection: AsyncConnection, record_id: RecordId, reason: Reason, *, now: datetime
) -> int:
    """Let those that wait for a record say why they do; give how many that are."""
    told: Any = await connection.execute(
        TELL_WAITERS,
        {
            "record_id": record_id,
            "reason": orjson.dumps(reason.as_dict()).decode(),
            "now": now,
        },
    )
    return int(told.rowcount)


async def _exclude(connection: AsyncConnection, connection_id: ConnectionId) -> None:
    await connection.execute(EXCLUDE, {"connection_id": str(connection_id)})
