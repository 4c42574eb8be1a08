"""A test knows nothing of the machine it runs on, and reaches no other."""

import asyncio
import os
import socket
from contextlib import closing

import pytest


def test_another_machine_is_out_of_reach() -> None:
    with closing(socket.socket()) as one, pytest.raises(pytest.fail.Exception):
        one.connect(("192.0.2.1", 443))


def test_another_machine_gets_no_datagram() -> None:
    with (
        closing(socket.socket(type=socket.SOCK_DGRAM)) as one,
        pytest.raises(pytest.fail.Exception),
    ):
        one.sendto(b"", ("192.0.2.1", 53))


async def test_this_machine_is_in_reach() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        assert await reader.read() == b""
        writer.close()


def test_settings_of_the_machine_are_hidden() -> None:
    names = {name for name in os.environ if name.startswith("LEDGERLANE_")}  # noqa: TID251  the point
    assert names <= {"LEDGERLANE_TEST_DATABASE_URL", "LEDGERLANE_TEST_KAFKA_BOOTSTRAP"}
