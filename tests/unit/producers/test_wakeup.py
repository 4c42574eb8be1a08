"""The wakeup on a virtual clock: no wake-up is lost, however commits meet the sleepers."""

import asyncio
import random
from collections.abc import Coroutine
from operator import itemgetter
from typing import Any

import pytest

from producers.sources.snapshot.wakeup import FLOOR_S
from tests.unit.producers.wakeup_model import Database, while_relayed
from tests.virtual_time import run_virtually

SLEEPS = 10_000
"""Of one run; there are ten."""

HOUR_S = 3_600.0

A_TENTH = 0.1
"""How much of the age of a writer that was too early to notify: its rows may wait."""


async def _write_until_slept(database: Database, shards: int, sleeps: int) -> None:
    """Commit at random moments, most of them while the relays fall asleep or have just."""
    chance = database.chance
    async with asyncio.TaskGroup() as writers:
        while database.sleeps < sleeps:
            lasts_s = chance.choice([0, 0, 0, 0.01, 0.2, 3.0]) * chance.random()
            writers.create_task(database.write(chance.randrange(shards), lasts_s))
            await asyncio.sleep(0.1 + chance.random() * chance.choice([0.1, 0.2, 0.5]))


async def _all_read(database: Database) -> None:
    while database.unread or database.open:
        await asyncio.sleep(1)


def _lateness(database: Database, *, steps: int) -> float:
    """Return by how much the latest row was later than its writer's age and ``steps`` allow."""
    allowed_s = steps * database.slowest_s
    return max(late - A_TENTH * age - allowed_s for late, age in database.waited)


def _run(database: Database, shards: int, work: Coroutine[Any, Any, None]) -> None:
    """Do the work, and wait until all that it committed was read."""

    async def to_the_end() -> None:
        await work
        await _all_read(database)

    run_virtually(while_relayed(database, shards, to_the_end()))


@pytest.mark.parametrize("seed", range(10))
def test_no_wake_up_is_lost_in_ten_thousand_random_sleeps(seed: int) -> None:
    database = Database(random.Random(seed), slowest_s=0.05)  # noqa: S311 - a dice
    _run(database, 1, _write_until_slept(database, 1, SLEEPS))
    assert database.sleeps >= SLEEPS
    assert database.notifications > SLEEPS / 2
    assert _lateness(database, steps=8) <= 0


@pytest.mark.parametrize("seed", range(3))
def test_relays_that_sleep_under_anothers_watch_are_woken_too(seed: int) -> None:
    database = Database(random.Random(seed), slowest_s=0.01)  # noqa: S311 - a dice
    _run(database, 3, _write_until_slept(database, 3, 1_000))
    assert database.sleeps >= 1_000
    assert _lateness(database, steps=24) <= 0


@pytest.mark.accepts("GWY-04")
def test_a_writer_that_is_open_for_an_hour_delays_no_wake_up() -> None:
    database = Database(random.Random(1), slowest_s=0.03)  # noqa: S311 - a dice

    async def work() -> None:
        async with asyncio.TaskGroup() as writers:
            writers.create_task(database.write(0, HOUR_S))
            for _ in range(600):
                await asyncio.sleep(HOUR_S / 600 * database.chance.random())
                writers.create_task(database.write(0, 0.05))

    _run(database, 1, work())
    late_s, age_s = max(database.waited, key=itemgetter(1))
    assert age_s >= HOUR_S
    assert late_s <= FLOOR_S + 8 * database.slowest_s
    assert _lateness(database, steps=8) <= 0
