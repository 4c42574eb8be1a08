"""Parked rows, as an operator sees and judges them; the relay carries the decisions out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from ledgerlane_outbox.parked import COUNT_PARKED, DECIDE, LIST_PARKED
from producers.maintenance.session import Connection


class Decision(StrEnum):
    """What is to become of a parked row; then of those behind it, in order."""

    RETRY = "retry"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """A row that is set aside.

    Attributes:
        head: It is at fault itself; others wait behind the head of their key.
        decision: A :class:`Decision` that the relay has yet to carry out.
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
    """How much is set aside; the oldest is described where there is any."""

    rows: int
    held_keys: int
    since: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class ParkedFilter:
    """Which parked rows are meant; None means any."""

    topic: str | None = None
    key: str | None = None
    seq: int | None = None
    heads_only: bool = False


async def count_parked(connection: Connection) -> ParkedCount:
    """Count the parked rows and the keys that they hold."""
    (found,) = await connection.fetch(COUNT_PARKED)
    return ParkedCount(*found)


async def list_parked(
    connection: Connection, wanted: ParkedFilter, *, limit: int
) -> list[ParkedRow]:
    """List parked rows in the order in which they were parked."""
    found = await connection.fetch(
        LIST_PARKED, wanted.topic, wanted.key, wanted.seq, wanted.heads_only, limit
    )
    return [ParkedRow(*row) for row in found]


async def decide(
    connection: Connection, seqs: Sequence[int], decision: Decision, *, note: str = ""
) -> set[int]:
    """Have the relay retry or drop rows within seconds; returns those that it will.

    Left out are rows that are gone, that have a decision already, and that wait behind another:
    to publish those first would break the order of their key.

    Args:
        note: Why; the relay logs it when it drops a row.
    """
    found = await connection.fetch(DECIDE, list(seqs), decision.value, note or None)
    return {row[0] for row in found}
