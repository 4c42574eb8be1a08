"""How far a relay has read an outbox, by snapshots rather than by numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in an outbox; snapshots are in PostgreSQL's text form, ``xmin:xmax:xip,...``.

    Attributes:
        done: The snapshot whose visible rows have all been read.
        target: The snapshot at which a large difference ends that is being read in pages; None
            when none is.
        last_seq: The number of the last row that was read on the way to ``target``.
    """

    done: str
    target: str | None
    last_seq: int

    def through(self, snapshot: str, last_seq: int) -> "Cursor":
        """Return the cursor behind one page of the rows that are new in ``snapshot``."""
        return replace(self, target=snapshot, last_seq=last_seq)

    def arrived(self, snapshot: str) -> "Cursor":
        """Return the cursor behind all rows that are visible in ``snapshot``."""
        return replace(self, done=snapshot, target=None)

    def is_past(self, other: "Cursor") -> bool:
        """Return whether this is a later place of the same shard, in one life of a database."""
        return self._place() > other._place()

    def _place(self) -> tuple[tuple[int, int], bool, int]:
        return snapshot_age(self.done), self.target is not None, self.last_seq


def lowest(cursors: Sequence[Cursor]) -> Cursor:
    """Return the place that all cursors of one life of a database are at or past.

    What is behind it is behind each of them, so a relay that resumes there misses no row.
    """
    paging = [cursor.last_seq for cursor in cursors if cursor.target is not None]
    return Cursor(
        done=min((cursor.done for cursor in cursors), key=snapshot_age),
        target=min((c.target or c.done for c in cursors), key=snapshot_age) if paging else None,
        last_seq=min(paging, default=0),
    )


def snapshot_age(snapshot: str) -> tuple[int, int]:
    """Return a key that orders the snapshots of one database by the time they were taken."""
    # A later snapshot has a higher upper end or, with the same end, fewer open transactions.
    _, upper_end, in_progress = snapshot.split(":")
    return int(upper_end), -len(in_progress.split(",")) if in_progress else 0


def oldest_open_xid(snapshot: str) -> int:
    """Return `pg_snapshot_xmin`: every transaction with a smaller id has ended."""
    return int(snapshot.partition(":")[0])
