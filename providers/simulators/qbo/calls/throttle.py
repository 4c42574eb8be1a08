"""Intuit's limits on calls: by company, by app, for batches, and in flight.

Source: Intuit "API call limits and throttling", limits in force since 2025-10-31.
"""

from collections import defaultdict
from datetime import timedelta

from providers.simulators.clock import SimulatorClock
from providers.simulators.qbo.config import QboQuotas
from providers.simulators.qbo.wire.errors import Throttled
from providers.simulators.sliding_window import SlidingWindow

_MINUTE = timedelta(seconds=60)
_SECOND = timedelta(seconds=1)


class QboThrottle:
    """Admits the calls that the quotas allow; a refused call counts nowhere."""

    def __init__(self, clock: SimulatorClock) -> None:
        self._clock = clock
        self._minutes: defaultdict[tuple[str, ...], SlidingWindow] = defaultdict(
            lambda: SlidingWindow(_MINUTE)
        )
        self._seconds: defaultdict[tuple[str, str], SlidingWindow] = defaultdict(
            lambda: SlidingWindow(_SECOND)
        )

    def admit(
        self, quotas: QboQuotas, realm: str, client_id: str, *, is_batch: bool, in_flight: int
    ) -> None:
        """Count a call against the quotas.

        Args:
            in_flight: Calls of the company under way, this one included.

        Raises:
            Throttled: a quota is used up.
        """
        now = self._clock.now()
        # The minute is the company's, whichever app calls; the second is each app's own.
        windows = [
            (self._minutes[realm,], quotas.per_minute),
            (self._seconds[realm, client_id], quotas.per_second),
        ]
        if is_batch:
            own, all_apps = quotas.batches_per_minute, quotas.batches_per_minute_all_apps
            windows.append((self._minutes[realm, "batch", client_id], own))
            windows.append((self._minutes[realm, "batch"], all_apps))
        over = any(limit is not None and w.count(now) >= limit for w, limit in windows)
        if over or (quotas.in_flight is not None and in_flight > quotas.in_flight):
            raise Throttled
        for window, _limit in windows:
            window.add(now)
