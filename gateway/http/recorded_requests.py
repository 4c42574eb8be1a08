"""Records every write over the API in the audit trail, and every caller that was refused."""

import time
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime
from http import HTTPStatus
from typing import Final
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.access import GUARDED
from gateway.http.text import ZERO
from gateway.identity.principal import Principal
from gateway.trail.entry import Outcome, TrailEntry

Record = Callable[[TrailEntry], Awaitable[None]]

ANONYMOUS: Final = "anonymous"

_RECORDED: Final = (GUARDED, "/oauth/")
_READS: Final = {"GET", "HEAD", "OPTIONS"}
_LONGEST: Final = 500
_MOST_REMEMBERED: Final = 10_000
REFUSALS_EVERY_S: Final = 60.0


class RecordedRequests:
    """Stores an entry before a write is answered, so that none is answered without one.

    Where the entry can't be stored the answer is 500, although the write may have been done. A
    caller that is refused, for want of a key, a scope or the tenant, is recorded once a minute
    for each route, as nobody is to fill the trail at will; so is what callers without a name
    send to the endpoints of OAuth. Reads are not recorded.
    """

    def __init__(
        self,
        app: ASGIApp,
        record: Record,
        *,
        now: Callable[[], datetime],
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._record = record
        self._now = now
        self._monotonic_s = monotonic_s
        self._recorded_s: dict[Hashable, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; its id is in the answer's `X-Request-Id` and in its log lines."""
        if scope["type"] != "http" or not scope["path"].startswith(_RECORDED):
            await self._app(scope, receive, send)
            return
        request_id = str(uuid4())
        structlog.contextvars.bind_contextvars(request_id=request_id)
        answered = False

        async def send_recorded(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                MutableHeaders(raw=message["headers"])["X-Request-Id"] = request_id
                await self._record_answer(scope, message["status"], request_id)
            await send(message)

        try:
            await self._app(scope, receive, send_recorded)
        except Exception:
            if not answered:
                await self._record_answer(scope, 500, request_id)
            raise

    async def _record_answer(self, scope: Scope, status: int, request_id: str) -> None:
        caller: Principal | None = scope.get("state", {}).get("principal")
        refused = _refusal(scope, status)
        limited = refused or caller is None
        if limited and not self._is_due((caller and caller.id, _route(scope), refused)):
            return
        if refused or scope["method"] not in _READS:
            await self._record(
                TrailEntry(
                    tenant=_tenant(scope, caller),
                    at=self._now(),
                    who_id=caller.id if caller else ANONYMOUS,
                    who=caller.name if caller else _address(scope),
                    what=f"{scope['method']} {_route(scope)}",
                    subject=_storable(scope["path"]),
                    outcome=_outcome(status),
                    detail=f"{status} {refused}".strip(),
                    request_id=request_id,
                )
            )

    def _is_due(self, refusal: Hashable) -> bool:
        now_s = self._monotonic_s()
        last_s = self._recorded_s.get(refusal)
        if last_s is not None and now_s - last_s < REFUSALS_EVERY_S:
            return False
        if len(self._recorded_s) >= _MOST_REMEMBERED:
            self._recorded_s.clear()
        self._recorded_s[refusal] = now_s
        return True


def _refusal(scope: Scope, status: int) -> str:
    """Return why a caller was not let in; empty for one that was."""
    if status == HTTPStatus.UNAUTHORIZED:
        return "unauthorized"
    return str(scope.get("state", {}).get("refused", ""))


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", ""))


def _tenant(scope: Scope, caller: Principal | None) -> str:
    """Return in whose chain an entry belongs: never in one that the caller may not see."""
    if caller is None:
        return ""
    asked = str(scope.get("path_params", {}).get("tenant", ""))
    return caller.tenant or _storable(asked)


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _storable(text: str) -> str:
    return text.replace(ZERO, "\N{REPLACEMENT CHARACTER}")[:_LONGEST]


def _outcome(status: int) -> Outcome:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Outcome.FAILED
    return Outcome.REFUSED if status >= HTTPStatus.BAD_REQUEST else Outcome.DONE
