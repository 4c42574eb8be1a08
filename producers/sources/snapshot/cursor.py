"""How far a relay is in an outbox: snapshots, not numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Cursor:
    """Every row visible in ``done`` is behind us.

    While a large difference is paged through, ``target`` is its frozen upper end, and the rows
    visible in ``target`` up to ``last_seq`` are behind us too. Snapshots are in PostgreSQL's
    text form, ``xmin:xmax:xip,...``.
    """

    done: str
    target: str | None
    last_seq: int

    def through(self, snapshot: str, last_seq: int) -> "Cursor":
        """The cursor behind one page of the rows that are new in ``snapshot``."""
        return replace(self, target=snapshot, last_seq=last_seq)

    def arrived(self, snapshot: str) -> "Cursor":
        """The cursor behind all the rows that are visible in ``snapshot``."""
        return replace(self, done=snapshot, target=None)

    def is_past(self, other: "Cursor") -> bool:
        """Whether this is a later place of the same shard in the same life of a database."""
        return self._place() > other._place()

    def _place(self) -> tuple[tuple[int, int], bool, int]:
        return snapshot_age(self.done), self.target is not None, self.last_seq


def lowest(cursors: Sequence[Cursor]) -> Cursor:
    """The place that all of the cursors, of one life of a database, are at or past.

    What is behind it is behind each of them, so no row is lost to whoever resumes there.
    """
    paging = [cursor.last_seq for cursor in cursors if cursor.target is not None]
    return Cursor(
        done=min((cursor.done for cursor in cursors), key=snapshot_age),
        target=min((c.target or c.done for c in cursors), key=snapshot_age) if paging else None,
        last_seq=min(paging, default=0),
    )


def snapshot_age(snapshot: str) -> tuple[int, int]:
    """What orders the snapshots of one database by the time at which they were taken.

    A later one has a higher upper end or, with the same, fewer transactions in progress.
    """
    _, upper_end, in_progress = snapshot.split(":")
    return int(upper_end), -len(in_progress.split(",")) if in_progress else 0


def oldest_open_xid(snapshot: str) -> int:
    """The `pg_snapshot_xmin`: every transaction with a smaller id has ended."""
    return int(snapshot.partition(":")[0])
