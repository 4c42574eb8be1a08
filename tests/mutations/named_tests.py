"""The tests of the repository by their function's name: where they are, what they claim."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gateway.docs.capabilities import find_proofs

# Suites that `pytest` collects; what is elsewhere below tests/ is inherited or imported.
_SUITES: Final = ("unit", "property", "integration", "e2e", "chaos")
# Suites whose tests ask for the addresses of services.
_WITH_SERVICES: Final = ("tests/integration", "tests/e2e", "tests/chaos")


@dataclass(slots=True)
class _Class:
    """A class of the tests.

    Attributes:
        file: Its file, from the repository's root.
        bases: The names of what it inherits from.
        tests: The names of its own test methods.
    """

    file: str
    bases: tuple[str, ...]
    tests: tuple[str, ...]


@dataclass(slots=True)
class NamedTests:
    """All tests that are collected.

    Attributes:
        ids: The node ids of each test, by the name of its function. A test of a contract has
            one for each class that inherits it.
        claims: The capabilities that a test claims, by the name of its function.
    """

    ids: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    claims: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def ids_of(self, names: Sequence[str]) -> list[str]:
        """Return the node ids of the tests of these names.

        Raises:
            LookupError: there is no test of one of the names.
        """
        missing = [name for name in names if name not in self.ids]
        if missing:
            raise LookupError(f"no test is called {', '.join(missing)}")
        return sorted({id_ for name in names for id_ in self.ids[name]})

    def claims_of(self, names: Sequence[str]) -> set[str]:
        """Return all that the tests of these names claim."""
        return {claim for name in names for claim in self.claims[name]}


def needs_services(id_: str) -> bool:
    """Return whether a test asks for a database or a broker."""
    return id_.startswith(_WITH_SERVICES)


def find_tests(root: Path) -> NamedTests:
    """Return the tests of the repository at ``root``, read from their source."""
    found = NamedTests()
    classes: dict[str, list[_Class]] = defaultdict(list)
    for file, tree in _modules(root):
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                classes[node.name].append(_read_class(file, node))
        if _is_collected(file):
            for test in _tests_in(tree.body):
                found.ids[test].append(f"{file}::{test}")
    _add_methods(found, classes)
    _add_claims(found, root, classes)
    return found


def _add_methods(found: NamedTests, classes: Mapping[str, list[_Class]]) -> None:
    """Add the tests of classes, which are mostly those of a contract that they inherit."""
    collected = ((n, one) for n, ones in classes.items() for one in ones if n[:4] == "Test")
    for name, one in collected:
        if _is_collected(one.file):
            for test in _inherited(one, classes):
                found.ids[test].append(f"{one.file}::{name}::{test}")


def _add_claims(found: NamedTests, root: Path, classes: Mapping[str, list[_Class]]) -> None:
    """Read the marks; one of a class or a file counts for each test in it."""
    for proof in find_proofs(root):
        *_, name = proof.test.split(".")
        if proof.test.endswith(".py"):
            names = [n for n, ids in found.ids.items() if any(proof.file in i for i in ids)]
        elif name in classes:
            names = [test for one in classes[name] for test in _inherited(one, classes)]
        else:
            names = [name]
        for one in names:
            found.claims[one].add(proof.capability)


def _modules(root: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((root / "tests").rglob("*.py")):
        file = path.relative_to(root).as_posix()
        yield file, ast.parse(path.read_text("utf-8"), file)


def _read_class(file: str, node: ast.ClassDef) -> _Class:
    bases = tuple(ast.unparse(base).rpartition(".")[2] for base in node.bases)
    return _Class(file, bases, tuple(_tests_in(node.body)))


def _inherited(one: _Class, classes: Mapping[str, list[_Class]]) -> Iterator[str]:
    yield from one.tests
    for base in one.bases:
        for found in classes.get(base, ()):
            yield from _inherited(found, classes)


def _tests_in(body: Sequence[ast.stmt]) -> Iterator[str]:
    functions = (one for one in body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
    yield from (one.name for one in functions if one.name.startswith("test_"))


def _is_collected(file: str) -> bool:
    _, suite, *_ = file.split("/")
    return suite in _SUITES and Path(file).name.startswith("test_")
