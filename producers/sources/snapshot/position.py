"""The cursor of a shard, and what it takes to move it there, as bytes to keep elsewhere."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from producers.sources.snapshot.cursor import Cursor
from producers.sources.source import Parked


@dataclass(frozen=True, slots=True)
class Position:
    """Where a reader is who has one batch behind him.

    Attributes:
        layout: The making of the cursors that this one belongs to; elsewhere it means nothing.
        newest_seq: The highest number that was drawn when the batch was polled.
        parked: The rows of the batch that were set aside.
    """

    layout: str
    cursor: Cursor
    newest_seq: int
    parked: Sequence[Parked] = ()

    def to_bytes(self) -> bytes:
        """Write it as JSON, each reason once."""
        cursor = self.cursor
        parked: dict[tuple[str, bool], list[int]] = defaultdict(list)
        for row in self.parked:
            parked[row.reason, row.holds_key].append(row.seq)
        return orjson.dumps(
            {
                "layout": self.layout,
                "done": cursor.done,
                "target": cursor.target,
                "last_seq": cursor.last_seq,
                "newest_seq": self.newest_seq,
                "parked": [[*why, numbers] for why, numbers in parked.items()],
            }
        )

    @classmethod
    def from_bytes(cls, said: bytes) -> "Position":
        """Read what :meth:`to_bytes` wrote.

        Raises:
            ValueError: somebody else wrote it.
        """
        try:
            told = orjson.loads(said)
            return cls(
                told["layout"],
                Cursor(told["done"], told["target"], told["last_seq"]),
                told["newest_seq"],
                [
                    Parked(seq, reason, holds_key)
                    for reason, holds_key, numbers in told["parked"]
                    for seq in numbers
                ],
            )
        except (KeyError, TypeError) as exc:
            raise ValueError(f"no position of a relay: {exc!r}") from exc
