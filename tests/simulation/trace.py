"""What happened in a simulated world, in its order, for whoever reads a failing seed."""

from collections import deque
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

KEPT: Final = 20_000


@dataclass
class Trace:
    """The newest lines, and a number that all lines together come to."""

    lines: deque[tuple[float, str, str]] = field(default_factory=lambda: deque(maxlen=KEPT))
    digest: int = 0
    time: float = 0.0

    def add(self, at: float, who: str, what: str) -> None:
        """Note what somebody did, at seconds since the world began."""
        self.time = at
        self.lines.append((at, who, what))
        self.digest = (self.digest * 1_000_003 + len(what) + int(at * 1e6)) & 0xFFFFFFFFFFFF

    def text(self, newest: int) -> str:
        """Return the newest lines."""
        shown = list(self.lines)[-newest:]
        return "\n".join(f"{at:10.3f}  {who:12} {what}" for at, who, what in shown)


@contextmanager
def logging_to(trace: Trace) -> Iterator[None]:
    """Have what the code logs in the trace, and nowhere else."""

    def keep(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
        said = " ".join(f"{key}={value}" for key, value in event.items() if key != "exc_info")
        trace.add(trace.time, "log", said)
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[keep], cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**before)
