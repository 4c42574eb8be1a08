"""The settings of a relay."""

from dataclasses import dataclass
from enum import StrEnum


class PoisonPolicy(StrEnum):
    """What happens to the later rows of a key when one of its rows can't be published."""

    HOLD_KEY = "hold-key"  # they wait for a decision: right where each row is a step
    GO_ON = "go-on"  # they are published: right where each row is a whole state, as ours are


@dataclass(frozen=True, slots=True)
class RelayPolicy:
    """The settings of a relay.

    Attributes:
        batch_rows: The largest number of rows in a batch, at least 1. Two batches are in
            memory at a time.
        poison: What happens to the rows of a key behind one that can't be published.
    """

    batch_rows: int = 20_000
    poison: PoisonPolicy = PoisonPolicy.GO_ON
