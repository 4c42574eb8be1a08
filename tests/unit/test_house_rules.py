"""Rules of this house that the linters can't say, over the syntax trees of the code.

Each test collects what breaks its rule, as `file:line`, and asserts that there is nothing.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Final

import pytest

from tests.house.figures import comment_share
from tests.house.rooms import arrows_between_files, arrows_between_rooms, circles, floors
from tests.house.source import files_of

_ROOT: Final = Path(__file__).parents[2]
_PACKAGES: Final = ("consumers", "gateway", "producers", "providers", "schemas")
_OUTBOX: Final = "outbox/ledgerlane_outbox"
_OUTBOX_FRONT_DOOR: Final = f"{_OUTBOX}/__init__.py"  # what people outside import from
_SETTINGS: Final = "gateway/config/settings.py"

_MOST_LINES: Final = 400
_MOST_FUNCTION_LINES: Final = 60
_FORBIDDEN_NAMES: Final = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}

# Where an error of any kind is caught, as the one thing above is the end of the process: what
# takes messages off Kafka, what works on them, and what puts them on.
_SUPERVISORS: Final = {
    "consumers/kafka/intake_consumer.py",
    "consumers/kafka/lane_consumer.py",
    "consumers/lanes/engine.py",
    "consumers/lanes/tries.py",
    "producers/relay.py",
}

# Where a database is opened or a transaction begun without the sessions of the gateway.
_OPENERS: Final = {
    "gateway/database/engine.py": "makes the engine, and asks whether the database answers",
    "gateway/database/migrate.py": "changes the schema, which belongs to no tenant",
    "gateway/database/sessions.py": "is where sessions come from",
    "gateway/database/tenancy.py": "asks what the role of all sessions may do",
    "gateway/demo/environment/databases.py": "creates the demo's own databases",
    "gateway/demo/environment/environment.py": "creates the demo platform's tables",
    "gateway/demo/platform/platform.py": "is another service, with a database of its own",
    "gateway/demo/progress.py": "reads both sides of the demo as an auditor would",
    "gateway/demo/runner.py": "reads both sides of the demo as an auditor would",
    "gateway/embedded/postgres.py": "asks whether the embedded server answers",
}
# The relay reads outboxes in the databases of other services, which have no tenants of ours.
_OPENERS_OF_SOURCES: Final = "producers/"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _files(*folders: str) -> list[str]:
    found = (path for folder in folders for path in (_ROOT / folder).rglob("*.py"))
    return sorted(path.relative_to(_ROOT).as_posix() for path in found)


_OURS: Final = _files(*_PACKAGES, _OUTBOX)
_ALL: Final = [*_OURS, *_files("tests")]


def _lines(file: str) -> list[str]:
    return (_ROOT / file).read_text().splitlines()


@cache
def _tree(file: str) -> ast.Module:
    return ast.parse((_ROOT / file).read_text(), filename=file)


def _nodes(files: list[str]) -> Iterator[tuple[str, ast.AST]]:
    for file in files:
        for node in ast.walk(_tree(file)):
            yield file, node


def _functions(files: list[str]) -> Iterator[tuple[str, Function]]:
    for file, node in _nodes(files):
        if isinstance(node, Function):
            yield file, node


def _length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_a_long_module_gives_the_reason_in_its_docstring() -> None:
    wrong = [
        file
        for file in _ALL
        if len(_lines(file)) > _MOST_LINES
        and "lines" not in (ast.get_docstring(_tree(file)) or "")
    ]
    assert wrong == []


def test_no_function_is_long() -> None:
    wrong = [
        f"{file}:{function.lineno}"
        for file, function in _functions(_ALL)
        if _length(function) > _MOST_FUNCTION_LINES
    ]
    assert wrong == []


def test_functions_are_short_as_a_rule() -> None:
    lengths = sorted(_length(function) for _, function in _functions(_OURS))
    assert lengths[len(lengths) // 2] <= 10
    assert lengths[len(lengths) * 9 // 10] <= 35


def test_a_front_door_is_a_docstring_and_nothing_else() -> None:
    doors = [file for file in _OURS if file.endswith("/__init__.py")]
    wrong = [file for file in doors if len(_tree(file).body) > 1]
    assert wrong == [_OUTBOX_FRONT_DOOR]


def test_the_environment_is_read_by_the_settings_only() -> None:
    names = {"environ", "environb", "getenv", "getenvb"}
    readers = {
        file
        for file, node in _nodes(_OURS)
        if (isinstance(node, ast.Attribute) and ast.unparse(node) in {f"os.{n}" for n in names})
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and _imports(node, names))
    }
    assert readers == {_SETTINGS}


def _imports(node: ast.ImportFrom, names: set[str]) -> bool:
    return any(one.name in names for one in node.names)


def test_errors_of_any_kind_are_swallowed_by_the_supervisors_only() -> None:
    swallowers = {
        file
        for file, node in _nodes(_OURS)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    }
    assert swallowers <= _SUPERVISORS


def test_a_module_is_named_for_what_it_holds() -> None:
    wrong = [file for file in _ALL if set(re.split(r"[/_.]", file)) & _FORBIDDEN_NAMES]
    assert wrong == []


def test_nothing_waits_to_be_done() -> None:
    mark = re.compile(r"#.*\b(TODO|FIXME|XXX)\b")
    this = Path(__file__).relative_to(_ROOT).as_posix()
    wrong = [
        f"{file}:{number}"
        for file in _ALL
        for number, line in enumerate(_lines(file), start=1)
        if file != this and mark.search(line)
    ]
    assert wrong == []


def test_no_other_distribution_claims_our_names() -> None:
    """A third-party `schemas` in site-packages would win over ours outside the root."""
    everyone = packages_distributions()
    claims = {name: found for name, found in everyone.items() if name in _PACKAGES}
    assert all(set(found) == {"ledgerlane"} for found in claims.values())


def test_a_session_is_opened_by_the_sessions_of_the_gateway_only() -> None:
    openers = {file for file, node in _nodes(_OURS) if _opens_a_session(node)}
    own = {file for file in openers if not file.startswith(_OPENERS_OF_SOURCES)}
    assert own == set(_OPENERS)


def _opens_a_session(node: ast.AST) -> bool:
    """Return whether a call begins a transaction, or makes what could begin one."""
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    if called.rpartition(".")[2] in {"create_async_engine", "create_engine", "AsyncSession"}:
        return True
    if called in {"asyncpg.connect", "asyncpg.create_pool", "psycopg.connect"}:
        return True
    return called.endswith((".begin", ".connect")) and not (node.args or node.keywords)


# Where the rules below are kept: in all that ships.
_NAMED_ONCE: Final = (*_PACKAGES, _OUTBOX)
_WITHOUT_CIRCLES: Final = (*_PACKAGES, _OUTBOX)
_PLAIN_DOCSTRINGS: Final = (*_PACKAGES, _OUTBOX)

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _class_places(files: list[str]) -> dict[str, list[str]]:
    places: dict[str, list[str]] = {}
    for file, node in _nodes(files):
        if isinstance(node, ast.ClassDef):
            places.setdefault(node.name, []).append(f"{file}:{node.lineno}")
    return places


def test_no_class_name_stands_twice_in_a_folder() -> None:
    """A folder below a top-level one is held against all of it, its neighbours included."""
    wrong = []
    for root in _NAMED_ONCE:
        ours = _files(root)
        top = _files(root.partition("/")[0])
        for name, places in _class_places(top).items():
            if len(places) > 1 and any(place.partition(":")[0] in ours for place in places):
                wrong.append(f"{name}: {', '.join(places)}")
    assert wrong == []


@pytest.mark.parametrize("root", _WITHOUT_CIRCLES)
def test_no_files_import_each_other_in_a_circle(root: str) -> None:
    """Imports for type checking count as well: files that need each other's types are one."""
    assert circles(arrows_between_files(files_of([root]))) == []


_DIALECT: Final = re.compile(r"(Gives?|Says?|Notes?|Have|Has|Tells?|Lets?)\b")


def _docstrings(files: list[str]) -> Iterator[tuple[str, str]]:
    for file, node in _nodes(files):
        if isinstance(node, Documented) and (text := ast.get_docstring(node)):
            yield f"{file}:{getattr(node, 'lineno', 1)}", text


def test_docstrings_begin_in_the_words_of_the_field() -> None:
    """A function returns, records or raises something; it does not give, say, note or tell."""
    docstrings = list(_docstrings(_files(*_PLAIN_DOCSTRINGS)))
    assert docstrings
    assert [place for place, text in docstrings if _DIALECT.match(text)] == []


def test_no_docstring_only_points_elsewhere() -> None:
    docstrings = _docstrings(_files(*_PLAIN_DOCSTRINGS))
    wrong = [place for place, text in docstrings if re.fullmatch(r"See [^\n]*", text)]
    assert wrong == []


# Where the hardest decisions of the project are taken, the reasons stand at the lines.
_DENSE: Final = (
    "consumers/lanes/",
    "producers/sources/",
    "consumers/sync/push.py",
    "consumers/sync/settlement.py",
)
_LEAST_COMMENTS: Final = 0.03


@pytest.mark.parametrize("place", _DENSE)
def test_hard_decisions_have_their_reasons_beside_them(place: str) -> None:
    files = files_of([place.partition("/")[0]])
    assert (
        comment_share([one for one in files if one.path.startswith(place)]) >= _LEAST_COMMENTS
    )


def test_the_consumers_stand_on_five_floors() -> None:
    """No room imports from above it, and a reader can follow the arrows: few, all downward."""
    arrows = arrows_between_rooms(files_of(["consumers"]), "consumers")
    assert len(floors(arrows)) <= 5
    assert sum(len(others) for others in arrows.values()) <= 18


@pytest.mark.parametrize("folder", ["gateway", "producers", "providers"])
def test_the_rooms_of_a_folder_do_not_import_each_other_in_a_circle(folder: str) -> None:
    assert floors(arrows_between_rooms(files_of([folder]), folder))
