"""The HTTP edge of a simulator: carries out the faults that `faults.py` decides."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from providers.simulators.cent_more import answer_one_cent_more
from providers.simulators.faults import (
    AFTER_COMMIT,
    Delay,
    FaultKind,
    FaultMenu,
    FaultRule,
    RequestFacts,
)

DROPS = frozenset({FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER})


class FaultAnswers(Protocol):
    """What a provider answers when a fault strikes."""

    def answer(self, rule: FaultRule, request: Request) -> Response:
        """Return the provider's answer for any kind but the drops, `SLOW`, `EXPIRE_TOKEN`."""

    def expire_token(self, request: Request) -> None:
        """End the access token that the request carries, so that handling it gives a 401."""


class FaultEdge:
    """ASGI middleware: throws faults at the requests for which ``facts_of`` returns facts.

    "After" kinds run the application to its end and throw its answer away.
    """

    def __init__(
        self,
        app: ASGIApp,
        menu: FaultMenu,
        answers: FaultAnswers,
        *,
        facts_of: Callable[[Scope], RequestFacts | None],
    ) -> None:
        self._app = app
        self._menu = menu
        self._answers = answers
        self._facts_of = facts_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, and throw the fault that strikes it."""
        facts = self._facts_of(scope) if scope["type"] == "http" else None
        if facts is None:
            await self._app(scope, receive, send)
            return
        drawn = self._menu.draw(facts)
        await wait_out(drawn.delays)
        if drawn.fault is None:
            await self._app(scope, receive, send)
        else:
            await self._throw(drawn.fault, scope, receive, send)

    async def _throw(self, rule: FaultRule, scope: Scope, receive: Receive, send: Send) -> None:
        if rule.kind is FaultKind.EXPIRE_TOKEN:
            self._answers.expire_token(Request(scope))
            await self._app(scope, receive, send)
            return
        if rule.kind is FaultKind.CENT_MORE:
            await answer_one_cent_more(self._app, scope, receive, send)
            return
        if rule.kind in AFTER_COMMIT:
            await self._app(scope, receive, _nowhere)
        if rule.kind in DROPS:
            await drop_connection(receive, send)
            return
        response = (
            _bad_gateway()
            if rule.kind is FaultKind.BAD_GATEWAY
            else self._answers.answer(rule, Request(scope))
        )
        await response(scope, receive, send)


async def wait_out(delays: Sequence[Delay]) -> None:
    """Return when each delay has had its time or was lifted."""
    for delay in delays:
        with suppress(TimeoutError):
            async with asyncio.timeout(delay.longest_s):
                await delay.lifted.wait()


def request_facts(scope: Scope, *, realm: str | None) -> RequestFacts:
    """Return what fault rules see of a request that names ``realm``."""
    path, query = scope["path"], scope["query_string"].decode("latin-1")
    return RequestFacts(scope["method"], f"{path}?{query}" if query else path, realm)


def _bad_gateway() -> Response:
    """Return what a proxy says for a server that gave it no answer that it understands."""
    return HTMLResponse("<html><body><h1>502 Bad Gateway</h1></body></html>", 502)


async def _nowhere(_message: Message) -> None:
    """Drop a part of an answer: the work was done, the client never learns of it."""


async def drop_connection(receive: Receive, send: Send) -> None:
    """Close the client's socket without an answer, as a dying server does.

    Works by the transport behind uvicorn's ``send``. Where there is none (an application
    called in process), the caller gets the error that the socket would have given.

    Raises:
        ConnectionResetError: there is no socket to close.
    """
    # No ASGI message closes a socket without an answer; uvicorn's transport can.
    transport: Any = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("the simulator dropped the connection")
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        continue
