"""Python sources as they are counted: files of folders, their trees, their lines."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of Python.

    Attributes:
        path: The path from the root of the repository, with forward slashes.
        module: The dotted name under which the file is imported.
        text: The whole text of the file.
    """

    path: str
    module: str
    text: str

    @property
    def lines(self) -> list[str]:
        """Return the lines of the file, without line ends."""
        return self.text.splitlines()


def files_of(folders: Iterable[str], *, without: Sequence[str] = ()) -> list[SourceFile]:
    """Return the Python files below folders, by path, without those in folders left out."""
    return [
        _read(path)
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not any(path.is_relative_to(ROOT / one) for one in without)
    ]


@cache
def _read(path: Path) -> SourceFile:
    relative = path.relative_to(ROOT)
    parts = relative.with_suffix("").parts
    if parts[0] == "outbox":  # the package's own folder is on the path, not the one around it
        parts = parts[1:]
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return SourceFile(relative.as_posix(), name, path.read_text("utf-8"))


@cache
def tree_of(file: SourceFile) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(file.text)


def functions_of(file: SourceFile) -> Iterator[Function]:
    """Yield every function and method of a file."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, Function):
            yield node


def classes_of(file: SourceFile) -> Iterator[ast.ClassDef]:
    """Yield every class of a file."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.ClassDef):
            yield node


def imports_of(file: SourceFile) -> Iterator[str]:
    """Yield the dotted names that a file imports; of `from a import b` both `a` and `a.b`."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)
