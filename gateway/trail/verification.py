"""Whether a chain of the audit trail is as it was written: from its rows alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.trail.entry import FIRST, ChainedEntry, digest_of


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain at one time.

    Attributes:
        tenant: Whose chain it is; empty for what belongs to no tenant.
        seq: The number of the last entry.
        digest: Its digest, which depends on all entries before it.
    """

    tenant: str
    seq: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Misfit:
    """The first place at which a chain is not as it was written.

    Attributes:
        tenant: Whose chain it is.
        seq: The number of the entry that does not fit or is not there.
        why: What is wrong with it, for a person.
    """

    tenant: str
    seq: int
    why: str


class ChainCheck:
    """Checks the entries of one chain, in order, against the heads that it must have had.

    Whoever can write to the database can also make a changed chain fit in itself. That is seen
    only by a head that was copied to where they can't write.

    Args:
        heads: Ends of the chain: the database's own, and those that were kept elsewhere.
    """

    def __init__(self, tenant: str, heads: Sequence[Head]) -> None:
        self._tenant = tenant
        self._heads = heads
        self._last = 0
        self._previous = FIRST

    def next(self, found: ChainedEntry) -> Misfit | None:
        """Return what is wrong with the next entry; ``None`` where it fits."""
        seq, previous = self._last + 1, self._previous
        self._last, self._previous = found.seq, found.digest
        if found.seq != seq:
            return Misfit(self._tenant, seq, f"is missing: after it comes number {found.seq}")
        if digest_of(found.entry, seq=seq, previous=previous) != found.digest:
            return Misfit(self._tenant, seq, "was changed, or what was before it")
        if any(head.seq == seq and head.digest != found.digest for head in self._heads):
            return Misfit(self._tenant, seq, "is not the entry that was written there")
        return None

    def end(self, length: int) -> Misfit | None:
        """Return what is wrong with the end of the chain; ``None`` where it fits.

        Args:
            length: The number of its entries by its head, as it is after the last of them was
                read: the chain may have grown meanwhile.
        """
        longest = max((head.seq for head in self._heads), default=0)
        if longest > self._last:
            why = f"is missing: the chain had {longest} entries"
            return Misfit(self._tenant, self._last + 1, why)
        if self._last > length:
            return Misfit(self._tenant, length + 1, "is behind the end of the chain")
        return None
