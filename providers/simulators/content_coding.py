"""Compressed bodies at the edge of a simulator: requests are unpacked, answers packed.

Both ledgers take gzip in either direction, and official clients send it by default.
"""

import zlib
from collections.abc import Callable
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY: Final = 32 * 1024 * 1024
"""The most bytes that a request may unpack to, far above what either ledger takes."""

_UNPACKED: Final = frozenset({"", "identity"})
_PACKED: Final = frozenset({"gzip", "x-gzip", "deflate"})
_ANY_WINDOW: Final = 32 + zlib.MAX_WBITS  # zlib's own sign for "gzip or deflate, by the header"


class UnreadableBody(Exception):
    """A body that isn't what its Content-Encoding says; ``status`` is 400, 413 or 415."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def with_content_coding(
    app: ASGIApp, *, refusal: Callable[[UnreadableBody], Response]
) -> ASGIApp:
    """Return the application behind both codings.

    ``refusal`` answers in the provider's shape for a body that can't be unpacked.
    """
    # The lowest level: answers are small, and tests want speed.
    return GZipMiddleware(_Unpacking(app, refusal), minimum_size=1, compresslevel=1)


def unpacked(coding: str, body: bytes) -> bytes:
    """Return a request's body without its coding.

    Raises:
        UnreadableBody: an unknown coding, bytes that are not in it, or too many of them.
    """
    coding = coding.strip().lower()
    # A client names its coding also where it sends nothing, as on a GET.
    if coding in _UNPACKED or not body:
        return body
    if coding not in _PACKED:
        raise UnreadableBody(415, f"Content-Encoding {coding} is not supported")
    unpacking = zlib.decompressobj(_ANY_WINDOW)
    try:
        plain = unpacking.decompress(body, LARGEST_BODY)
    except zlib.error as exc:
        raise UnreadableBody(400, f"The body is not in {coding}") from exc
    if unpacking.unconsumed_tail:
        raise UnreadableBody(413, "The body is too large")
    if not unpacking.eof:
        raise UnreadableBody(400, f"The body in {coding} is cut short")
    return plain


class _Unpacking:
    """ASGI middleware: the application sees the body that was packed, and its length."""

    def __init__(self, app: ASGIApp, refusal: Callable[[UnreadableBody], Response]) -> None:
        self._app = app
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        coding = Headers(scope=scope).get("content-encoding", "") if _is_http(scope) else ""
        if coding.strip().lower() in _UNPACKED:
            await self._app(scope, receive, send)
            return
        try:
            plain = unpacked(coding, await Request(scope, receive).body())
        except UnreadableBody as exc:
            await self._refusal(exc)(scope, receive, send)
            return
        scope = dict(scope, headers=list(scope["headers"]))
        headers = MutableHeaders(scope=scope)
        del headers["content-encoding"]
        headers["content-length"] = str(len(plain))
        await self._app(scope, _told_once(plain, receive), send)


def _is_http(scope: Scope) -> bool:
    return bool(scope["type"] == "http")


def _told_once(body: bytes, receive: Receive) -> Receive:
    """Return a channel that tells the body, then whatever the client does next."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def tell() -> Message:
        return waiting.pop() if waiting else await receive()

    return tell
