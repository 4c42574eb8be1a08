"""A guard and the change that breaks it, as values; applied to a tree of files."""

import ast
from dataclasses import dataclass
from pathlib import Path


class DoesNotFit(Exception):
    """The text to be changed is not in its folder exactly once, or the change is no Python."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A guard, and the change that breaks it.

    Attributes:
        guard: What holds as long as the guard is there, as a sentence without its full stop.
        folder: The folder below which the text is, from the root of the repository.
        old: The text that makes the guard; it is in one file of the folder, once.
        new: What it is changed to.
        tests: The names of test functions, of which one must notice; a test of a class goes by
            the name of its method.
        claims: The capabilities that the guard is part of, by id; each of the tests claims all
            of them. Empty where no row of the catalogue speaks of the guard.
    """

    guard: str
    folder: str
    old: str
    new: str
    tests: tuple[str, ...]
    claims: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A mutation as a change of one file, whose path is relative to the root."""

    path: Path
    before: str
    after: str


def locate(mutation: Mutation, root: Path) -> Change:
    """Return the change that a mutation makes in the tree at ``root``.

    Raises:
        DoesNotFit: the text is not there once, or what it is changed to can't be read.
    """
    holding = [path for path, text in _sources(root / mutation.folder) if mutation.old in text]
    if len(holding) != 1:
        raise DoesNotFit(f"{mutation.guard}: the text is in {len(holding)} files")
    [path] = holding
    before = path.read_text("utf-8")
    if (found := before.count(mutation.old)) != 1:
        raise DoesNotFit(f"{mutation.guard}: the text is {found} times in {path.name}")
    after = before.replace(mutation.old, mutation.new)
    try:
        same = path.suffix == ".py" and _says(before) == _says(after)
    except SyntaxError as exc:
        raise DoesNotFit(f"{mutation.guard}: {path.name} is no Python any more: {exc}") from exc
    if same:
        raise DoesNotFit(f"{mutation.guard}: the change says the same")
    return Change(path.relative_to(root), before, after)


def _says(python: str) -> str:
    return ast.dump(ast.parse(python))


def _sources(folder: Path) -> list[tuple[Path, str]]:
    paths = sorted([*folder.rglob("*.py"), *folder.rglob("*.sql")])
    return [(path, path.read_text("utf-8")) for path in paths]
