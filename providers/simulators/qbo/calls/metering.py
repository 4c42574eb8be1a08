"""The monthly count of calls that Intuit bills by.

Source: Intuit "API classification for the Intuit App Partner Program", 2025.
"""

from collections import defaultdict
from typing import Any

from providers.simulators.clock import SimulatorClock
from providers.simulators.qbo.config import QboQuotas
from providers.simulators.qbo.wire.errors import Throttled


class BillingMeter:
    """Counts successful calls by app and month: *core* are free, *coreplus* are metered."""

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
