"""Who is told how a demo goes, and what: one line at a time, and a view of the whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.demo.progress import Pulse


@dataclass(frozen=True, slots=True)
class View:
    """A demo at one moment.

    Attributes:
        expected: How many documents the realms have in the end, all together.
        done: How many of the business's actions are done, of how many.
        per_second: Events that reached Kafka in a second, lately.
        notes: The faults and what else is worth a line, oldest first.
    """

    pulse: Pulse
    expected: int
    done: int
    actions: int
    per_second: float
    seconds: float
    notes: Sequence[str]


class Reporter(Protocol):
    """Somebody who is told how a demo goes."""

    def say(self, line: str) -> None:
        """Hear of something that happened."""

    def show(self, view: View) -> None:
        """Look at how everything stands; comes several times a second."""
