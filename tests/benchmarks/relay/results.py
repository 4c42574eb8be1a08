"""What is measured of a contestant, and the medians of it over rounds."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from statistics import median
from typing import TypeVar

T = TypeVar("T", bound="Turn | FloorTurn")


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn of one contestant found.

    Attributes:
        drained_per_s: Events of a backlog a second, until Kafka had all.
        drained_cpu_us: Processor time of its processes for an event of the backlog.
        drained_log_bytes: Written to the write-ahead log for one, after it was committed.
        drained_dead_rows: Row versions made dead for one, in all tables of the database.
        p50_ms: Of a steady pace: from the commit, as its client knew of it, to the record read.
        p99_ms: The same.
        due_p50_ms: From the time at which the transaction was to begin.
        due_p99_ms: The same.
        lost_events: Of 1,000 of the pace, those that were committed and never came.
        log_bytes: Written to the log for an event of the pace by the relay's sessions.
        dead_rows: Made dead for an event of the pace, in all tables.
        dead_outbox_rows: In the outbox itself.
        paced_percent: Processor time of its processes at the pace, of one processor.
        idle_percent: Of one processor.
        commits_per_s: Of writing clients, without the relay.
        commits_kept: The part of that which is left beside the relay.
    """

    drained_per_s: float
    drained_cpu_us: float
    drained_log_bytes: float
    drained_dead_rows: float
    p50_ms: float
    p99_ms: float
    due_p50_ms: float
    due_p99_ms: float
    lost_events: float
    log_bytes: float
    dead_rows: float
    dead_outbox_rows: float
    paced_percent: float
    idle_percent: float
    commits_per_s: float
    commits_kept: float


@dataclass(frozen=True, slots=True)
class FloorTurn:
    """What one turn of the bare producer found, under the same names."""

    drained_per_s: float
    drained_cpu_us: float
    p50_ms: float
    p99_ms: float
    due_p50_ms: float
    due_p99_ms: float


def medians(turns: Sequence[T]) -> T:
    """Return the turn whose every figure is the median of that figure."""
    kind = type(turns[0])
    return kind(*(median(getattr(turn, one.name) for turn in turns) for one in fields(kind)))
