"""The medians of all contestants side by side, and ours beside what they are to be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.benchmarks.figures import Figure
from tests.benchmarks.relay.results import FloorTurn, Turn

OURS: Final = "ours"
FLOOR: Final = "bare producer"

Found = Mapping[str, Turn | FloorTurn]
"""The medians by contestant."""


@dataclass(frozen=True, slots=True)
class Row:
    """A figure that contestants have in common.

    Attributes:
        field: Its name in their results; the bare producer has but some.
        times: What the result is multiplied by for the unit.
    """

    name: str
    field: str
    unit: str
    times: float = 1.0

    def of(self, result: Turn | FloorTurn) -> float | None:
        """Return the figure, where there is one."""
        value: float | None = getattr(result, self.field, None)
        return None if value is None else value * self.times


DRAINED: Final = Row("backlog drained", "drained_per_s", "events/s")
CPU: Final = Row("processor time of its own", "drained_cpu_us", "us/event")
P50: Final = Row("commit to record read, p50", "p50_ms", "ms")
P99: Final = Row("commit to record read, p99", "p99_ms", "ms")
PACED: Final = Row("processor time at the pace", "paced_percent", "% of one")
IDLE: Final = Row("processor time when idle", "idle_percent", "% of one")
KEPT: Final = Row("commits kept beside it", "commits_kept", "%", 100)
DEAD: Final = Row("dead rows in the outbox, paced", "dead_outbox_rows", "/1,000 events", 1_000)
LOST: Final = Row("events lost, paced", "lost_events", "/1,000 events")
ROWS: Final = (
    DRAINED,
    CPU,
    Row("write-ahead log, draining", "drained_log_bytes", "B/event"),
    Row("dead rows in all tables, draining", "drained_dead_rows", "/1,000 events", 1_000),
    P50,
    P99,
    Row("due to record read, p50", "due_p50_ms", "ms"),
    Row("due to record read, p99", "due_p99_ms", "ms"),
    LOST,
    Row("write-ahead log, paced", "log_bytes", "B/event"),
    DEAD,
    Row("dead rows in all tables, paced", "dead_rows", "/1,000 events", 1_000),
    Row("commits of 32 clients without it", "commits_per_s", "/s"),
    KEPT,
    PACED,
    IDLE,
)


@dataclass(frozen=True, slots=True)
class Aim:
    """What one of our figures is to be: in itself, or as a multiple of somebody's.

    Attributes:
        said: The aim, in words; empty where the comparison alone is told.
    """

    row: Row
    said: str
    against: str = ""

    def figure(self, found: Found) -> Figure | None:
        """Put ours beside it; nothing where ours or the other was not measured."""
        ours = _value(found, OURS, self.row)
        other = _value(found, self.against, self.row)
        if ours is None or (self.against and not other):
            return None
        ratio = ours / other if other else None
        return Figure(self.row.name, ours, self.row.unit, self.said, self.against, ratio)


AIMS: Final = (
    Aim(DRAINED, "6 or more", "debezium"),
    Aim(DRAINED, "2 or more", "mq-bridge"),
    Aim(DRAINED, "", "mq-bridge-cdc"),
    Aim(DRAINED, "", "faststream-outbox"),
    Aim(DRAINED, "", FLOOR),
    Aim(CPU, "0.1 or less", "debezium"),
    Aim(P50, "0.25 or less", "debezium"),
    Aim(P99, "1.25 or less", FLOOR),
    Aim(LOST, "0"),
    Aim(KEPT, "95 or more"),
    Aim(DEAD, "0"),
    Aim(PACED, "below 50"),
    Aim(IDLE, "below 1"),
)


def figures(found: Found) -> list[Figure]:
    """Return everything that was measured, by contestant."""
    return [
        Figure(f"{name}: {row.name}", value, row.unit)
        for row in ROWS
        for name in found
        if (value := _value(found, name, row)) is not None
    ]


def aims(found: Found) -> list[Figure]:
    """Return ours beside what they are to be."""
    return [figure for aim in AIMS if (figure := aim.figure(found)) is not None]


def table(found: Found) -> str:
    """Write the medians for people, a column for each contestant."""
    return "\n".join(_lines(found, max(len(row.name) for row in ROWS))) + "\n"


def _lines(found: Found, width: int) -> Iterator[str]:
    yield " ".join([" " * width, *(f"{name:>18}" for name in found)])
    for row in ROWS:
        yield " ".join([f"{row.name:<{width}}", *_cells(found, row), row.unit])


def _cells(found: Found, row: Row) -> Sequence[str]:
    values = [_value(found, name, row) for name in found]
    return [f"{'-':>18}" if value is None else f"{value:>18,.1f}" for value in values]


def _value(found: Found, name: str, row: Row) -> float | None:
    return row.of(found[name]) if name in found else None
