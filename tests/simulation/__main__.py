"""Run many worlds: `python -m tests.simulation --seeds 1000`; or name what guards they need."""

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.mutations import GUARDS
from tests.simulation.world import simulate


def main(arguments: Sequence[str] | None = None) -> int:
    """Run worlds and say in one line how they ended; the first that fails is shown."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many worlds")
    parser.add_argument("--first", type=int, default=0, help="the seed of the first")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--lines", type=int, default=300, help="of a failing world's trace")
    parser.add_argument(
        "--guards", action="store_true", help="leave out one guard after another"
    )
    chosen = parser.parse_args(arguments)
    if chosen.guards:
        return _leave_out_guards(chosen.seeds, chosen.processes)
    return _run(
        range(chosen.first, chosen.first + chosen.seeds), chosen.processes, chosen.lines
    )


def _run(seeds: range, processes: int, lines: int) -> int:
    began = time.perf_counter()
    with ProcessPoolExecutor(processes) as pool:
        failed = [found for found in pool.map(_violation, seeds, chunksize=5) if found[1]]
    took = time.perf_counter() - began
    for seed, violation in failed:
        sys.stdout.write(f"seed {seed}: {violation}\n")
    if failed:
        sys.stdout.write(f"{simulate(failed[0][0]).trace.text(lines)}\n")
    sys.stdout.write(f"{len(seeds)} worlds, {len(failed)} failed, {took:.1f} s\n")
    return 1 if failed else 0


def _violation(seed: int) -> tuple[int, str]:
    return seed, simulate(seed).violation


def _leave_out_guards(seeds: int, processes: int) -> int:
    with ProcessPoolExecutor(processes) as pool:
        found = pool.map(_noticed, GUARDS, [seeds] * len(GUARDS))
        lines = dict(zip(GUARDS, found, strict=True))
    for guard, said in lines.items():
        sys.stdout.write(f"{guard}: {said or 'NOT NOTICED'}\n")
    return 0 if all(lines.values()) else 1


def _noticed(guard: str, seeds: int) -> str:
    report = GUARDS[guard].noticed(seeds)
    return f"seed {report.seed}: {report.violation}" if report else ""


if __name__ == "__main__":
    sys.exit(main())
