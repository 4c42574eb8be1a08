"""When calls arrive at a provider's stand-in, which is served by the benchmark itself."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.http.serving import serving

API_PATHS = ("/v3/company/", "/api.xro/2.0/")


@dataclass
class Arrivals:
    """ASGI middleware that notes the time, as the Unix clock has it, of every API call."""

    app: ASGIApp
    writes: list[float] = field(default_factory=list)
    reads: list[float] = field(default_factory=list)
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(API_PATHS):
            kind = self.reads if scope["method"] == "GET" else self.writes
            kind.append(time.time())
            self._came.set()
        await self.app(scope, receive, send)

    @property
    def calls(self) -> list[float]:
        """The times of all calls, in order."""
        return sorted(self.writes + self.reads)

    def clear(self) -> None:
        """Forget what came."""
        self.writes.clear()
        self.reads.clear()

    async def next_write(self) -> float:
        """Wait for a first write after :meth:`clear`; gives its time."""
        while not self.writes:
            self._came.clear()
            await self._came.wait()
        return self.writes[0]


@asynccontextmanager
async def received(app: ASGIApp) -> AsyncIterator[tuple[Arrivals, str]]:
    """Serve an app while the body runs; gives what notes its calls, and its address."""
    arrivals = Arrivals(app)
    async with serving(arrivals, "127.0.0.1", 0) as port:
        yield arrivals, f"http://127.0.0.1:{port}"
