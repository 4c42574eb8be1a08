"""A link to a server that can be cut: then nothing comes through, not even an end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.engine import make_url


class NetworkLink:
    """Carries bytes both ways while it is whole; what is sent meanwhile waits."""

    def __init__(self, host: str, port: int) -> None:
        self._far_end = host, port
        self._whole = asyncio.Event()
        self._whole.set()
        self._writers: list[asyncio.StreamWriter] = []

    def cut(self) -> None:
        self._whole.clear()

    def mend(self) -> None:
        self._whole.set()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._far_end)
        self._writers += [writer, far_writer]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._one_way(reader, far_writer))
            tasks.create_task(self._one_way(far_reader, writer))

    async def _one_way(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while data := await reader.read(65_536):
                await self._whole.wait()
                writer.write(data)
                await writer.drain()
            await self._whole.wait()
        except ConnectionError:
            pass
        finally:
            writer.close()

    def close(self) -> None:
        self.mend()
        for writer in self._writers:
            writer.close()


@asynccontextmanager
async def link_to(database_url: str) -> AsyncIterator[tuple[NetworkLink, str]]:
    """A link to the server of a database, and the database's URL through it."""
    url = make_url(database_url)
    assert url.host is not None
    link = NetworkLink(url.host, url.port or 5432)
    async with await asyncio.start_server(link.carry, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        through = url.set(host="127.0.0.1", port=port)
        try:
            yield link, through.render_as_string(hide_password=False)
        finally:
            link.close()
