"""Xero's four limits.

Calls in flight, in a minute and in a day are counted per organisation and app; the fourth is
the app's own minute over all organisations.

Source: Xero "OAuth 2.0 API limits", read 2026-09.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from providers.simulators.clock import SimulatorClock
from providers.simulators.xero.calls.quota_windows import QuotaWindow, window
from providers.simulators.xero.config import XeroQuotas

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)


class Caller(NamedTuple):
    """An app at an organisation, which is what limits count."""

    client_id: str
    tenant_id: str


@dataclass(frozen=True, slots=True)
class ThrottleRefusal:
    """Why a call is not admitted.

    Attributes:
        problem: Limit that was met: ``concurrent``, ``minute``, ``day`` or ``appminute``.
        retry_after: Time until a call is admitted again; None where Xero names none.
    """

    problem: str
    retry_after: timedelta | None

    def headers(self) -> dict[str, str]:
        """Return the headers of the 429; waiting times in whole seconds, from 1."""
        headers = {"X-Rate-Limit-Problem": self.problem}
        if self.retry_after is not None:
            headers["Retry-After"] = str(max(1, math.ceil(self.retry_after.total_seconds())))
        return headers


class XeroThrottle:
    """Admits the calls that the quotas allow; a refused call counts nowhere."""

    def __init__(self, quotas: XeroQuotas, clock: SimulatorClock) -> None:
        self._quotas = quotas
        self._clock = clock
        self._minutes: dict[Caller, QuotaWindow] = {}
        self._days: dict[Caller, QuotaWindow] = {}
        self._app_minutes: dict[str, QuotaWindow] = {}

    def admit(self, caller: Caller, *, in_flight: int) -> ThrottleRefusal | None:
        """Count a call and return None, or return why it is not admitted.

        Args:
            in_flight: Calls of the caller under way, this one included.
        """
        now = self._clock.now()
        if in_flight > self._quotas.in_flight:
            wait = timedelta(seconds=1) if self._quotas.retry_after_on_concurrency else None
            return ThrottleRefusal("concurrent", wait)
        windows = self._windows(caller)
        # All are asked before any is counted: a refused call must use up nothing.
        for problem, counted in windows.items():
            if counted.remaining(now) <= 0:
                return ThrottleRefusal(problem, counted.free_in(now))
        for counted in windows.values():
            counted.take(now)
        return None

    def _windows(self, caller: Caller) -> Mapping[str, QuotaWindow]:
        quotas, kind = self._quotas, self._quotas.window
        return {
            "appminute": self._app_minutes.setdefault(
                caller.client_id, window(kind, quotas.app_calls_per_minute, _MINUTE)
            ),
            "minute": self._minutes.setdefault(
                caller, window(kind, quotas.calls_per_minute, _MINUTE)
            ),
            "day": self._days.setdefault(caller, window(kind, quotas.calls_per_day, _DAY)),
        }

    def remaining_headers(self, caller: Caller) -> dict[str, str]:
        """Return the headers in which every answer shows what is left of the limits."""
        now = self._clock.now()
        left = {name: w.remaining(now) for name, w in self._windows(caller).items()}
        return {
            "X-DayLimit-Remaining": str(left["day"]),
            "X-MinLimit-Remaining": str(left["minute"]),
            "X-AppMinLimit-Remaining": str(left["appminute"]),
        }

    def app_headers(self, client_id: str) -> dict[str, str]:
        """Return the headers of answers outside any organisation."""
        counted = self._app_minutes.get(client_id)
        limit = self._quotas.app_calls_per_minute
        left = counted.remaining(self._clock.now()) if counted else limit
        return {"X-AppMinLimit-Remaining": str(left)}
