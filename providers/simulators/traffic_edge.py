"""The outermost edge of a simulator: counts calls from their first byte to their end."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from starlette.types import ASGIApp, Receive, Scope, Send


class TrafficEdge:
    """ASGI middleware: keeps a context open while a call lasts, delays and faults included.

    It stands outside the fault edge, so that a call that is slowed down or loses its answer
    counts as in flight for as long as its client waits.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        counting: Callable[[Scope], AbstractContextManager[None] | None],
    ) -> None:
        """``counting`` returns the context of a call; None for what is not counted."""
        self._app = app
        self._counting = counting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        counted = self._counting(scope) if scope["type"] == "http" else None
        if counted is None:
            await self._app(scope, receive, send)
            return
        with counted:
            await self._app(scope, receive, send)
