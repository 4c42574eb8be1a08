"""The position behind a batch, as bytes that can be kept outside the database."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from producers.sources.snapshot.cursor import Cursor
from producers.sources.source import Parked


@dataclass(frozen=True, slots=True)
class Position:
    """Everything that is needed to acknowledge a batch later, or from another process.

    Attributes:
        layout: The id of the layout that the cursor belongs to; the cursor means nothing in
            another one.
        cursor: The place behind the batch.
        newest_seq: The highest row number that had been drawn when the batch was polled.
        parked: The rows of the batch that are to be parked.
    """

    layout: str
    cursor: Cursor
    newest_seq: int
    parked: Sequence[Parked] = ()

    def to_bytes(self) -> bytes:
        """Return the position as JSON in which each reason of a parked row appears once."""
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
    def from_bytes(cls, written: bytes) -> "Position":
        """Return the position that :meth:`to_bytes` wrote.

        Raises:
            ValueError: the bytes were not written by :meth:`to_bytes`.
        """
        try:
            found = orjson.loads(written)
            return cls(
                found["layout"],
                Cursor(found["done"], found["target"], found["last_seq"]),
                found["newest_seq"],
                [
                    Parked(seq, reason, holds_key)
                    for reason, holds_key, numbers in found["parked"]
                    for seq in numbers
                ],
            )
        except (KeyError, TypeError) as exc:
            raise ValueError(f"not the position of a relay: {exc!r}") from exc
