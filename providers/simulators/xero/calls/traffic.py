"""What the simulator has seen of its clients: calls, overlaps, refusals, bytes."""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from providers.simulators.clock import SimulatorClock
from providers.simulators.xero.calls.throttle import Caller

_MINUTE = timedelta(minutes=1)
_COUNTS = ("requests", "throttled", "in_flight", "egress_bytes")
_MAXIMA = ("max_in_flight", "max_in_any_minute")


@dataclass(slots=True)
class CallMeter:
    """The calls of one app at one organisation, refused ones included."""

    requests: int = 0
    in_flight: int = 0
    max_in_flight: int = 0
    max_in_any_minute: int = 0
    throttled: int = 0
    egress_bytes: int = 0
    _last_minute: deque[datetime] = field(default_factory=deque)

    def enter(self, now: datetime) -> None:
        """Count a call that has begun."""
        recent = self._last_minute
        while recent and recent[0] <= now - _MINUTE:
            recent.popleft()
        while recent and recent[-1] > now:  # the clock was set back
            recent.pop()
        recent.append(now)
        self.requests += 1
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        self.max_in_any_minute = max(self.max_in_any_minute, len(recent))

    def leave(self) -> None:
        """Count the end of a call."""
        self.in_flight -= 1

    def describe(self) -> dict[str, Any]:
        """Return the counts under plain names."""
        return {
            "requests": self.requests,
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "max_in_any_minute": self.max_in_any_minute,
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

    def enter(self, caller: Caller) -> CallMeter:
        """Count a call that has begun, and return the meter to leave it by."""
        meter = self._meters[caller]
        meter.enter(self._clock.now())
        return meter

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


class TrafficEdge:
    """ASGI middleware: counts calls of the API from their first byte to their end."""

    def __init__(
        self,
        app: ASGIApp,
        enter: Callable[[Caller], CallMeter],
        caller_of: Callable[[Scope], Caller | None],
    ) -> None:
        self._app = app
        self._enter = enter
        self._caller_of = caller_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        caller = self._caller_of(scope) if scope["type"] == "http" else None
        if caller is None:
            await self._app(scope, receive, send)
            return
        meter = self._enter(caller)
        try:
            await self._app(scope, receive, send)
        finally:
            meter.leave()
