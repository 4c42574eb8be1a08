"""Idempotency keys: the first answer again for the same request, for some minutes.

Source: Xero "Idempotency" guide by way of two digests, read 2026-09: errors are kept too; a
different request under the same key is refused with 400.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from providers.simulators.clock import SimulatorClock
from providers.simulators.xero.config import IdempotencyRules
from providers.simulators.xero.wire.errors import ApiError, RequestError

LONGEST_KEY = 128


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer that can be repeated.

    Attributes:
        status: HTTP status.
        body: Body, byte for byte.
        content_type: Content type of the body.
    """

    status: int
    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class _Entry:
    fingerprint: bytes
    answer: KeptAnswer
    kept_at: datetime


class IdempotencyKeys:
    """The answers that were given under keys."""

    def __init__(self, rules: IdempotencyRules, clock: SimulatorClock) -> None:
        self._rules = rules
        self._clock = clock
        self._kept: dict[tuple[str, str], _Entry] = {}

    def applies(self, method: str, key: str | None) -> bool:
        """Return whether a request is remembered: a keyed write, unless the switch is off."""
        return bool(key) and method in {"PUT", "POST", "PATCH"} and self._rules.scope != "off"

    def holder(self, client_id: str, token: str) -> str:
        """Return for whom keys are kept apart: the app, or the access token."""
        return client_id if self._rules.scope == "app" else token

    def find(self, holder: str, key: str, fingerprint: bytes) -> KeptAnswer | None:
        """Return the answer kept under a key, None for a new or forgotten one.

        Raises:
            ApiError: the key belongs to a different request, or is too long.
        """
        if len(key) > LONGEST_KEY:
            raise RequestError(10, "ValidationException", "Idempotency Key is too long")
        entry = self._kept.get((holder, key))
        if entry is None or self._is_over(entry, self._clock.now()):
            return None
        # A key that comes back with another request is a client's mistake, not a repeat.
        if entry.fingerprint != fingerprint:
            raise ApiError(400, f"Idempotency Key: {key} is used with a different request.")
        return entry.answer

    def keep(self, holder: str, key: str, fingerprint: bytes, answer: KeptAnswer) -> None:
        """Remember an answer, errors included, and forget the oldest that are over."""
        now = self._clock.now()
        # Taken out first, so that the dict stays in order of age.
        self._kept.pop((holder, key), None)
        self._kept[holder, key] = _Entry(fingerprint, answer, now)
        while self._is_over(self._kept[oldest := next(iter(self._kept))], now):
            del self._kept[oldest]

    def _is_over(self, entry: _Entry, now: datetime) -> bool:
        return now >= entry.kept_at + self._rules.window


def fingerprint(method: str, target: str, tenant_id: str, body: bytes) -> bytes:
    """Return what tells two requests apart: method, URL, organisation and body."""
    digest = hashlib.sha256()
    for piece in (method.encode(), target.encode(), tenant_id.encode(), body):
        digest.update(len(piece).to_bytes(8, "big") + piece)
    return digest.digest()
