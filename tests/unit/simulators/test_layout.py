"""Both simulators have the same folders, and each folder imports only what it may.

The table is what `__init__.py` of the folders says in words.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import providers.simulators

_PACKAGE: Final = "providers.simulators"
_HERE: Final = Path(providers.simulators.__file__).parent
_BELOW_STATE: Final = {
    "config",
    "wire",
    "entities",
    "books",
    "query",
    "rules",
    "oauth",
    "calls",
}
_MAY_IMPORT: Final = {
    "config": set[str](),
    "html": set[str](),
    "wire": set[str](),
    "entities": {"wire"},
    "books": {"config", "wire", "entities"},
    "query": {"wire", "entities", "books"},
    "rules": {"wire", "entities", "books", "query"},
    "oauth": {"config", "wire", "books"},
    "calls": {"config", "wire"},
    "state": {"config", "books", "oauth", "calls"},
    "http": _BELOW_STATE | {"state", "html"},
    "webhooks": {"config", "books", "state"},
    "pages": _BELOW_STATE | {"state", "html"},
    "control": _BELOW_STATE | {"state", "http"},
    "app": _BELOW_STATE | {"state", "http", "webhooks", "pages", "control"},
}
_ONLY_QBO: Final = {"entities"}  # Xero documents no uniform table of properties.


def _rooms(provider: str) -> set[str]:
    files = {path.stem for path in (_HERE / provider).glob("*.py")} - {"__init__"}
    folders = {path.parent.name for path in (_HERE / provider).glob("*/__init__.py")}
    return files | folders


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_PACKAGE):
            yield from (f"{node.module}.{one.name}" for one in node.names)


def _arrows(provider: str) -> Iterator[tuple[str, str]]:
    """Yield (importing room, imported room) within one simulator."""
    for file in (_HERE / provider).rglob("*.py"):
        room = file.relative_to(_HERE / provider).parts[0].removesuffix(".py")
        for name in _imported(file):
            parts = name.split(".")[2:]
            if parts[0] == provider and parts[1] != room:
                yield room, parts[1]


@pytest.mark.parametrize("provider", ["qbo", "xero"])
def test_a_simulator_has_the_rooms_of_the_template(provider: str) -> None:
    missing = _ONLY_QBO if provider == "xero" else set()
    assert _rooms(provider) == set(_MAY_IMPORT) - missing


@pytest.mark.parametrize("provider", ["qbo", "xero"])
def test_each_room_imports_only_what_it_may(provider: str) -> None:
    arrows = set(_arrows(provider))
    assert ("http", "state") in arrows
    assert {(a, b) for a, b in arrows if b not in _MAY_IMPORT[a]} == set()


def test_what_both_share_knows_no_provider() -> None:
    shared = list(_HERE.glob("*.py"))
    known = {
        f"{file.name}: {name}"
        for file in shared
        for name in _imported(file)
        if name.split(".")[2] in ("qbo", "xero")
    }
    assert shared
    assert known == set()


def test_neither_simulator_knows_the_other() -> None:
    for provider, other in (("qbo", "xero"), ("xero", "qbo")):
        names = [name for f in (_HERE / provider).rglob("*.py") for name in _imported(f)]
        assert names
        assert [name for name in names if name.split(".")[2] == other] == []
