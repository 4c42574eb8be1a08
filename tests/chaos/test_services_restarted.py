"""The broker or the database goes away in the middle of work, and comes back."""

import asyncio

import pytest

from gateway.embedded.server import Server
from tests.chaos.cast import ROLES, Cast
from tests.chaos.platform import Owner, business, edits
from tests.eventually import eventually
from tests.fakes.served import QBO, XERO

pytestmark = pytest.mark.asyncio(loop_scope="session")

T1 = Owner("t1")


def _server(cast: Cast, name: str) -> Server:
    return {"kafka": cast.ground.kafka, "postgres": cast.ground.postgres}[name]


@pytest.mark.parametrize("way", ["restarted", "killed"])
@pytest.mark.parametrize("name", ["kafka", "postgres"])
async def test_a_service_that_comes_back_is_used_again_by_processes_that_never_ended(
    cast: Cast, name: str, way: str
) -> None:
    for provider in (QBO, XERO):
        await cast.connect(provider, "t1")
    await cast.start(*ROLES)
    await cast.platform.announce(T1, *business(3, 40))

    async def in_the_middle() -> bool:
        return await cast.count("sync_records", "state = 'agreed'") >= 10

    await eventually(in_the_middle, within_s=20)
    server = _server(cast, name)
    await (server.stop() if way == "restarted" else server.kill())
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.start())
    await cast.platform.announce(T1, *edits(3, 40))
    await cast.agree(within_s=60)
