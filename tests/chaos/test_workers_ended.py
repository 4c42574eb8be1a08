"""Processes that are told to end, or are killed, while there is work, and come back."""

import asyncio

import pytest

from tests.chaos.platform import Owner, business, customer, edits
from tests.chaos.process_group import INTAKE, RELAY, ROLES, WORKERS, ProcessGroup
from tests.eventually import eventually
from tests.fakes.served import QBO, XERO

pytestmark = pytest.mark.asyncio(loop_scope="session")

T1 = Owner("t1")
WAVES = 30


@pytest.mark.accepts("RUN-02")
async def test_intake_killed_while_events_come_loses_nothing(group: ProcessGroup) -> None:
    await group.connect(XERO, "t1")
    await group.start(*ROLES)

    async def announce(waves: range) -> None:
        for wave in waves:
            names = (customer(n) for n in range(wave * 20, wave * 20 + 20))
            await group.platform.announce(T1, *names)

    async def some() -> bool:
        return await group.count("sync_records") >= WAVES * 5

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(announce(range(WAVES // 2)))
        await eventually(some)
        await group.kill(INTAKE)
    await announce(range(WAVES // 2, WAVES))
    assert await group.count("sync_records") < WAVES * 20
    await group.start(INTAKE)
    await group.agree()


async def test_a_worker_told_to_end_finishes_what_it_began_and_leaves_the_rest(
    group: ProcessGroup,
) -> None:
    for provider in (QBO, XERO):
        await group.connect(provider, "t1")
    await group.start(*ROLES)
    await group.platform.announce(T1, *business(3, 100))

    async def busy() -> bool:
        return await group.count("intents") > 0

    await eventually(busy)
    async with asyncio.TaskGroup() as stops:
        ended = [stops.create_task(group.stop(role)) for role in WORKERS]
    assert [end.result() for end in ended] == [0, 0]
    assert await group.count("intents") == 0, "no write is left in doubt"
    assert await group.count("sync_records", "state = 'pending'") > 0, "there was more to do"
    await group.start(*WORKERS)
    await group.agree()


@pytest.mark.accepts("TST-05")
async def test_a_rolling_restart_under_traffic_loses_nothing(group: ProcessGroup) -> None:
    for provider in (QBO, XERO):
        await group.connect(provider, "t1")
    await group.start(*ROLES)
    over = asyncio.Event()

    async def trade() -> None:
        await group.platform.announce(T1, *business(3, 20))
        price = 200
        while not over.is_set():
            await group.platform.announce(T1, *edits(3, 20, price=str(price)))
            price += 1
            await asyncio.sleep(0.5)  # a platform's own pace

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(trade())
        for role in (RELAY, INTAKE, *WORKERS):
            assert await group.stop(role) == 0, group.output()
            await group.start(role)
        over.set()
    await group.agree(within_s=60)
