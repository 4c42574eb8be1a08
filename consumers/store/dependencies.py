"""The table ``dependencies``: which records need which others, or contradict them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.dependency_cycles import (
    IN_A_CYCLE,
    NAMES_STOPPED,
    RecordRef,
    find_cycle,
    waiting_for_stopped,
)
from schemas import contradictions
from schemas.documents.document import DocumentType
from schemas.errors import Reason, codes_in
from schemas.ids import ConnectionId, RecordId
from schemas.result import SyncState

# Linking and beginning to wait exclude each other within a connection. Otherwise a record could
# begin to wait for one that another transaction is linking, which then wakes only those that it
# sees waiting: it would wait for ever.
EXCLUDE: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:connection_id, 0))")
# In the order in which intake locks rows too, so that neither waits for the other in a cycle.
LOCK: Final = text("""
    SELECT record_id FROM sync_records
     WHERE record_id IN (SELECT unnest(CAST(:record_ids AS uuid[]))
                          UNION
                         SELECT record_id FROM dependencies
                          WHERE awaited_id = ANY(CAST(:record_ids AS uuid[])))
     ORDER BY record_id FOR NO KEY UPDATE
""")
# What an older version waited for is forgotten: the newest may no longer name it.
FORGET: Final = text("DELETE FROM dependencies WHERE record_id = :record_id")
BEGIN_WAIT: Final = text("""
    INSERT INTO dependencies (record_id, awaited_id, agreed)
    SELECT :record_id, a.id, a.agreed
      FROM unnest(CAST(:awaited_ids AS uuid[]), CAST(:agreed AS boolean[])) AS a (id, agreed)
     WHERE NOT EXISTS (SELECT FROM sync_records r
                        WHERE r.record_id = a.id AND r.external_id IS NOT NULL
                          AND (r.state = 'agreed' OR NOT a.agreed))
""")
# Only while each is as it was compared: what came since would wake nobody.
BEGIN_COMPARISON: Final = text("""
    WITH compared AS (
        SELECT c.id, c.revision, COALESCE(r.revision, 0) AS newest
          FROM unnest(CAST(:compared_ids AS uuid[]), CAST(:revisions AS bigint[]))
               AS c (id, revision)
          LEFT JOIN sync_records r ON r.record_id = c.id)
    INSERT INTO dependencies (record_id, awaited_id, agreed, revision)
    SELECT :record_id, id, FALSE, revision FROM compared
     WHERE NOT EXISTS (SELECT FROM compared WHERE newest <> revision)
""")
# A wait for what is skipped ends too: what waits is planned again, finds that out, and asks a
# person rather than wait for what will never come.
END_WAITS: Final = text("""
    DELETE FROM dependencies d USING sync_records r
     WHERE d.awaited_id = ANY(CAST(:record_ids AS uuid[])) AND r.record_id = d.awaited_id
       AND CASE WHEN d.revision IS NULL
                THEN r.state = 'skipped'
                  OR r.external_id IS NOT NULL AND (r.state = 'agreed' OR NOT d.agreed)
                ELSE r.revision > d.revision END
 RETURNING d.record_id
""")
# What was skipped when a wait began holds nothing up: what waits for it beside others is
# planned again when those are there, or skipped too. A record that is held for a cycle waits
# too: the cycle may be opened elsewhere. One whose reason names what is stopped is planned
# again also where it waits for more: what is named may be what has just come, and what it still
# waits for may not be named. One that contradicts others is compared again when any of them is
# newer, and as if it were new: it was no try of the ledger's.
WAKE: Final = text("""
    WITH held AS (SELECT CAST(:contradictions AS text[]) AS contradictions)
    UPDATE sync_records r
       SET state = 'pending', reason = NULL, updated_at = :now,
           attempts_this_version = CASE WHEN r.reason ->> 'code' = ANY(held.contradictions)
                                        THEN 0 ELSE r.attempts_this_version END
      FROM held
     WHERE r.record_id = ANY(CAST(:record_ids AS uuid[]))
       AND ((r.state = 'held' AND r.reason ->> 'code' = ANY(held.contradictions))
            OR ((r.state = 'waiting'
                 OR (r.state = 'held' AND r.reason ->> 'code' = :in_a_cycle))
                AND (r.reason ->> 'code' = :names_stopped
                     OR NOT EXISTS (SELECT FROM dependencies d
                                      LEFT JOIN sync_records a ON a.record_id = d.awaited_id
                                     WHERE d.record_id = r.record_id
                                       AND a.state IS DISTINCT FROM 'skipped'))))
 RETURNING r.record_id
""")
# Which record waits for which, from one record on. UNION drops pairs that were met before, so
# that the search ends also where a cycle does not lead back to the first record.
AWAITED: Final = text("""
    WITH RECURSIVE ahead AS (
        SELECT record_id, awaited_id FROM dependencies WHERE record_id = :record_id
         UNION
        SELECT d.record_id, d.awaited_id
          FROM ahead a JOIN sync_records r ON r.record_id = a.awaited_id
          JOIN dependencies d ON d.record_id = a.awaited_id
         WHERE r.state = 'waiting' AND a.awaited_id <> :record_id
    )
    SELECT a.record_id, a.awaited_id, r.document_type, r.document_id, r.state,
           r.reason ->> 'cause' AS cause
      FROM ahead a JOIN sync_records r ON r.record_id = a.awaited_id
""")
UPDATE_WAITING_REASONS: Final = text("""
    UPDATE sync_records r SET reason = CAST(:reason AS jsonb), updated_at = :now
      FROM dependencies d
     WHERE d.awaited_id = :record_id AND r.record_id = d.record_id AND r.state = 'waiting'
""")

CONTRADICTIONS: Final = frozenset(entry.code for entry in codes_in(contradictions))
STOPPED: Final = frozenset({SyncState.HELD, SyncState.DEAD, SyncState.SKIPPED})


@dataclass(frozen=True, slots=True)
class Blockers:
    """Why a record may wait for long.

    Attributes:
        cycle: The records that wait for each other, from the one it awaits to itself; empty
            when there is no cycle.
        stopped: The records that it waits for, directly or through others, and at which
            nothing is done; sorted by type, id and state.
    """

    cycle: tuple[RecordRef, ...] = ()
    stopped: tuple[RecordRef, ...] = ()


def record_ref(
    document_type: str, document_id: str, state: SyncState, cause: str | None
) -> RecordRef:
    """Return a record by its names, with the cause where it is stopped."""
    return RecordRef(
        document_type, document_id, state, (cause or "") if state in STOPPED else ""
    )


def reason_of_wait(
    document_type: DocumentType, document_id: str, state: SyncState, why: Reason
) -> Reason:
    """Return the reason of those that wait for a record that was just stopped."""
    return waiting_for_stopped([record_ref(document_type.value, document_id, state, why.cause)])


def blockers_among(
    record_id: RecordId, pairs: Iterable[tuple[RecordId, RecordId, RecordRef]]
) -> Blockers:
    """Return the blockers of a record.

    Args:
        pairs: A waiting record, the one that it awaits, and the name and state of the latter.
    """
    known = list(pairs)
    names = {awaited: name for _, awaited, name in known}
    found = find_cycle(record_id, [(waiting, awaited) for waiting, awaited, _ in known])
    stopped = {name for name in names.values() if name.state in STOPPED}
    return Blockers(tuple(names[id_] for id_ in found), tuple(sorted(stopped)))


class PostgresDependencies:
    """Every statement on ``dependencies``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, connection_id: ConnectionId, record_ids: Sequence[RecordId]) -> None:
        """Lock records that are about to be settled, and those that wait for them."""
        await self._exclude(connection_id)
        await self._connection.execute(LOCK, {"record_ids": list(record_ids)})

    async def begin_wait(
        self,
        connection_id: ConnectionId,
        record_id: RecordId,
        awaited: Mapping[RecordId, bool],
    ) -> bool:
        """Record what a record waits for; return ``False`` when all of it has come true."""
        await self._exclude(connection_id)
        await self._connection.execute(FORGET, {"record_id": record_id})
        begun: Any = await self._connection.execute(
            BEGIN_WAIT,
            {
                "record_id": record_id,
                "awaited_ids": list(awaited),
                "agreed": list(awaited.values()),
            },
        )
        return bool(begun.rowcount)

    async def begin_comparison(
        self,
        connection_id: ConnectionId,
        record_id: RecordId,
        compared: Mapping[RecordId, int],
    ) -> bool:
        """Record what a record contradicts; return ``False`` when any of it is newer by now."""
        await self._exclude(connection_id)
        await self._connection.execute(FORGET, {"record_id": record_id})
        begun: Any = await self._connection.execute(
            BEGIN_COMPARISON,
            {
                "record_id": record_id,
                "compared_ids": list(compared),
                "revisions": list(compared.values()),
            },
        )
        return bool(begun.rowcount)

    async def blockers(self, record_id: RecordId) -> Blockers:
        """Return why a wait that was just begun may last."""
        found = await self._connection.execute(AWAITED, {"record_id": record_id})
        return blockers_among(
            record_id,
            (
                (
                    RecordId(waiting),
                    RecordId(awaited),
                    record_ref(kind, document_id, SyncState(state), cause),
                )
                for waiting, awaited, kind, document_id, state, cause in found.all()
            ),
        )

    async def update_waiting_reasons(
        self, record_id: RecordId, reason: Reason, *, now: datetime
    ) -> int:
        """Store a reason with all that wait for a record, and return how many those are."""
        updated: Any = await self._connection.execute(
            UPDATE_WAITING_REASONS,
            {
                "record_id": record_id,
                "reason": orjson.dumps(reason.as_dict()).decode(),
                "now": now,
            },
        )
        return int(updated.rowcount)

    async def wake(
        self, connection_id: ConnectionId, changed: Sequence[RecordId], *, now: datetime
    ) -> int:
        """Make pending what waits for these no more, or contradicted what they were before.

        What waits for others still stays, unless its reason names what is stopped.
        """
        await self._exclude(connection_id)
        waiting = await self._connection.execute(END_WAITS, {"record_ids": list(changed)})
        candidates = sorted(set(waiting.scalars()))
        if not candidates:
            return 0
        woken = await self._connection.execute(
            WAKE,
            {
                "record_ids": candidates,
                "contradictions": sorted(CONTRADICTIONS),
                "in_a_cycle": IN_A_CYCLE,
                "names_stopped": NAMES_STOPPED,
                "now": now,
            },
        )
        return len(woken.all())

    async def _exclude(self, connection_id: ConnectionId) -> None:
        await self._connection.execute(EXCLUDE, {"connection_id": str(connection_id)})
