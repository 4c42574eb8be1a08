"""Replay of dead letters: a signal or the event once more, never a state.

So no old state can be written: a record that has moved on is planned from its newest documents,
and an event that is older than what is known changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.documents.document import DocumentType
from schemas.ids import ConnectionId, RealmId, RecordId, TenantId
from schemas.signal import Priority, Signal


class Effect(StrEnum):
    """What a replay of a dead letter will do."""

    PUSH = "push"  # its record is not in agreement, and is tried again
    SUPERSEDED = "superseded"  # its record has agreed since, on this version or a newer one
    EVENT = "event"  # the event goes through intake again
    LOST = "lost"  # a record that was no signal: there is nothing to bring back


@dataclass(frozen=True, slots=True)
class Replay:
    """One dead letter and what its replay will do.

    Attributes:
        letter: The row of ``dead_letters``.
        effect: What becomes of its record or event.
    """

    letter: Mapping[str, Any]
    effect: Effect


BASE_VERSIONS: Final = text("""
    SELECT record_id, base_version FROM sync_records
     WHERE record_id = ANY(CAST(:record_ids AS uuid[]))
""")

MARK_ALL_REPLAYED: Final = text("""
    UPDATE dead_letters SET replayed_at = :now
     WHERE record_id = :record_id AND replayed_at IS NULL
""")


async def mark_all_replayed(
    connection: AsyncConnection, record_id: RecordId, *, now: datetime
) -> None:
    """Record that all dead letters of a record were replayed, as it is tried again."""
    await connection.execute(MARK_ALL_REPLAYED, {"record_id": record_id, "now": now})


async def plan_replays(
    connection: AsyncConnection, letters: Sequence[Mapping[str, Any]]
) -> list[Replay]:
    """Return what replaying these would do; changes nothing."""
    ids = [letter["record_id"] for letter in letters if letter["record_id"]]
    found = await connection.execute(BASE_VERSIONS, {"record_ids": ids})
    agreed = {row.record_id: row.base_version for row in found.all()}
    return [Replay(letter, _effect(letter, agreed)) for letter in letters]


def _effect(letter: Mapping[str, Any], agreed: Mapping[Any, int | None]) -> Effect:
    record = letter["record_id"]
    if record is None:
        return Effect.LOST if letter["provider"] else Effect.EVENT
    version = agreed.get(record)
    if version is not None and version >= letter["version"]:
        return Effect.SUPERSEDED
    return Effect.PUSH


def signal_about(row: Mapping[Any, Any], *, version: int, priority: Priority) -> Signal:
    """Return the signal that has a record tried again, from a row that names it."""
    return Signal(
        record_id=RecordId(row["record_id"]),
        connection_id=ConnectionId(row["connection_id"]),
        tenant_id=TenantId(row["tenant_id"]),
        realm_id=RealmId(row["realm_id"]),
        document_type=DocumentType(row["document_type"]),
        version=version,
        priority=priority,
    )


def signal_for(letter: Mapping[str, Any]) -> Signal:
    """Return the signal that has a letter's record tried again, after all other work."""
    return signal_about(letter, version=letter["version"], priority=Priority.IMPORT)
