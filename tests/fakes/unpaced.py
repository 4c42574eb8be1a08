"""A pace that never waits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from providers.errors import RateLimited
from providers.quotas import CallKind


class Unpaced:
    """For simulators without quotas."""

    @asynccontextmanager
    async def call(self, kind: CallKind) -> AsyncIterator[None]:
        yield

    def throttled(self, error: RateLimited) -> None:
        raise AssertionError(f"no quota was to be met: {error}")
