"""A pace that never waits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from providers.quotas import CallKind


class Unpaced:
    """For simulators without quotas."""

    @asynccontextmanager
    async def call(self, kind: CallKind) -> AsyncIterator[None]:
        yield
