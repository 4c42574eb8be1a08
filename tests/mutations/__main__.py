"""Break every guard and see that a test notices: `python -m tests.mutations`.

With ``--only TEXT`` (or several of them) only guards whose sentence has a text, with ``--folder
PATH`` only those of a folder, with ``--no-services`` only those that no test with services must
notice, with ``--list`` none. Services that tests need are started first, unless the environment
has their addresses.
"""

import argparse
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Final

from tests.mutations.campaign import Outcome, Verdict, run_campaign
from tests.mutations.guards.catalogue import GUARDS
from tests.mutations.mutation import Mutation
from tests.mutations.named_tests import NamedTests, find_tests, needs_services

_ROOT: Final = Path(__file__).resolve().parents[2]
_SERVICES: Final = ("LEDGERLANE_TEST_DATABASE_URL", "LEDGERLANE_TEST_KAFKA_BOOTSTRAP")


def main() -> int:
    """Run as the command line says; 0 is that every mutation was noticed."""
    arguments = _parser().parse_args()
    tests = find_tests(_ROOT)
    chosen = [one for one in GUARDS if _is_chosen(one, arguments, tests)]
    if arguments.list or not chosen:
        sys.stdout.writelines(f"{one.folder:24} {one.guard}\n" for one in chosen)
        return int(not chosen)
    if any(_has_services(one, tests) for one in chosen):
        _have_services()
    outcomes = run_campaign(_ROOT, chosen, tests, jobs=arguments.jobs, show=_show)
    return _summarise(outcomes)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations")
    parser.add_argument("--only", action="append", help="guards whose sentence has this text")
    parser.add_argument("--folder", default="", help="guards of this folder and below")
    parser.add_argument("--no-services", action="store_true", help="guards that need none")
    parser.add_argument("--jobs", type=int, default=2, help="copies of the tree at once")
    parser.add_argument("--list", action="store_true", help="only show the guards")
    return parser


def _is_chosen(one: Mutation, arguments: argparse.Namespace, tests: NamedTests) -> bool:
    return (
        any(text in one.guard for text in arguments.only or [""])
        and one.folder.startswith(arguments.folder)
        and not (arguments.no_services and _has_services(one, tests))
    )


def _has_services(one: Mutation, tests: NamedTests) -> bool:
    known = [name for name in one.tests if name in tests.ids]
    return any(map(needs_services, tests.ids_of(known)))


def _have_services() -> None:
    """Begin anew under embedded services, where the environment names none."""
    if not all(os.environ.get(name) for name in _SERVICES):
        ours = [sys.executable, "-m", "tests.mutations", *sys.argv[1:]]
        os.execv(sys.executable, [sys.executable, "-m", "gateway.embedded", "--", *ours])  # noqa: S606


def _show(outcome: Outcome) -> None:
    line = f"{outcome.verdict:12} {outcome.took_s:6.1f} s  {outcome.mutation.guard}"
    sys.stdout.write(f"{line}\n                         {outcome.detail}\n")
    sys.stdout.flush()


def _summarise(outcomes: list[Outcome]) -> int:
    counts: Counter[tuple[str, Verdict]] = Counter(
        (one.mutation.folder, one.verdict) for one in outcomes
    )
    sys.stdout.write("\n")
    for (room, verdict), count in sorted(counts.items()):
        sys.stdout.write(f"{room:24} {verdict:12} {count:4}\n")
    failed = [one for one in outcomes if one.verdict is not Verdict.NOTICED]
    sys.stdout.write(f"{len(outcomes) - len(failed)} of {len(outcomes)} were noticed\n")
    for one in failed:
        sys.stdout.write(f"{one.verdict}: {one.mutation.guard}: {one.detail}\n")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
