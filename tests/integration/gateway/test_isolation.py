"""Random steps of 20 tenants on PostgreSQL; `make isolation` makes a million of them."""

import random

from sqlalchemy.ext.asyncio import AsyncEngine

from tests.isolation.verdict import wrong_rows
from tests.isolation.walk import Walk
from tests.isolation.world import open_world

STEPS = 5_000


async def test_random_steps_of_20_tenants_see_and_change_nothing_across(
    engine: AsyncEngine,
) -> None:
    async with open_world(engine) as world:
        walk = Walk(world, random.Random(11))  # noqa: S311 - a seed for repeats
        await walk.run(STEPS)
    assert walk.across == []
    assert walk.own > STEPS // 10
    assert await wrong_rows(engine) == {}
