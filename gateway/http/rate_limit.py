"""How many calls a key may make: a bucket of tokens for each, in this process's memory.

Several processes of the API each count on their own, so a key has as many times the calls.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.problem_codes import TOO_MANY_REQUESTS

PERIOD_S: Final = 60
_POLICY: Final = "api"  # the provider's allowances have their own names


@dataclass(frozen=True, slots=True)
class TokenBucket:
    """What is left of a caller's calls.

    Attributes:
        tokens: The calls that it may make at ``at``.
        at: A monotonic time, in seconds.
    """

    tokens: float
    at: float

    def refilled(self, size: int, now: float) -> "TokenBucket":
        """Return the bucket at a later time, filled up at the rate of ``size`` a period."""
        grown = self.tokens + (now - self.at) * size / PERIOD_S
        return TokenBucket(min(float(size), grown), now)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a caller may still do.

    Attributes:
        size: Calls in a period.
        left: Calls at once from now on.
        full_in_s: Seconds until all calls are there again.
        wait_s: Seconds until the next call; 0 if it may be made now.
    """

    size: int
    left: int
    full_in_s: int
    wait_s: int = 0

    def headers(self) -> dict[str, str]:
        """Return the headers that say so.

        Source: IETF draft-ietf-httpapi-ratelimit-headers, the structured fields of version 10.
        """
        said = {
            "RateLimit-Policy": f'"{_POLICY}";q={self.size};w={PERIOD_S}',
            "RateLimit": f'"{_POLICY}";r={self.left};t={self.full_in_s}',
        }
        return {**said, "Retry-After": str(self.wait_s)} if self.wait_s else said


class RateLimiter:
    """Counts the calls of every caller.

    Args:
        size: The calls of one caller in a minute; as many may come at once.
    """

    def __init__(self, size: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = size
        self._clock = clock
        self._buckets: dict[str, TokenBucket] = {}

    def take(self, caller: str) -> Allowance:
        """Take one call, if there is one, and return what is left."""
        now = self._clock()
        known = self._buckets.get(caller, TokenBucket(float(self._size), now))
        bucket = known.refilled(self._size, now)
        rate = self._size / PERIOD_S
        granted = bucket.tokens >= 1
        rest = bucket.tokens - 1 if granted else bucket.tokens
        self._buckets[caller] = TokenBucket(rest, now)
        return Allowance(
            size=self._size,
            left=int(rest),
            full_in_s=math.ceil((self._size - rest) / rate),
            wait_s=0 if granted else max(1, math.ceil((1 - rest) / rate)),
        )


class RateLimit:
    """Refuses the calls of a caller that makes too many; tells each how many it has left."""

    def __init__(self, app: ASGIApp, limiter: RateLimiter) -> None:
        self._app = app
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or answer it with 429; what needs no key is not counted."""
        caller = scope.get("state", {}).get("principal")
        if scope["type"] != "http" or caller is None:
            await self._app(scope, receive, send)
            return
        allowance = self._limiter.take(caller.id)

        async def send_with_allowance(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(allowance.headers())
            await send(message)

        refused = TOO_MANY_REQUESTS.problem().answer() if allowance.wait_s else self._app
        await refused(scope, receive, send_with_allowance)
