"""Which offsets may be committed: never past unfinished work."""

from collections import deque
from collections.abc import Iterable

from consumers.position import Position, TopicPartition


class PartitionOffsets:
    """The messages of one partition that were taken in, and which of them are finished.

    Messages come in offset order and finish in any. All operations are constant time but for
    the finished run at the head, which is walked once.
    """

    def __init__(self) -> None:
        self._taken: deque[int] = deque()
        self._finished: set[int] = set()
        self._next: int | None = None

    def take(self, offset: int) -> None:
        """Record that a message was taken in; offsets rise."""
        if not self._taken and not self._finished:
            self._next = offset
        self._taken.append(offset)

    def finish(self, offset: int) -> None:
        """Record that nothing more will be done about a message."""
        self._finished.add(offset)
        # Only a finished run at the head moves the offset on: behind a gap, a restart has to
        # read again what is finished, or it would never read the gap.
        while self._taken and self._taken[0] in self._finished:
            done = self._taken.popleft()
            self._finished.remove(done)
            self._next = done + 1

    @property
    def next_offset(self) -> int | None:
        """The *next* offset to read after a restart; ``None`` while nothing was taken in."""
        return self._taken[0] if self._taken else self._next


class Offsets:
    """The same for all partitions that this process reads."""

    def __init__(self) -> None:
        self._of: dict[TopicPartition, PartitionOffsets] = {}

    def take(self, position: Position) -> None:
        """Record that a message was taken in; offsets of a partition rise."""
        self._at(position).take(position.offset)

    def finish(self, positions: Iterable[Position]) -> None:
        """Record that nothing more will be done about messages; forgotten ones are ignored."""
        for position in positions:
            offsets = self._of.get((position.topic, position.partition))
            if offsets is not None:
                offsets.finish(position.offset)

    def committable(self) -> dict[TopicPartition, int]:
        """Return, per topic and partition, the next offset to read after a restart."""
        found = {key: offsets.next_offset for key, offsets in self._of.items()}
        return {key: offset for key, offset in found.items() if offset is not None}

    def forget(self, partitions: frozenset[int]) -> None:
        """Drop revoked partitions, once they are committed."""
        self._of = {key: one for key, one in self._of.items() if key[1] not in partitions}

    def _at(self, position: Position) -> PartitionOffsets:
        return self._of.setdefault((position.topic, position.partition), PartitionOffsets())
