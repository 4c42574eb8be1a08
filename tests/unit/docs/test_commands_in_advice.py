"""Every command that the product tells people to type can be typed as it is told."""

import ast
import re
import shlex
from collections.abc import Iterator
from typing import Final, cast

import pytest
import typer
from typer.core import TyperGroup, TyperOption
from typer.main import get_command

from gateway.cli.app import app
from tests.unit.docs.pages import ROOT

OURS: Final = ("consumers", "gateway", "producers", "providers", "schemas")

_COMMAND: Final = re.compile(r"`(ledgerlane(?: [^`]*)?)`")
_PLACEHOLDERS: Final = {
    "<id>": "0190f2d4-0000-7000-8000-000000000001",
    "<provider>": "qbo",
    "<type>": "invoice",
}
# The base of everything that can be wrong with a command line.
_USAGE: Final = cast("type[Exception]", typer.BadParameter.__base__)
_UNKNOWN: Final = "qbo"  # what a formatted value stands for, where it is not a placeholder


def told() -> Iterator[tuple[str, str]]:
    """Return every command in a text of the product that is no docstring, with its place."""
    for folder in OURS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            documented = {id(node) for node in _docstrings(tree)}
            for node in ast.walk(tree):
                if isinstance(node, ast.expr) and id(node) not in documented:
                    place = f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"
                    for found in _COMMAND.finditer(_text(node)):
                        yield place, " ".join(found[1].split())


def _docstrings(tree: ast.Module) -> Iterator[ast.expr]:
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(tree):
        if isinstance(node, kinds):
            match node.body:
                case [ast.Expr(value=ast.Constant(value=str()) as text), *_]:
                    yield text


def _text(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part) or _UNKNOWN for part in parts)
    return ""


def fault(line: str) -> str:
    """Return why a command would not be understood; nothing where it would be carried out."""
    command = get_command(app)
    for placeholder, value in _PLACEHOLDERS.items():
        line = line.replace(placeholder, value)
    words = shlex.split(line)[1:]
    while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
        found = command.commands.get(words.pop(0))
        if found is None:
            return "there is no such command"
        command = found
    asked = [word for one in command.params if _asks(one) for word in (one.opts[0], "said")]
    try:
        command.make_context(line, [*asked, *words])
    except _USAGE as exc:
        return str(exc) or "it would not be understood"
    return ""


def _asks(parameter: object) -> bool:
    """Whether a person is asked for the value where the command does not give it."""
    return isinstance(parameter, TyperOption) and bool(parameter.prompt)


COMMANDS: Final = sorted(set(told()))


@pytest.mark.parametrize(("place", "line"), COMMANDS)
def test_a_command_in_a_text_of_ours_is_understood(place: str, line: str) -> None:
    assert fault(line) == ""


def test_the_advice_of_reasons_and_of_refusals_is_among_them() -> None:
    files = {place.partition(":")[0] for place, _ in COMMANDS}
    assert {"schemas/afterwards.py", "providers/reasons.py"} <= files
    assert {"gateway/operations/connect.py", "gateway/database/migrate.py"} <= files


@pytest.mark.parametrize(
    "line",
    [
        "ledgerlane sing",
        "ledgerlane dead sing",
        "ledgerlane connect-url qbo",
        "ledgerlane connect-url",
        "ledgerlane connect-url --provider sage",
        "ledgerlane connect --provider qbo",
        "ledgerlane tasks solve",
        "ledgerlane tasks solve <id> --sing",
    ],
)
def test_a_command_that_would_not_be_understood_is_found(line: str) -> None:
    assert fault(line)
