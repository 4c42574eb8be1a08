"""The page of capabilities: what the project can do, and which tests prove it.

The words are those of `docs/capabilities.toml`; the proofs are the `accepts` marks in the
tests' source, so that a mark means something to whoever has only the repository.
"""

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.errors import Refusal

PAGE: Final = Path("docs/capabilities.md")
CATALOGUE: Final = Path("docs/capabilities.toml")

_MARK: Final = "pytest.mark.accepts"
_NO_PROOF: Final = "*no test yet*"
_HEAD: Final = """\
<!-- Made by `ledgerlane docs`; do not edit. -->

# Capabilities

What the project can do, a row for each capability, and the tests that prove it. Where none
proves a whole row, the row says what is missing, and *no test yet* stands for the proof. A test
names what it proves by id: `@pytest.mark.accepts("CON-05")`. The words are kept in
[capabilities.toml](capabilities.toml). Tests of `tests/contracts` are run by every
implementation of what they are about. What is *not* there is listed in
[architecture.md](architecture.md#not-there-yet).

"""


class UnknownCapability(Refusal):
    """A test claims to prove something that the catalogue does not have."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A test that carries the mark of a capability.

    Attributes:
        file: The path from the repository's root.
        test: The name of the test with its class, or of the file where the mark is for all.
    """

    capability: str
    file: str
    test: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Capabilities by id, and areas by the prefix of the ids; both in the order of the page."""

    areas: Mapping[str, str]
    capabilities: Mapping[str, str]


def capabilities_page(root: Path) -> str:
    """Write the table of all capabilities of the repository at ``root``.

    Raises:
        UnknownCapability: a mark names an id that is not in the catalogue.
    """
    catalogue = read_catalogue(root)
    proofs: dict[str, list[Proof]] = defaultdict(list)
    for proof in find_proofs(root):
        if proof.capability not in catalogue.capabilities:
            raise UnknownCapability(
                f"{proof.file}: {proof.test} proves {proof.capability}: "
                f"say in {CATALOGUE} what that is"
            )
        proofs[proof.capability].append(proof)
    return _HEAD + "\n".join(_tables(catalogue, proofs))


def read_catalogue(root: Path) -> Capabilities:
    """Read the catalogue of the repository at ``root``."""
    found = tomllib.loads((root / CATALOGUE).read_text("utf-8"))
    return Capabilities(found["areas"], found["capabilities"])


def find_proofs(root: Path) -> Iterator[Proof]:
    """Find every mark in the tests, in the order of files and lines."""
    for path in sorted((root / "tests").rglob("*.py")):
        file = path.relative_to(root).as_posix()
        for test, ids in _marks_in(ast.parse(path.read_text("utf-8"), file).body):
            yield from (Proof(one, file, test or path.name) for one in ids)


def _marks_in(body: Sequence[ast.stmt], within: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield each test of a module or class with its marks' ids; no name means all tests."""
    for statement in body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield f"{within}{statement.name}", _ids_in(statement.decorator_list)
            case ast.ClassDef():
                yield statement.name, _ids_in(statement.decorator_list)
                yield from _marks_in(statement.body, f"{statement.name}.")
            case ast.Assign():
                yield within.rstrip("."), _ids_in([statement.value])


def _ids_in(expressions: Sequence[ast.expr]) -> list[str]:
    return [
        ast.literal_eval(argument)
        for expression in expressions
        for node in ast.walk(expression)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == _MARK
        for argument in node.args
    ]


def _tables(catalogue: Capabilities, proofs: Mapping[str, Sequence[Proof]]) -> Iterator[str]:
    for prefix, title in catalogue.areas.items():
        yield from (f"## {title}", "", "| Id | What it does | Proved by |", "|---|---|---|")
        for id_, words in catalogue.capabilities.items():
            if id_.startswith(f"{prefix}-"):
                yield f"| {id_} | {words} | {_links(proofs.get(id_, ()))} |"
        yield ""


def _links(proofs: Sequence[Proof]) -> str:
    return "<br>".join(f"[{p.test}](../{p.file})" for p in proofs) or _NO_PROOF
