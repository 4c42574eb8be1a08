"""Make random steps of 20 tenants, and tell what was seen or changed across; 1 if anything was.

python -m tests.isolation --steps 1000000 --seed 7
"""

import argparse
import asyncio
import random
import sys

from gateway.database.engine import open_database
from gateway.database.migrate import upgrade
from gateway.demo.environment.databases import own_database
from gateway.embedded.services import services
from tests.isolation.verdict import wrong_rows
from tests.isolation.walk import Walk
from tests.isolation.world import open_world


async def walked(steps: int, seed: int) -> int:
    """Make the steps in a database of their own; return the status to exit with."""
    async with services() as here, own_database(here.database_url, "isolation") as url:
        await upgrade(url)
        async with open_database(url) as engine, open_world(engine) as world:
            walk = Walk(world, random.Random(seed))  # noqa: S311 - a seed for repeats
            await walk.run(steps)
            wrong = await wrong_rows(engine)
    sys.stdout.write(
        f"{walk.steps:,} steps of seed {seed}: {walk.own:,} own rows, "
        f"{len(walk.across)} across {walk.across[:3]}, wrong rows {wrong or 0}\n"
    )
    return int(bool(walk.across or wrong))


def main() -> int:
    """Run as the command line says."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--steps", type=int, default=1_000_000)
    options.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311
    chosen = options.parse_args()
    return asyncio.run(walked(chosen.steps, chosen.seed))


if __name__ == "__main__":
    sys.exit(main())
