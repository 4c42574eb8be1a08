"""A strict relay as a process: however it is killed, committed records are there once."""

import asyncio
import random
import signal
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from gateway.config.settings import PREFIX
from schemas.topics import EVENT_PARTITIONS, PLATFORM_EVENTS
from tests.chaos.platform import Owner, customer
from tests.chaos.process_group import RELAY, ProcessGroup
from tests.eventually import eventually
from tests.integration.producers.kafka import read_topic

pytestmark = pytest.mark.asyncio(loop_scope="session")

OWNERS = [Owner(f"t{n}") for n in range(6)]
POINTS = (
    "after_poll_before_publish",
    "after_publish_before_cursor",
    "after_commit_before_cursor",
    "after_cursor",
)
THIRD = ":3"
"""The own outbox's first empty batch is committed too; the third commit is the platform's."""

_APPENDED = text("SELECT partition_key, event_id::text FROM ledgerlane_outbox ORDER BY seq")

_PACE_S = 0.05

ByKey = dict[str, list[str]]


async def _appended(group: ProcessGroup) -> ByKey:
    """Return the ids of all events of each key in the order of their commits."""
    found: ByKey = defaultdict(list)
    async with group.platform.database.connect() as connection:
        for key, event_id in await connection.execute(_APPENDED):
            found[key].append(event_id)
    return found


async def _seen(group: ProcessGroup) -> ByKey:
    """Return what readers of committed records see of each key, in order, repeats included."""
    found: ByKey = defaultdict(list)
    bootstrap = group.services.kafka.bootstrap
    for one in await read_topic(bootstrap, PLATFORM_EVENTS, partitions=EVENT_PARTITIONS):
        found[one.key].append(one.headers["ce_id"])
    return found


async def _until_seen_once(group: ProcessGroup) -> None:
    """Wait until every event has been seen; each is there once, in the order of its key."""
    appended = await _appended(group)

    async def all_there() -> bool:
        return sum(map(len, (await _seen(group)).values())) >= sum(map(len, appended.values()))

    await eventually(all_there, within_s=60)
    assert await _seen(group) == appended


def _be_strict(group: ProcessGroup) -> None:
    group.environ = {**group.environ, f"{PREFIX}RELAY_STRICT": "true"}


async def _until_resumed_at_kafkas_cursor(group: ProcessGroup) -> None:
    relay = group.children[RELAY]

    async def told() -> bool:
        return await relay.logged("relay.resumed_at_position_in_kafka")

    await relay.until(told)


@asynccontextmanager
async def _announcing(group: ProcessGroup) -> AsyncIterator[None]:
    """Have every tenant's customers change again and again."""
    enough = asyncio.Event()

    async def change(owner: Owner) -> None:
        n = 0
        while not enough.is_set():
            n += 1
            await group.platform.announce(owner, *(customer(m, f"at {n}") for m in range(3)))
            await asyncio.sleep(_PACE_S)

    async with asyncio.TaskGroup() as tasks:
        for owner in OWNERS:
            tasks.create_task(change(owner))
        try:
            yield
        finally:
            enough.set()


@pytest.mark.accepts("GWY-01", "RUN-02")
async def test_a_strict_relay_killed_at_any_point_shows_each_event_once_in_order(
    group: ProcessGroup,
) -> None:
    _be_strict(group)
    for point in POINTS:
        relay = await group.launch(RELAY, CRASH_POINT=point + THIRD)
        async with _announcing(group):
            assert await relay.wait() == -signal.SIGKILL
        if point == "after_commit_before_cursor":
            await group.start(RELAY)
            await _until_resumed_at_kafkas_cursor(group)
            await group.kill(RELAY)
    await group.start(RELAY)
    await _until_seen_once(group)


@pytest.mark.accepts("GWY-01", "RUN-02")
@pytest.mark.parametrize("seed", range(2))
async def test_a_strict_relay_killed_at_random_moments_shows_each_event_once_in_order(
    group: ProcessGroup, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a dice, not a secret
    _be_strict(group)
    for n in range(5):
        await group.start(RELAY)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_burst(group, n))
            await asyncio.sleep(chance.uniform(0.1, 0.6))
            await group.kill(RELAY)
    await group.start(RELAY)
    await _until_seen_once(group)


async def _burst(group: ProcessGroup, n: int) -> None:
    """Announce so much that a relay is nearly always within a batch."""
    for owner in OWNERS:
        await group.platform.announce(owner, *(customer(m, f"at {n}") for m in range(400)))
