"""Replay: bring dead letters back. A replay is a signal or the event itself, never a state.

So it can't write an old state: a record that has moved on is planned from its newest
documents, and an event that is older than what is known changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from consumers.kafka.signal_producer import signal_about
from schemas.ids import RecordId
from schemas.signal import Priority, Signal


class Effect(StrEnum):
    """What a replay of a dead letter will do."""

    PUSH = "push"  # its record is not in agreement, and is tried again
    SUPERSEDED = "superseded"  # its record has agreed since, on this version or a newer one
    EVENT = "event"  # the event goes through intake again
    LOST = "lost"  # a record that was no signal: there is nothing to bring back


@dataclass(frozen=True, slots=True)
class Replay:
    """One dead letter and what its replay will do."""

    letter: Mapping[str, Any]
    effect: Effect


BASE_VERSIONS: Final = text("""
    SELECT record_id, base_version FROM sync_records
     WHERE record_id = ANY(CAST(:record_ids AS uuid[]))
""")

ANSWER_LETTERS: Final = text("""
    UPDATE dead_letters SET replayed_at = :now
     WHERE record_id = :record_id AND replayed_at IS NULL
""")


async def answer_letters(
    connection: AsyncConnection, record_id: RecordId, *, now: datetime
) -> None:
    """Note of a record's dead letters that they were replayed: it is tried again."""
    await connection.execute(ANSWER_LETTERS, {"record_id": record_id, "now": now})


async def plan_replays(
    connection: AsyncConnection, letters: Sequence[Mapping[str, Any]]
) -> list[Replay]:
    """Say what replaying these would do; changes nothing."""
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


def signal_for(letter: Mapping[str, Any]) -> Signal:
    """Give the signal that tries a letter's record again, after all other work."""
    return signal_about(letter, version=letter["version"], priority=Priority.IMPORT)
