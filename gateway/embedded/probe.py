"""Real requests in a few bytes each, to see whether a server is ready.

Clients of Kafka and HTTP belong to a few other modules; here a socket is enough.

Source: Apache Kafka protocol guide, Metadata request and response, version 1, read 2025-11.
"""

import asyncio
import struct
from typing import Final
from urllib.parse import urlsplit

_PATIENCE_S: Final = 2.0
_METADATA: Final = 3
_VERSION: Final = 1
_CORRELATION: Final = 1
_NO_CLIENT_ID: Final = -1
_NO_TOPICS: Final = 0
_REQUEST: Final = struct.pack(
    ">hhihi", _METADATA, _VERSION, _CORRELATION, _NO_CLIENT_ID, _NO_TOPICS
)


async def broker_count(host: str, port: int) -> int:
    """Return the number of brokers that take requests, by the node at ``host:port``.

    0 where there is no answer within 2 s.
    """
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await _ask_for_brokers(host, port)
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return 0


async def http_ok(url: str) -> bool:
    """Return whether a GET of a plain ``http`` URL is answered with status 200 within 2 s."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return b" 200 " in await _first_line(url)
    except (OSError, TimeoutError):
        return False


async def _ask_for_brokers(host: str, port: int) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(struct.pack(">i", len(_REQUEST)) + _REQUEST)
        (size,) = struct.unpack(">i", await reader.readexactly(4))
        _correlation, count = struct.unpack_from(">ii", await reader.readexactly(size))
    finally:
        writer.close()
    return int(count)


async def _first_line(url: str) -> bytes:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
    try:
        path = parts.path or "/"
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {parts.netloc}\r\n\r\n".encode())
        return await reader.readline()
    finally:
        writer.close()
