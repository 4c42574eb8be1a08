"""When records were completed: noted by each consumer's process, read by whoever measures.

Needs nothing but the standard library, as the consumers of others run in environments of
their own. A consumer that is not written in Python does the same.
"""

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

WARM, DONE = "warm", "done"
# Where the sequence number stands in the value of a record: the last 12 hexadecimal digits of
# the UUID that a signal begins with.
NUMBER: Final = slice(35, 47)


@dataclass(slots=True)
class Completions:
    """Says ``warm`` after some records, and ``done`` after all, when the file is written.

    Attributes:
        file: Gets a line for each record: its sequence number, and the Unix time.
    """

    warm: int
    total: int
    file: Path
    _noted: list[tuple[int, float]] = field(default_factory=list)

    def note(self, number: int) -> None:
        """Note that a record is completed now."""
        self._noted.append((number, time.time()))
        if len(self._noted) == self.warm:
            _say(WARM)
        if self.done:
            self.file.write_text("".join(f"{n} {at:.6f}\n" for n, at in self._noted))
            _say(DONE)

    @property
    def done(self) -> bool:
        """Whether all are completed."""
        return len(self._noted) == self.total


def number_in(value: bytes) -> int:
    """Read a record's sequence number."""
    return int(value[NUMBER], 16)


def read(file: Path) -> list[tuple[int, float]]:
    """Read what was noted, in its order."""
    lines = (line.split() for line in file.read_text().splitlines())
    return [(int(number), float(at)) for number, at in lines]


def _say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()
