"""How far the log is read: positions in it, and what the table's snapshot shows already."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WalCursor:
    """Every transaction that committed before ``lsn`` is behind us.

    Of the one whose commit record starts at ``commit_lsn``, if it is not 0, so are the first
    ``events``: a large transaction is acknowledged in parts.
    """

    lsn: int
    commit_lsn: int = 0
    events: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A `pg_snapshot`: which transactions had ended when it was taken."""

    xmin: int
    xmax: int
    open_xids: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> "Snapshot":
        """Read PostgreSQL's text form, ``xmin:xmax:xip,...``."""
        xmin, xmax, open_xids = text.split(":")
        return cls(
            int(xmin), int(xmax), frozenset(map(int, filter(None, open_xids.split(","))))
        )

    def shows(self, xid: int) -> bool:
        """Whether the transaction had ended, so that its rows are visible if it committed."""
        return xid < self.xmin or (xid < self.xmax and xid not in self.open_xids)


def lsn_text(lsn: int) -> str:
    """Write a position as PostgreSQL does: 16/B374D848."""
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"
