"""How far a relay is in an outbox: snapshots, not numbers."""

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


def oldest_open_xid(snapshot: str) -> int:
    """The `pg_snapshot_xmin`: every transaction with a smaller id has ended."""
    return int(snapshot.partition(":")[0])
