"""Processes that are told to end, or are killed, while there is work, and come back."""

import asyncio

import pytest

from tests.chaos.cast import INTAKE, RELAY, ROLES, WORKERS, Cast
from tests.chaos.platform import Owner, business, customer, edits
from tests.eventually import eventually
from tests.fakes.served import QBO, XERO

pytestmark = pytest.mark.asyncio(loop_scope="session")

T1 = Owner("t1")
WAVES = 30


@pytest.mark.accepts("SYN-14", "RUN-02")
async def test_intake_killed_while_events_come_loses_nothing(cast: Cast) -> None:
    await cast.connect(XERO, "t1")
    await cast.start(*ROLES)

    async def announce(waves: range) -> None:
        for wave in waves:
            names = (customer(n) for n in range(wave * 20, wave * 20 + 20))
            await cast.platform.announce(T1, *names)

    async def some() -> bool:
        return await cast.count("sync_records") >= WAVES * 5

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(announce(range(WAVES // 2)))
        await eventually(some, within_s=20)
        await cast.kill(INTAKE)
    await announce(range(WAVES // 2, WAVES))
    assert await cast.count("sync_records") < WAVES * 20
    await cast.start(INTAKE)
    await cast.agree()


@pytest.mark.accepts("RUN-04")
async def test_a_worker_told_to_end_finishes_what_it_began_and_leaves_the_rest(
    cast: Cast,
) -> None:
    for provider in (QBO, XERO):
        await cast.connect(provider, "t1")
    await cast.start(*ROLES)
    await cast.platform.announce(T1, *business(3, 100))

    async def busy() -> bool:
        return await cast.count("intents") > 0

    await eventually(busy, within_s=20)
    async with asyncio.TaskGroup() as stops:
        ended = [stops.create_task(cast.stop(role)) for role in WORKERS]
    assert [end.result() for end in ended] == [0, 0]
    assert await cast.count("intents") == 0, "no write is left in doubt"
    assert await cast.count("sync_records", "state = 'pending'") > 0, "there was more to do"
    await cast.start(*WORKERS)
    await cast.agree()


@pytest.mark.accepts("CFG-05", "TST-05")
async def test_a_rolling_restart_under_traffic_loses_nothing(cast: Cast) -> None:
    for provider in (QBO, XERO):
        await cast.connect(provider, "t1")
    await cast.start(*ROLES)
    over = asyncio.Event()

    async def trade() -> None:
        await cast.platform.announce(T1, *business(3, 20))
        price = 200
        while not over.is_set():
            await cast.platform.announce(T1, *edits(3, 20, price=str(price)))
            price += 1
            await asyncio.sleep(0.5)  # a platform's own pace

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(trade())
        for role in (RELAY, INTAKE, *WORKERS):
            assert await cast.stop(role) == 0, cast.output()
            await cast.start(role)
        over.set()
    await cast.agree(within_s=60)
