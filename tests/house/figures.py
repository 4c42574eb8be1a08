"""Sizes and shares of a body of code, as the models are measured too."""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from tests.house.source import (
    Function,
    SourceFile,
    classes_of,
    functions_of,
)


@dataclass(frozen=True, slots=True)
class Spread:
    """How large things of one kind are, in the unit of the kind.

    Attributes:
        median: Half of them are no larger.
        p90: Nine in ten are no larger.
        largest: The largest of them.
    """

    median: float
    p90: int
    largest: int

    def __str__(self) -> str:
        return f"{self.median:.0f} / {self.p90} / {self.largest}"


def spread(values: Iterable[int]) -> Spread:
    """Return the spread of at least one value."""
    ordered = sorted(values)
    return Spread(median(ordered), ordered[int(0.9 * (len(ordered) - 1))], ordered[-1])


def module_lines(files: Sequence[SourceFile]) -> Spread:
    """Return how many lines modules have; the front doors, `__init__.py`, are left out."""
    return spread(len(f.lines) for f in files if not f.path.endswith("__init__.py"))


def function_lines(files: Sequence[SourceFile]) -> Spread:
    """Return how many lines functions have from their `def` on, docstrings counted."""
    return spread(
        (one.end_lineno or one.lineno) - one.lineno + 1
        for file in files
        for one in functions_of(file)
    )


def parameters(files: Sequence[SourceFile]) -> Spread:
    """Return how many parameters functions have, `self` and `cls` left out."""
    return spread(_parameters(one) for file in files for one in functions_of(file))


def _parameters(function: Function) -> int:
    given = function.args
    named = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([name for name in named if name not in ("self", "cls")])


def largest_class(files: Sequence[SourceFile]) -> tuple[int, int]:
    """Return the lines of the longest class and the number of its methods."""
    return max(
        (
            (one.end_lineno or one.lineno) - one.lineno + 1,
            sum(isinstance(node, Function) for node in one.body),
        )
        for file in files
        for one in classes_of(file)
    )


def comment_share(files: Sequence[SourceFile]) -> float:
    """Return the share of lines that are nothing but a comment, from 0 to 1."""
    lines = [line.strip() for file in files for line in file.lines]
    return sum(line.startswith("#") for line in lines) / len(lines)


def class_docs(files: Sequence[SourceFile]) -> float:
    """Return the share of classes that have a docstring, from 0 to 1."""
    return _share([one for file in files for one in classes_of(file)])


def function_docs(files: Sequence[SourceFile]) -> float:
    """Return the share of public functions and methods that have a docstring, from 0 to 1."""
    return _share(
        [one for file in files for one in functions_of(file) if not one.name.startswith("_")]
    )


def _share(nodes: Sequence[Function | ast.ClassDef]) -> float:
    return sum(ast.get_docstring(node) is not None for node in nodes) / len(nodes)
