"""What the pages say can be followed: links lead somewhere, commands exist, snippets run."""

import ast
import re
import shlex
from functools import cache
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from gateway.cli.app import app
from tests.unit.docs.pages import PAGES, ROOT, Link, Page

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)

# Their blocks must be taken from files that a test runs.
_SHOWN_TO_USERS = ("README.md", "outbox/", "docs/")
_CODE = {"python", "sql", "text"}
_OURS = {"consumers", "gateway", "outbox", "producers", "providers", "schemas", "tests"}
_TEST_FILE = r"(\.\./)*tests/.*\.py"


@each_page
def test_every_link_leads_somewhere(page: Page) -> None:
    inside = [link for link in page.links if "://" not in link.target]
    assert [link.target for link in inside if not _leads_somewhere(page, link)] == []


def _leads_somewhere(page: Page, link: Link) -> bool:
    path, _, anchor = link.target.partition("#")
    target = (ROOT / page.path).parent / path if path else ROOT / page.path
    if not target.exists():
        return False
    return not anchor or anchor in Page(target.resolve().relative_to(ROOT).as_posix()).anchors


@each_page
def test_every_test_that_is_named_is_there(page: Page) -> None:
    named = [link for link in page.links if re.fullmatch(_TEST_FILE, link.target)]
    wrong = [link.text for link in named if not _defines(page, link)]
    assert wrong == []


def _defines(page: Page, link: Link) -> bool:
    file = (ROOT / page.path).parent / link.target
    return link.text == file.name or set(link.text.split(".")) <= _names_in(file)


@each_page
def test_every_test_that_is_named_without_a_link_is_there(page: Page) -> None:
    named = set(re.findall(r"`(test_\w+)(?:\[[^`]*)?`", page.text))
    assert named - _names_of_tests() == set()


@cache
def _names_of_tests() -> frozenset[str]:
    files = list((ROOT / "tests").rglob("*.py"))
    return frozenset(path.stem for path in files).union(*map(_names_in, files))


@each_page
def test_every_file_of_ours_that_is_named_is_there(page: Page) -> None:
    """By its path from the root; a bare name behind it is of the same folder."""
    wrong = []
    for said in re.findall(r"`[\w/]+\.py`(?:,\s+`\w+\.py`)*", page.text):
        first, *others = re.findall(r"[\w/]+\.py", said)
        folder = Path(first).parent
        if folder.parts and folder.parts[0] in _OURS:
            paths = [Path(first), *(folder / other for other in others)]
            wrong += [path.as_posix() for path in paths if not (ROOT / path).is_file()]
    assert wrong == []


@cache
def _names_in(path: Path) -> set[str]:
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, definitions)}


@each_page
def test_a_snippet_is_the_file_that_it_names(page: Page) -> None:
    for block in page.blocks:
        if block.source is not None:
            assert block.text == (ROOT / block.source).read_text("utf-8"), block.source


@each_page
def test_code_for_users_comes_from_a_file(page: Page) -> None:
    if page.path.startswith(_SHOWN_TO_USERS):
        code = [block for block in page.blocks if block.language in _CODE]
        assert [block.text for block in code if block.source is None] == []


def test_every_example_is_shown_and_run() -> None:
    examples = {f"docs/examples/{path.name}" for path in (ROOT / "docs/examples").iterdir()}
    shown = {block.source for page in PAGES for block in page.blocks}
    runner = (ROOT / "tests/integration/docs/test_examples.py").read_text("utf-8")
    files = {one for one in examples if not one.endswith("__pycache__")}
    assert files - shown == set()
    assert [one for one in files if Path(one).name not in runner] == []


@each_page
def test_every_command_exists(page: Page) -> None:
    said = [line for line in page.commands if re.match(r"ledgerlane( |$)", line)]
    assert {line: fault for line in said if (fault := _fault(line))} == {}


def _fault(line: str) -> str:
    """Return what is wrong with a command of ours; nothing where it would be understood."""
    command = get_command(app)
    words = shlex.split(line, comments=True)[1:]
    while words and isinstance(command, TyperGroup) and not words[0].startswith(("-", "<")):
        found = command.commands.get(words.pop(0))
        if found is None:
            return "there is no such command"
        command = found
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    unknown = [word for word in words if word.startswith("--") and word not in known]
    return f"has no {', '.join(unknown)}" if unknown else ""


@each_page
def test_every_target_of_make_exists(page: Page) -> None:
    targets = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(), re.M))
    said = [match[1] for line in page.commands if (match := re.match(r"make (\w+)$", line))]
    assert [target for target in said if target not in targets] == []


@pytest.mark.parametrize(
    "line",
    ["ledgerlane sing", "ledgerlane dead sing", "ledgerlane inspect --sing"],
)
def test_a_command_that_does_not_exist_would_be_found(line: str) -> None:
    assert _fault(line)
