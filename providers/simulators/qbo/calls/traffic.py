"""What the simulator has seen of its clients: calls, overlaps, refusals."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from providers.simulators.clock import SimulatorClock
from providers.simulators.sliding_window import SlidingWindow


def _minute() -> SlidingWindow:
    return SlidingWindow(timedelta(seconds=60))


def _second() -> SlidingWindow:
    return SlidingWindow(timedelta(seconds=1))


@dataclass(slots=True)
class RealmTraffic:
    """The calls of one company, refused ones included.

    Attributes:
        requests: Number of calls that began.
        throttled: Number of calls answered with 429.
        in_flight: Number of calls under way.
        most_in_flight: The most calls that were ever under way at once.
        minute: The calls of the last 60 seconds.
        second: The calls of the last second.
        batches: The batch calls of the last 60 seconds.
    """

    requests: int = 0
    throttled: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    minute: SlidingWindow = field(default_factory=_minute)
    second: SlidingWindow = field(default_factory=_second)
    batches: SlidingWindow = field(default_factory=_minute)

    def describe(self) -> dict[str, int]:
        """Return what the statistics show."""
        return {
            "requests": self.requests,
            "throttled": self.throttled,
            "in_flight": self.in_flight,
            "max_in_flight": self.most_in_flight,
            "max_in_any_minute": self.minute.most,
            "max_in_any_second": self.second.most,
            "max_batches_in_any_minute": self.batches.most,
        }


class QboTraffic:
    """The calls of every company."""

    def __init__(self, clock: SimulatorClock) -> None:
        self._clock = clock
        self._realms: defaultdict[str, RealmTraffic] = defaultdict(RealmTraffic)

    @contextmanager
    def seen(self, realm: str, *, is_batch: bool) -> Iterator[None]:
        """Record a call from its arrival to its answer."""
        held = self._realms[realm]
        now = self._clock.now()
        held.requests += 1
        held.minute.add(now)
        held.second.add(now)
        if is_batch:
            held.batches.add(now)
        held.in_flight += 1
        held.most_in_flight = max(held.most_in_flight, held.in_flight)
        try:
            yield
        finally:
            held.in_flight -= 1

    def in_flight(self, realm: str) -> int:
        """Return how many calls of a company are under way."""
        return self._realms[realm].in_flight

    def record_throttled(self, realm: str) -> None:
        """Record a 429."""
        self._realms[realm].throttled += 1

    def describe(self) -> dict[str, Any]:
        """Return what the statistics show, by realm."""
        return {realm: held.describe() for realm, held in self._realms.items()}
