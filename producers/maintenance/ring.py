"""The ring of slots: what is in each, which may be truncated, and when it is full."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ledgerlane_outbox.retention import RING, SLOTS
from producers.maintenance.session import Connection

LONGEST_RETENTION_DAYS: Final = SLOTS - 2
"""The longest retention: a slot is needed again after eight days, and one of them is kept to
truncate it in."""


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """The time for which published rows are kept for replays.

    Attributes:
        days: The number of whole days from the end of a row's own day in UTC, from 1 to 6.
    """

    days: int = 3

    def __post_init__(self) -> None:
        if not 1 <= self.days <= LONGEST_RETENTION_DAYS:
            raise ValueError(
                f"retention is {self.days} days: the ring holds 1 to {LONGEST_RETENTION_DAYS}"
            )


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot of the ring.

    Attributes:
        number: The number of the slot, from 0 to 7.
        age_days: The number of days since writers last used the slot; 0 if they use it now.
        size_bytes: The size of its table and indexes.
        filled: Whether its table has pages, even if all rows in them were rolled back.
        about_rows: The number of rows according to PostgreSQL's statistics.
        oldest_at: The time at which the first of its rows was appended; None if it is empty.
        unpublished: Whether the slot is old and has a row that is not published yet.
        locked_by: The backends that have a lock on it at present, a polling relay included.
        snapshot: The snapshot in which all this was read, in PostgreSQL's text form.
    """

    number: int
    age_days: int
    size_bytes: int
    filled: bool
    about_rows: int
    oldest_at: datetime | None
    unpublished: bool
    locked_by: Sequence[int] = ()
    snapshot: str = "1:1:"

    def is_due(self, policy: RetentionPolicy) -> bool:
        """Return whether the slot is old enough to be truncated."""
        return self.filled and self.age_days > policy.days

    def may_be_truncated(self, policy: RetentionPolicy) -> bool:
        """Return whether the slot is old enough and all of its rows are published."""
        return self.is_due(policy) and not self.unpublished

    @property
    def days_left(self) -> int:
        """Return the number of days until writers use the slot again; 0 if they use it now."""
        return (SLOTS - self.age_days) % SLOTS


def days_left(slots: Sequence[Slot], *, now: datetime) -> int:
    """Return the number of days until new rows share a slot with rows of eight days before.

    It is 0 if they already do, and 8 if the ring is empty.
    """
    # Nothing is lost when they do: the slot only stays, and grows, until all of its rows are
    # published and old.
    if any(wrapped(slot, now=now) for slot in slots):
        return 0
    return min((s.days_left for s in slots if s.age_days and s.filled), default=SLOTS)


def wrapped(slot: Slot, *, now: datetime) -> bool:
    """Return whether the slot has rows of today as well as of eight or more days before."""
    return (
        slot.age_days == 0
        and slot.oldest_at is not None
        and (now.date() - slot.oldest_at.astimezone(now.tzinfo).date()).days >= SLOTS
    )


async def read_ring(connection: Connection, policy: RetentionPolicy) -> list[Slot]:
    """Return every slot of the ring."""
    found = await connection.fetch(RING, policy.days)
    return [Slot(*row) for row in found]
