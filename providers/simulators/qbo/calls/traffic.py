"""Traffic: what the quotas allow, and the highest load that was ever seen.

Sliding windows: at any moment the calls of the last 60 seconds count, not those of a
calendar minute. Time is the simulator's, so moving its clock on empties the windows.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from providers.simulators.clock import SimulatorClock
from providers.simulators.qbo.config import QboQuotas
from providers.simulators.qbo.wire.errors import Throttled

MINUTE = timedelta(seconds=60)
SECOND = timedelta(seconds=1)


class SlidingWindow:
    """How many moments lie within the last ``span``, and the most that ever did."""

    def __init__(self, span: timedelta) -> None:
        self._span = span
        self._moments: deque[datetime] = deque()
        self.most = 0

    def count(self, now: datetime) -> int:
        """Return how many moments lie after ``now`` minus the span."""
        moments = self._moments
        while moments and moments[0] <= now - self._span:
            moments.popleft()
        while moments and moments[-1] > now:  # the clock was set back
            moments.pop()
        return len(moments)

    def add(self, now: datetime) -> None:
        """Count a moment."""
        self.count(now)
        self._moments.append(now)
        self.most = max(self.most, len(self._moments))


def _minute() -> SlidingWindow:
    return SlidingWindow(MINUTE)


@dataclass(slots=True)
class RealmTraffic:
    """What was seen of one company's calls, refused ones included."""

    requests: int = 0
    throttled: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    minute: SlidingWindow = field(default_factory=_minute)
    second: SlidingWindow = field(default_factory=lambda: SlidingWindow(SECOND))
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
    """Records every API call and admits those that the quotas allow."""

    def __init__(self, clock: SimulatorClock) -> None:
        self._clock = clock
        self._realms: defaultdict[str, RealmTraffic] = defaultdict(RealmTraffic)
        self._admitted: defaultdict[tuple[str, ...], SlidingWindow] = defaultdict(_minute)
        self._per_second: defaultdict[tuple[str, str], SlidingWindow] = defaultdict(
            lambda: SlidingWindow(SECOND)
        )

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

    def admit(self, quotas: QboQuotas, realm: str, client_id: str, *, is_batch: bool) -> None:
        """Count a call against the quotas; a refused one is not counted.

        Raises:
            Throttled: a quota is used up.
        """
        now = self._clock.now()
        windows = [
            (self._admitted[realm,], quotas.per_minute),
            (self._per_second[realm, client_id], quotas.per_second),
        ]
        if is_batch:
            own, all_apps = quotas.batches_per_minute, quotas.batches_per_minute_all_apps
            windows.append((self._admitted[realm, "batch", client_id], own))
            windows.append((self._admitted[realm, "batch"], all_apps))
        over = any(limit is not None and w.count(now) >= limit for w, limit in windows)
        if over or self._too_many_in_flight(quotas, realm):
            self.throttle(realm)
            raise Throttled
        for window, _limit in windows:
            window.add(now)

    def _too_many_in_flight(self, quotas: QboQuotas, realm: str) -> bool:
        limit = quotas.in_flight
        return limit is not None and self._realms[realm].in_flight > limit

    def throttle(self, realm: str) -> None:
        """Count a 429."""
        self._realms[realm].throttled += 1

    def describe(self) -> dict[str, Any]:
        """Return what the statistics show, by realm."""
        return {realm: held.describe() for realm, held in self._realms.items()}


class BillingMeter:
    """Counts successful calls by app and month, as Intuit's bill does.

    Source: Intuit "API classification for the Intuit App Partner Program", 2025.
    """

    def __init__(self, clock: SimulatorClock) -> None:
        self._clock = clock
        self._counts: defaultdict[str, defaultdict[str, dict[str, int]]] = defaultdict(
            lambda: defaultdict(lambda: {"core": 0, "coreplus": 0})
        )

    def _month(self) -> str:
        return f"{self._clock.now():%Y-%m}"

    def check(self, quotas: QboQuotas, client_id: str) -> None:
        """Refuse a read when the month's quota of reads is used up.

        Raises:
            Throttled: until next month.
        """
        used = self._counts[client_id][self._month()]["coreplus"]
        if quotas.coreplus_per_month is not None and used >= quotas.coreplus_per_month:
            raise Throttled

    def count(self, client_id: str, *, is_read: bool) -> None:
        """Count a call that succeeded."""
        self._counts[client_id][self._month()]["coreplus" if is_read else "core"] += 1

    def describe(self) -> dict[str, Any]:
        """Return core (free writes) and coreplus (metered reads) by app and month."""
        return {client: dict(months) for client, months in self._counts.items()}
