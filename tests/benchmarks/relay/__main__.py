"""Compare relays in turns and print the medians.

python -m tests.benchmarks.relay                           everything; about half an hour
python -m tests.benchmarks.relay --only ours,debezium --rounds 1 --events 100000
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Final

from aiokafka import AIOKafkaConsumer

from gateway.embedded.errors import EmbeddedError
from gateway.embedded.services import Services, services
from gateway.runtime.broker import apply_topics
from providers.registry import PROVIDERS
from schemas.topics import catalogue
from tests.benchmarks.figures import Figure, load_average, parser
from tests.benchmarks.relay import floor
from tests.benchmarks.relay.contestant import Contestant
from tests.benchmarks.relay.contestants.debezium import DEBEZIUM
from tests.benchmarks.relay.contestants.faststream import FASTSTREAM
from tests.benchmarks.relay.contestants.mq_bridge import MQ_BRIDGE, MQ_BRIDGE_CDC
from tests.benchmarks.relay.contestants.ours import OURS
from tests.benchmarks.relay.reading import Unmeasured
from tests.benchmarks.relay.report import FLOOR, Found, aims, figures, table
from tests.benchmarks.relay.results import FloorTurn, Turn, medians
from tests.benchmarks.relay.rows_above import poll_times
from tests.benchmarks.relay.topics import create_topics
from tests.benchmarks.relay.turns import Arena, floor_turn, turn

CONTESTANTS: Final[Mapping[str, Contestant]] = {
    one.name: one for one in (OURS, DEBEZIUM, MQ_BRIDGE, MQ_BRIDGE_CDC, FASTSTREAM)
}
BARE: Final = "bare"
NAMES: Final = (BARE, *CONTESTANTS)


@dataclass
class Outcome:
    """What was found, and who could not be measured, and why."""

    turns: dict[str, list[Turn | FloorTurn]] = field(default_factory=dict)
    polls: list[Figure] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def medians(self) -> Found:
        """Return the medians of those that were measured."""
        return {name: medians(turns) for name, turns in self.turns.items()}


async def measure(chosen: argparse.Namespace) -> Outcome:
    """Run the chosen in turns, and time our polls if that is asked for."""
    async with services(durable=True) as here:
        outcome = Outcome()
        async with arena_of(here, chosen.events) as arena:
            for name in list(chosen.only) * chosen.rounds:
                await one_turn(arena, name, outcome)
        if chosen.rows_above:
            outcome.polls = await polling(here, chosen.rows_above)
    return outcome


@asynccontextmanager
async def arena_of(here: Services, events: int) -> AsyncIterator[Arena]:
    """Have the topics of all, and a client that asks for their ends."""
    bootstrap = here.kafka_bootstrap
    await apply_topics(bootstrap, catalogue(tuple(PROVIDERS)))
    await create_topics(bootstrap, [floor.TOPIC, *(c.topic for c in CONTESTANTS.values())])
    client = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await client.start()
    try:
        yield Arena(here.run, here.database_url, bootstrap, client, events)
    finally:
        await client.stop()


async def one_turn(arena: Arena, name: str, outcome: Outcome) -> None:
    """Measure one of them once; that it failed is told at the end, and stops no other."""
    sys.stderr.write(f"{name} ...\n")
    try:
        if name == BARE:
            outcome.turns.setdefault(FLOOR, []).append(await floor_turn(arena))
        else:
            found = await turn(arena, CONTESTANTS[name])
            outcome.turns.setdefault(name, []).append(found)
    except* (Unmeasured, EmbeddedError, TimeoutError, ValueError) as group:
        outcome.failures += [f"{name}: {exc!r}" for exc in group.exceptions]


async def polling(here: Services, rows: int) -> list[Figure]:
    """Time our polls with so many rows above an open writer."""
    sys.stderr.write(f"polls with {rows:,} rows above an open writer ...\n")
    times = await poll_times(here.run, here.database_url, here.kafka_bootstrap, rows)
    name = f"a poll with {rows:,} rows above an open writer"
    return [
        Figure(f"{name}, p50", times.p50_ms, "ms", aim="1 or less"),
        Figure(f"{name}, p99", times.p99_ms, "ms"),
    ]


def names_of(said: str) -> list[str]:
    """Read a list of contestants.

    Raises:
        ValueError: one is unknown, which argparse reports.
    """
    names = said.split(",")
    if unknown := set(names) - set(NAMES):
        raise ValueError(f"no such contestant: {', '.join(sorted(unknown))}")
    return names


def arguments() -> argparse.Namespace:
    """Read the command line."""
    options = parser(__doc__)
    options.formatter_class = argparse.RawDescriptionHelpFormatter
    said = ",".join(NAMES)
    options.add_argument("--only", type=names_of, default=list(NAMES), help=f"some of {said}")
    options.add_argument("--events", type=int, default=200_000, help="size of the backlog")
    options.add_argument("--rounds", type=int, default=3, help="of which the medians are told")
    options.add_argument(
        "--rows-above",
        type=int,
        default=1_000_000,
        help="rows above an open writer when polls are timed; 0 to leave that out",
    )
    return options.parse_args()


def show(outcome: Outcome, load: tuple[float, float], *, as_json: bool) -> None:
    """Write the medians, and ours beside the aims."""
    found = outcome.medians()
    beside = [*aims(found), *outcome.polls]
    if as_json:
        told = [asdict(figure) for figure in [*figures(found), *beside]]
        sys.stdout.write(json.dumps({"load": load, "figures": told}) + "\n")
        return
    lines = [table(found), "ours beside the aims", *(figure.line() for figure in beside)]
    lines.append(f"load average {load[0]} before and {load[1]} after")
    sys.stdout.write("\n".join(lines) + "\n")


def main() -> int:
    """Measure as the command line says; return the exit code."""
    chosen = arguments()
    for name in set(chosen.only) - {BARE}:
        CONTESTANTS[name].prepare()
    before = load_average()
    outcome = asyncio.run(measure(chosen))
    load = (round(before, 1), round(load_average(), 1))
    show(outcome, load, as_json=chosen.json)
    sys.stderr.writelines(f"not measured: {failure}\n" for failure in outcome.failures)
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main())
