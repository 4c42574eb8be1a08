"""Measure the lanes, and print one table of what was found.

python -m tests.benchmarks.lanes                    everything, which takes about 15 minutes
python -m tests.benchmarks.lanes --only fairness    one of them
"""

import asyncio
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from tests.benchmarks.figures import Figure, load_average, parser, show
from tests.benchmarks.lanes import breakers, contest, crowd, fairness

Measured = Callable[[Namespace], Sequence[Figure]]


def fair(told: Namespace) -> list[Figure]:
    """Measure fairness with room in the worker, and a large realm's hour."""
    case = replace(fairness.ROOMY, signals=told.signals, records=told.signals // 10)
    return [*fairness.compared(case), *fairness.hour()]


def bound(told: Namespace) -> list[Figure]:
    """Measure fairness where slots are scarce."""
    sizes = {"signals": told.signals, "records": told.signals // 10}
    return [
        figure
        for case in (fairness.FILLED, fairness.OVERLOADED)
        for figure in fairness.compared(replace(case, **sizes))
    ]


def ordered(told: Namespace) -> list[Figure]:
    """Hold the contest with other consumers."""
    sizes = contest.Sizes(told.burst, told.keys, told.rounds, told.latency_seconds, told.slots)
    return asyncio.run(contest.held(sizes))


SCENARIOS: Final[Mapping[str, Measured]] = {
    "fairness": fair,
    "worker-bound": bound,
    "breakers": lambda told: breakers.measured(told.in_trouble),
    "crowd": lambda told: crowd.measured(told.realms, told.realms * 10, told.rounds),
    "ordered": ordered,
}


def main() -> None:
    """Run as the command line says."""
    options = parser(__doc__)
    add, sizes = options.add_argument, contest.Sizes()
    add("--only", action="append", choices=SCENARIOS, help="may be given more than once")
    add("--signals", type=int, default=fairness.ROOMY.signals, help="of the large realm")
    add("--in-trouble", type=int, default=breakers.IN_TROUBLE, help="realms in trouble")
    add("--realms", type=int, default=10_000, help="of the crowd, ten records each")
    add("--burst", type=int, default=sizes.records, help="records sent at once to consumers")
    add("--keys", type=int, default=sizes.keys, help="that these are spread over")
    add("--slots", type=int, default=sizes.slots, help="of each consumer")
    add("--latency-seconds", type=int, default=sizes.latency_s)
    add("--rounds", type=int, default=sizes.rounds, help="of which medians are taken")
    told = options.parse_args()
    load = load_average()
    found: list[Figure] = []
    for name in told.only or SCENARIOS:
        sys.stderr.write(f"{name} ...\n")
        found += SCENARIOS[name](told)
    show(found, as_json=told.json, load_before=load)


if __name__ == "__main__":
    main()
