"""An application on a real port of this machine."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

import uvicorn
from starlette.types import ASGIApp

_FOR_EVER_S: Final = 3_600


@contextmanager
def listening(app: ASGIApp, *, lifespan: Literal["on", "off"] = "off") -> Iterator[str]:
    """Serve an application on a free port, and yield its address.

    The socket listens before the server runs, so that the first client waits in its backlog;
    it names TCP, or asyncio would leave Nagle's delay of 40 ms on every answer. A connection
    is kept until its client closes it, or a request might meet the server's closing of it.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="critical",
            ws="none",
            lifespan=lifespan,
            timeout_keep_alive=_FOR_EVER_S,
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
