"""Thins out lines that a library logs over and over while a server is away."""

import logging
import time
from collections.abc import Callable
from typing import Final

SHOWN_EVERY_S: Final = 10.0
"""The seconds for which a line is not shown again."""


class RepeatedLines(logging.Filter):
    """Shows a kind of line of one library once in ten seconds, with the number left out before.

    Lines are of one kind if they come from the same statement, whatever they say of it: while a
    broker is away, aiokafka logs dozens of them a second for each of its clients.

    Args:
        library: The name of the library's logger; lines of others pass.
        clock: The seconds of a clock that never goes back.
    """

    def __init__(self, library: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(library)
        self._clock = clock
        self._shown_at: dict[tuple[str, int], float] = {}
        self._left_out: dict[tuple[str, int], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to show a line."""
        if not super().filter(record):
            return True
        kind, now = (record.pathname, record.lineno), self._clock()
        if now - self._shown_at.get(kind, float("-inf")) < SHOWN_EVERY_S:
            self._left_out[kind] = self._left_out.get(kind, 0) + 1
            return False
        self._shown_at[kind] = now
        if left_out := self._left_out.pop(kind, 0):
            record.msg = f"{record.msg} (and {left_out} more like it before)"
        return True
