"""The list of guards fits the code and the tests, and its machinery tells right from wrong."""

import subprocess
from pathlib import Path

import pytest

from tests.mutations.campaign import Verdict, run_campaign
from tests.mutations.guards.catalogue import GUARDS
from tests.mutations.mutation import DoesNotFit, Mutation, locate
from tests.mutations.named_tests import NamedTests, find_tests, needs_services
from tests.unit.docs.pages import ROOT

CODE = "def double(n: int) -> int:\n    return 2 * n\n"
TESTS = """
from ours.code import double

def test_double():
    assert double(4) == 8

def test_nothing():
    assert True

def test_that_fails_anyhow():
    assert double(1) == 1
"""


@pytest.fixture(scope="module")
def tests() -> NamedTests:
    return find_tests(ROOT)


@pytest.mark.accepts("GWY-39")
@pytest.mark.parametrize("mutation", GUARDS, ids=lambda one: one.guard)
def test_a_guard_is_where_the_list_says_and_its_tests_claim_it(
    mutation: Mutation, tests: NamedTests
) -> None:
    locate(mutation, ROOT)
    assert tests.ids_of(mutation.tests)
    for name in mutation.tests:
        assert set(mutation.claims) <= tests.claims_of([name]), name


@pytest.mark.accepts("GWY-39")
def test_guards_are_told_apart_by_their_sentence() -> None:
    sentences = [(one.folder, one.guard) for one in GUARDS]
    assert len(set(sentences)) == len(sentences) >= 165


@pytest.mark.accepts("GWY-39")
def test_the_guards_of_documents_are_noticed(tests: NamedTests) -> None:
    """A few of those that `make mutations` breaks, in the same way."""
    chosen = [
        one
        for one in GUARDS
        if one.folder == "schemas" and not any(map(needs_services, tests.ids_of(one.tests)))
    ]
    outcomes = run_campaign(ROOT, chosen, tests, jobs=1, show=lambda _: None)
    assert [one.verdict for one in outcomes] == [Verdict.NOTICED] * len(chosen)
    assert len(chosen) >= 2


def mutation(old: str, new: str, *tests: str) -> Mutation:
    return Mutation("twice is twice", "ours", old, new, tests)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one function, and tests of which one is wrong."""
    for name, text in (
        ("ours/code.py", CODE),
        ("tests/unit/test_code.py", TESTS),
        ("conftest.py", ""),
        ("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["."]\n'),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)  # noqa: S607
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new"),
    [("3 * n", "4 * n"), ("n", "m"), ("2 * n", "2 * n  # twice"), ("2 * n", "2 *")],
    ids=["not there", "there more than once", "the same", "no Python"],
)
def test_a_change_that_does_not_fit_is_told(repository: Path, old: str, new: str) -> None:
    with pytest.raises(DoesNotFit, match="twice is twice"):
        locate(mutation(old, new), repository)


@pytest.mark.accepts("GWY-39")
@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (mutation("2 * n", "3 * n", "test_double"), Verdict.NOTICED),
        (mutation("2 * n", "3 * n", "test_nothing"), Verdict.SURVIVED),
        (mutation("9 * n", "3 * n", "test_double"), Verdict.DOES_NOT_FIT),
        (mutation("2 * n", "3 * n", "test_of_old"), Verdict.DOES_NOT_FIT),
        (mutation("2 * n", "3 * n", "test_that_fails_anyhow"), Verdict.NO_BASELINE),
        (mutation("def double", "def twice", "test_double"), Verdict.NOT_RUN),
    ],
    ids=lambda one: str(one) if isinstance(one, Verdict) else "",
)
def test_only_a_test_that_ran_and_failed_has_noticed(
    repository: Path, one: Mutation, verdict: Verdict
) -> None:
    found = find_tests(repository)
    [outcome] = run_campaign(repository, [one], found, jobs=1, show=lambda _: None)
    assert outcome.verdict is verdict, outcome.detail
    assert (repository / "ours/code.py").read_text() == CODE, "the tree itself is left alone"
