"""What a demo reports while it runs: single lines, and a view of the whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.demo.progress import Progress


@dataclass(frozen=True, slots=True)
class DemoView:
    """A demo at one moment.

    Attributes:
        expected: The number of documents that all realms have in the end.
        done: The number of business actions that are done.
        actions: The number of business actions in all.
        per_second: Events that reached Kafka in a second, lately.
        seconds: Seconds since the run began.
        notes: The latest faults and other remarkable lines, oldest first.
    """

    progress: Progress
    expected: int
    done: int
    actions: int
    per_second: float
    seconds: float
    notes: Sequence[str]


class Reporter(Protocol):
    """Where a demo reports to."""

    def say(self, line: str) -> None:
        """Report one line."""

    def show(self, view: DemoView) -> None:
        """Show a view; called several times a second."""
