"""Run every mutation against the tests that it names, in copies of the tree."""

import queue
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutations.mutation import DoesNotFit, Mutation, locate
from tests.mutations.named_tests import NamedTests
from tests.mutations.tree import Ended, Tree


class Verdict(StrEnum):
    """What became of a mutation; all but the first are failures of the campaign."""

    NOTICED = "noticed"
    SURVIVED = "SURVIVED"
    DOES_NOT_FIT = "DOES NOT FIT"
    NO_BASELINE = "NO BASELINE"
    NOT_RUN = "NOT RUN"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mutation.

    Attributes:
        detail: Which test noticed it, or why that can't be said.
        took_s: How long its tests ran, in seconds.
    """

    mutation: Mutation
    verdict: Verdict
    detail: str
    took_s: float = 0.0


def run_campaign(
    root: Path,
    mutations: Sequence[Mutation],
    tests: NamedTests,
    *,
    jobs: int,
    show: Callable[[Outcome], None],
) -> list[Outcome]:
    """Return the outcome of every mutation; ``show`` is called with each as it is known."""
    with ExitStack() as stack:
        trees: queue.SimpleQueue[Tree] = queue.SimpleQueue()
        for _ in range(jobs):
            folder = stack.enter_context(TemporaryDirectory(prefix="ledgerlane-mutations-"))
            trees.put(Tree(root, Path(folder).resolve()))
        broken = _failing_without_any(trees, mutations, tests)

        def tried(mutation: Mutation) -> Outcome:
            tree = trees.get()
            try:
                outcome = _try(tree, mutation, tests, broken)
            finally:
                trees.put(tree)
            show(outcome)
            return outcome

        with ThreadPoolExecutor(jobs) as pool:
            return list(pool.map(tried, mutations))


def _failing_without_any(
    trees: "queue.SimpleQueue[Tree]", mutations: Sequence[Mutation], tests: NamedTests
) -> dict[str, str]:
    """Return the tests that fail with nothing changed, and how: they prove nothing here."""
    names = sorted({name for one in mutations for name in one.tests if name in tests.ids})
    tree = trees.get()
    ended = tree.run(tests.ids_of(names), to_the_end=True) if names else Ended(0, "")
    trees.put(tree)
    if ended.code not in (0, 1):
        raise RuntimeError(f"the tests don't run with nothing changed\n{ended.output[-4000:]}")
    return {id_.partition("[")[0]: why for id_, why in ended.failed.items()}


def _try(
    tree: Tree, mutation: Mutation, tests: NamedTests, broken: Mapping[str, str]
) -> Outcome:
    try:
        ids = tests.ids_of(mutation.tests)
        change = locate(mutation, tree.folder)
    except (DoesNotFit, LookupError) as exc:
        return Outcome(mutation, Verdict.DOES_NOT_FIT, str(exc))
    if failing := [broken[id_] for id_ in ids if id_ in broken]:
        return Outcome(mutation, Verdict.NO_BASELINE, "; ".join(failing))
    began = time.monotonic()
    with tree.changed(change):
        ended = tree.run(ids)
    return _judge(mutation, ended, time.monotonic() - began)


def _judge(mutation: Mutation, ended: Ended, took_s: float) -> Outcome:
    """Return the outcome; only a test that ran and failed, or never ended, has noticed."""
    if ended.timed_out:
        return Outcome(mutation, Verdict.NOTICED, "its tests did not end", took_s)
    if ended.code == 0:
        return Outcome(mutation, Verdict.SURVIVED, ", ".join(mutation.tests), took_s)
    if ended.code == 1 and ended.failed:
        return Outcome(mutation, Verdict.NOTICED, next(iter(ended.failed)), took_s)
    return Outcome(mutation, Verdict.NOT_RUN, ended.output[-1000:], took_s)
