"""The broker or the database goes away in the middle of work, and comes back."""

import asyncio

import pytest

from gateway.embedded.server import Server
from tests.chaos.platform import Owner, business, edits
from tests.chaos.process_group import ROLES, ProcessGroup
from tests.eventually import eventually
from tests.fakes.served import QBO, XERO

pytestmark = pytest.mark.asyncio(loop_scope="session")

T1 = Owner("t1")


def _server(group: ProcessGroup, name: str) -> Server:
    return {"kafka": group.services.kafka, "postgres": group.services.postgres}[name]


@pytest.mark.parametrize("way", ["restarted", "killed"])
@pytest.mark.parametrize("name", ["kafka", "postgres"])
async def test_a_service_that_comes_back_is_used_again_by_processes_that_never_ended(
    group: ProcessGroup, name: str, way: str
) -> None:
    for provider in (QBO, XERO):
        await group.connect(provider, "t1")
    await group.start(*ROLES)
    await group.platform.announce(T1, *business(3, 40))

    async def in_the_middle() -> bool:
        return await group.count("sync_records", "state = 'agreed'") >= 10

    await eventually(in_the_middle)
    server = _server(group, name)
    await (server.stop() if way == "restarted" else server.kill())
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.start())
    await group.platform.announce(T1, *edits(3, 40))
    await group.agree(within_s=60)
