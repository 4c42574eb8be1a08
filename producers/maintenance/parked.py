"""Parked rows as an operator sees them, and decisions on them that the relay carries out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from ledgerlane_outbox.parked import COUNT_PARKED, DECIDE, LIST_PARKED
from producers.maintenance.session import Connection


class Decision(StrEnum):
    """What the relay is to do with a parked row; the rows behind it follow in order."""

    RETRY = "retry"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """A row that is set aside.

    Attributes:
        seq: The number of the row; negative for an event without a row.
        event_id: The id of the event.
        topic: The topic to which it was to be published.
        partition_key: The key within which the order is kept.
        created_at: The time at which it was appended.
        parked_at: The time at which it was parked.
        reason: The reason why it was not published.
        head: Whether the row itself is at fault; other rows wait behind the head of their key.
        decision: A :class:`Decision` that the relay has not carried out yet; None if there is
            none.
    """

    seq: int
    event_id: UUID
    topic: str
    partition_key: str
    created_at: datetime
    parked_at: datetime
    reason: str
    head: bool
    decision: str | None


@dataclass(frozen=True, slots=True)
class ParkedCount:
    """The number of parked rows.

    Attributes:
        rows: The number of rows.
        held_keys: The number of keys whose rows wait.
        since: The time at which the oldest was parked; None if there is none.
        reason: The reason of the oldest; None if there is none.
    """

    rows: int
    held_keys: int
    since: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class ParkedFilter:
    """The parked rows to list; None means any.

    Attributes:
        topic: The topic of the row.
        key: The partition key of the row.
        seq: The number of the row.
        heads_only: Whether to leave out the rows that wait behind another.
    """

    topic: str | None = None
    key: str | None = None
    seq: int | None = None
    heads_only: bool = False


async def count_parked(connection: Connection) -> ParkedCount:
    """Return the number of parked rows and of the keys that they hold."""
    (found,) = await connection.fetch(COUNT_PARKED)
    return ParkedCount(*found)


async def list_parked(
    connection: Connection, wanted: ParkedFilter, *, limit: int
) -> list[ParkedRow]:
    """Return parked rows in the order in which they were parked."""
    found = await connection.fetch(
        LIST_PARKED, wanted.topic, wanted.key, wanted.seq, wanted.heads_only, limit
    )
    return [ParkedRow(*row) for row in found]


async def decide(
    connection: Connection, seqs: Sequence[int], decision: Decision, *, note: str = ""
) -> set[int]:
    """Record a decision that the relay carries out within seconds; return the rows it covers.

    Rows that are gone, that have a decision already, or that wait behind another row are left
    out: publishing the latter first would break the order of their key.

    Args:
        note: The reason; the relay logs it when it drops a row.
    """
    found = await connection.fetch(DECIDE, list(seqs), decision.value, note or None)
    return {row[0] for row in found}
