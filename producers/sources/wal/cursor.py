"""Places in the log, and snapshots of the table that say what was published from there."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WalCursor:
    """A place in the log; it may lie within a transaction, which is acknowledged in parts.

    Attributes:
        lsn: The place before which every transaction that committed is done.
        commit_lsn: The place of the commit record of a transaction that is done in part; 0 if
            there is none.
        events: The number of that transaction's events that are done.
    """

    lsn: int
    commit_lsn: int = 0
    events: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A `pg_snapshot`.

    Attributes:
        xmin: The lowest transaction id that was open.
        xmax: The lowest transaction id that had not been given yet.
        open_xids: The ids between the two that were open.
    """

    xmin: int
    xmax: int
    open_xids: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> "Snapshot":
        """Return the snapshot that PostgreSQL writes as ``xmin:xmax:xip,...``."""
        xmin, xmax, open_xids = text.split(":")
        return cls(
            int(xmin), int(xmax), frozenset(map(int, filter(None, open_xids.split(","))))
        )

    def shows(self, xid: int) -> bool:
        """Return whether the transaction had ended: its rows are visible if it committed."""
        return xid < self.xmin or (xid < self.xmax and xid not in self.open_xids)


def lsn_text(lsn: int) -> str:
    """Return a place in PostgreSQL's form, such as 16/B374D848."""
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"
