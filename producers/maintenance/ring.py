"""The ring of slots: what is in each, which may be emptied, and when it comes round."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ledgerlane_outbox.retention import RING, SLOTS
from producers.maintenance.session import Connection

LONGEST_RETENTION_DAYS: Final = SLOTS - 2
"""A day's slot is needed again after eight days; one of them is there to empty it in."""


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """How long published rows are kept, for replays.

    Attributes:
        days: Whole days, from 1 to 6, from the end of a row's own day, by UTC.
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
        age_days: Days since its day was today; 0 is where writers are now.
        size_bytes: With indexes.
        filled: Its table has pages, if only with rows that were rolled back.
        about_rows: By PostgreSQL's statistics.
        oldest_at: When the first of its rows was appended.
        unpublished: It is old, and the cursor of some row's shard has not passed the row.
        locked_by: Backends that have it locked at the moment; a relay's poll is one, too.
        snapshot: That in which all this is so, in PostgreSQL's text form.
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
        """Whether it is old enough to be emptied."""
        return self.filled and self.age_days > policy.days

    def may_be_truncated(self, policy: RetentionPolicy) -> bool:
        """Whether it is old enough, and nothing in it is still to be published."""
        return self.is_due(policy) and not self.unpublished

    @property
    def days_left(self) -> int:
        """Whole days until writers come to it again; 0 when it is today's."""
        return (SLOTS - self.age_days) % SLOTS


def days_left(slots: Sequence[Slot], *, now: datetime) -> int:
    """Tell after how many days rows land on a slot that has rows of its last time round.

    0 when they do already: the slot stays as it is until all its rows are published and old, so
    nothing is lost, but it is larger. As many days as the ring has when it is empty.
    """
    if any(wrapped(slot, now=now) for slot in slots):
        return 0
    return min((s.days_left for s in slots if s.age_days and s.filled), default=SLOTS)


def wrapped(slot: Slot, *, now: datetime) -> bool:
    """Whether today's rows lie on top of those of the last time round."""
    return (
        slot.age_days == 0
        and slot.oldest_at is not None
        and (now.date() - slot.oldest_at.astimezone(now.tzinfo).date()).days >= SLOTS
    )


async def read_ring(connection: Connection, policy: RetentionPolicy) -> list[Slot]:
    """Look at every slot."""
    found = await connection.fetch(RING, policy.days)
    return [Slot(*row) for row in found]
