"""The page of capabilities: up to date, and fed by marks that mean something."""

import ast
from pathlib import Path

import pytest

from gateway.docs.capabilities import (
    PAGE,
    Proof,
    UnknownCapability,
    capabilities_page,
    find_proofs,
    read_catalogue,
)
from tests.unit.docs.pages import ROOT

MARKED = """
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.accepts("AA-01")]

@pytest.mark.accepts("AA-02", "AA-03")
async def test_one(): ...

@pytest.mark.accepts("AA-04")
class TestAll:
    @pytest.mark.parametrize("n", [1, 2])
    @pytest.mark.accepts("AA-05")
    def test_two(self, n): ...

@pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.accepts("AA-06"))])
def test_three(n): ...
"""


def repository(root: Path, *, capabilities: str = "", tests: str = MARKED) -> Path:
    """Make a repository with one catalogue and one file of tests."""
    (root / "docs").mkdir()
    (root / "tests" / "unit").mkdir(parents=True)
    catalogue = f'[areas]\nAA = "Everything"\n[capabilities]\n{capabilities}\n'
    (root / "docs" / "capabilities.toml").write_text(catalogue)
    (root / "tests" / "unit" / "test_it.py").write_text(tests)
    return root


def test_the_page_is_that_of_the_code() -> None:
    assert (ROOT / PAGE).read_text("utf-8") == capabilities_page(ROOT), "run `ledgerlane docs`"


def test_every_capability_has_an_area_and_words_that_end() -> None:
    catalogue = read_catalogue(ROOT)
    areas = [id_.partition("-")[0] for id_ in catalogue.capabilities]
    assert set(areas) == set(catalogue.areas)
    assert [w for w in catalogue.capabilities.values() if not w.endswith(".") or "|" in w] == []


def test_what_a_contract_proves_is_run_by_somebody() -> None:
    """A contract that nobody inherits would be a proof that never runs."""
    inherited: set[str] = set()
    for path in (ROOT / "tests").rglob("*.py"):
        classes = [
            n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ClassDef)
        ]
        inherited |= {ast.unparse(base) for one in classes for base in one.bases}
    contracts = [p for p in find_proofs(ROOT) if p.file.startswith("tests/contracts/")]
    assert contracts
    assert [p for p in contracts if p.test.partition(".")[0] not in inherited] == []


def test_marks_are_found_wherever_they_are_put(tmp_path: Path) -> None:
    found = find_proofs(repository(tmp_path))
    file = "tests/unit/test_it.py"
    assert list(found) == [
        Proof("AA-01", file, "test_it.py"),
        Proof("AA-02", file, "test_one"),
        Proof("AA-03", file, "test_one"),
        Proof("AA-04", file, "TestAll"),
        Proof("AA-05", file, "TestAll.test_two"),
        Proof("AA-06", file, "test_three"),
    ]


def test_a_mark_that_the_catalogue_does_not_have_is_named(tmp_path: Path) -> None:
    root = repository(tmp_path, capabilities='AA-01 = "It is there."')
    with pytest.raises(UnknownCapability, match=r"test_it\.py: test_one proves AA-02"):
        capabilities_page(root)


def test_a_capability_without_a_test_says_so(tmp_path: Path) -> None:
    root = repository(tmp_path, capabilities='AA-01 = "It is there."', tests="")
    assert "| AA-01 | It is there. | *no test yet* |" in capabilities_page(root)
