"""What the simulator has seen of its clients: calls, overlaps, refusals, bytes."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from providers.simulators.clock import SimulatorClock
from providers.simulators.sliding_window import SlidingWindow
from providers.simulators.xero.calls.throttle import Caller

_COUNTS = ("requests", "throttled", "in_flight", "egress_bytes")
_MAXIMA = ("max_in_flight", "max_in_any_minute")


def _minute() -> SlidingWindow:
    return SlidingWindow(timedelta(minutes=1))


@dataclass(slots=True)
class CallMeter:
    """The calls of one app at one organisation, refused ones included.

    Attributes:
        requests: Number of calls that began.
        in_flight: Number of calls under way.
        max_in_flight: The most calls that were ever under way at once.
        throttled: Number of calls answered with 429.
        egress_bytes: Bytes of all bodies that were answered.
        minute: The calls of the last 60 seconds.
    """

    requests: int = 0
    in_flight: int = 0
    max_in_flight: int = 0
    throttled: int = 0
    egress_bytes: int = 0
    minute: SlidingWindow = field(default_factory=_minute)

    def enter(self, now: datetime) -> None:
        """Count a call that has begun."""
        self.minute.add(now)
        self.requests += 1
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)

    def leave(self) -> None:
        """Count the end of a call."""
        self.in_flight -= 1

    def describe(self) -> dict[str, Any]:
        """Return the counts under plain names."""
        return {
            "requests": self.requests,
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "max_in_any_minute": self.minute.most,
            "throttled": self.throttled,
            "egress_bytes": self.egress_bytes,
        }


class XeroTraffic:
    """The meters of all callers."""

    def __init__(self, clock: SimulatorClock) -> None:
        self._clock = clock
        self._meters: defaultdict[Caller, CallMeter] = defaultdict(CallMeter)

    def meter(self, caller: Caller) -> CallMeter:
        """Return the meter of an app at an organisation."""
        return self._meters[caller]

    @contextmanager
    def seen(self, caller: Caller) -> Iterator[None]:
        """Record a call from its first byte to its end."""
        meter = self._meters[caller]
        meter.enter(self._clock.now())
        try:
            yield
        finally:
            meter.leave()

    def describe(self, tenant_id: str) -> dict[str, Any]:
        """Return what was seen at one organisation.

        Counts are of all its apps; the maxima are the highest of any one app, as Xero's limits
        are by organisation and app.
        """
        meters = {c.client_id: m for c, m in self._meters.items() if c.tenant_id == tenant_id}
        apps = {client_id: meter.describe() for client_id, meter in meters.items()}
        return {
            **{name: sum(app[name] for app in apps.values()) for name in _COUNTS},
            **{name: max((a[name] for a in apps.values()), default=0) for name in _MAXIMA},
            "apps": apps,
        }
