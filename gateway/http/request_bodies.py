"""The bodies of requests: how large they may be, of which type, and with which fields."""

from http import HTTPStatus
from typing import Final

from fastapi import Request
from pydantic import BaseModel, ConfigDict
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.problem_codes import BODY_TOO_LARGE, WRONG_CONTENT_TYPE

LARGEST_BODY: Final = 1_048_576
"""The largest body in bytes; no route asks for more than a list of some thousand ids."""

_JSON: Final = "application/json"


class RequestBody(BaseModel):
    """A body with these fields and no others: a mistyped name is refused, not left out."""

    model_config = ConfigDict(extra="forbid")


class BodyLimit:
    """Refuses a body that is said to be too large before any of it is read.

    One that hides its size is refused as soon as more has come. The framework's own limit
    answers in plain text, and after the route has run where the route reads no body.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or answer it with 413."""
        if scope["type"] == "http" and _said_length(scope) > LARGEST_BODY:
            await BODY_TOO_LARGE.problem(most=LARGEST_BODY).answer()(scope, receive, send)
            return
        await self._app(scope, _limited(receive), send)


def _limited(receive: Receive) -> Receive:
    """Return a receiver that raises 413 behind the last byte that is allowed."""
    total = 0

    async def receive_limited() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > LARGEST_BODY:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message

    return receive_limited


def _said_length(scope: Scope) -> int:
    said = Headers(scope=scope).get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() else 0


async def require_json(request: Request) -> None:
    """Check that a body which the route reads is said to be JSON.

    Raises:
        Problem: 415, it is not.
    """
    if getattr(request.scope.get("route"), "body_field", None) is None:
        return
    said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if said != _JSON and await request.body():
        raise WRONG_CONTENT_TYPE.problem()
