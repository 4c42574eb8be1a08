"""Fencing: what a process does about partitions that another process owns by now."""

from collections.abc import Iterable


class Fenced(Exception):
    """Another worker owns the partition by now; nothing may be written for it here."""


class FencedPartitions:
    """The partitions of which this process was told that it may not write for them.

    A fenced partition may still be assigned to this process: a former owner can take the lease
    late. Whoever asks :meth:`since_before` claims such a partition again.
    """

    def __init__(self) -> None:
        self._since: dict[int, float] = {}

    def __contains__(self, partition: int) -> bool:
        return partition in self._since

    def add(self, partition: int, *, now: float) -> None:
        """Record that a partition is fenced; the first time counts."""
        self._since.setdefault(partition, now)

    def remove(self, partitions: Iterable[int]) -> None:
        """Record that these partitions are ours again, or are no longer of interest."""
        for partition in partitions:
            self._since.pop(partition, None)

    def since_before(self, moment: float) -> frozenset[int]:
        """Return the partitions that have been fenced since that moment or longer."""
        return frozenset(p for p, since in self._since.items() if since <= moment)
