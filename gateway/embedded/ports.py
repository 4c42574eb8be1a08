"""Ports for servers that must keep theirs over a restart."""

import random
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Final

# Below the range from which Linux (32768) and macOS (49152) take the local ports of outgoing
# connections: a client that reconnects while the server is down can then never occupy the
# server's port, or be connected to itself.
_RANGE: Final = range(15_000, 32_000)


def free_ports() -> Iterator[int]:
    """Yield free ports of 127.0.0.1, without end.

    A port is free when it is yielded, and may be taken by the time at which it is bound.
    """
    source = random.SystemRandom()
    while True:
        port = source.choice(_RANGE)
        if _is_free(port):
            yield port


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
