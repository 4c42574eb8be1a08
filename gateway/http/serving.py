"""An app on a port, while a role runs."""

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from gateway.errors import PortInUse
from gateway.runtime.lifecycle import running_beside

_LAST_REQUESTS_S: Final = 10
_BACKLOG: Final = 1024


class _Server(uvicorn.Server):
    """A server that leaves signals to the role that it runs in."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: ASGIApp, host: str, port: int) -> AsyncIterator[int]:
    """Serve an app, yield its port, and let the last requests finish at the end.

    Args:
        port: The port to listen on; 0 for any free one.

    Raises:
        PortInUse: another program listens there.
    """
    listener = _listen(host, port)
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=_LAST_REQUESTS_S,
        )
    )

    def end() -> None:
        server.should_exit = True

    with listener:
        async with running_beside(server.serve(sockets=[listener]), end=end):
            yield listener.getsockname()[1]


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    It names TCP as its protocol: without that, asyncio leaves Nagle's delay on every answer.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as exc:
        listener.close()
        raise PortInUse(
            f"cannot listen on {host}:{port}: {exc.strerror}; choose another port"
        ) from exc
    return listener
