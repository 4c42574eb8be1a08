"""When the events of a paced run could be read from Kafka; run in a process of its own."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.benchmarks.relay.topics import Ends, number_of, reader
from tests.benchmarks.relay.writers import Pace

_PATIENCE_S: Final = 15.0


class Unmeasured(RuntimeError):
    """A run that says nothing, as the reader started after the writers."""


@dataclass(frozen=True, slots=True)
class Delays:
    """How late events were, in milliseconds; events of the first second are left out.

    Attributes:
        committed: From the commit, as its client knew of it, to the record read.
        due: From the time at which the transaction was to begin.
        lost: How many events were committed and never came; they are in neither list.
    """

    committed: list[float]
    due: list[float]
    lost: int


def arrivals(bootstrap: str, topic: str, since: Ends, pace: Pace) -> dict[int, float]:
    """Read the events of a paced run; gives when each was first read.

    Waits for those that are missing until none has come for a quarter of a minute.

    Raises:
        Unmeasured: see there.
    """
    consumer = reader(bootstrap, topic, since)
    consumer.poll(0)
    if time.monotonic() > pace.start:
        raise Unmeasured(f"{topic}: the reader started after the writers")
    arrived: dict[int, float] = {}
    until = pace.due(pace.events) + _PATIENCE_S
    while len(arrived) < pace.events and time.monotonic() < until:
        message = consumer.poll(1)
        if message is not None:
            now = time.monotonic()
            arrived.setdefault(number_of(message), now)
            until = max(until, now + _PATIENCE_S)
    consumer.close()
    return arrived


def delays(pace: Pace, committed: list[float], arrived: Mapping[int, float]) -> Delays:
    """Compare when events were due, committed and read."""
    measured = [n for n in range(int(pace.per_s), pace.events) if n in arrived]
    return Delays(
        committed=[(arrived[n] - committed[n]) * 1000 for n in measured],
        due=[(arrived[n] - pace.due(n)) * 1000 for n in measured],
        lost=pace.events - len(arrived),
    )
