"""No reason code of the catalogues is without a test that does what its advice says."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from gateway.docs.errors_page import sources
from tests.unit.advice.followed import FOLLOWED

pytestmark = pytest.mark.accepts("DRV-31")

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[2]
# What can be shown with a database and a whole command only.
ELSEWHERE: Final = {
    "token_refused": "tests/integration/gateway/operations/test_connect.py",
}


def test_every_code_is_followed() -> None:
    for path in sorted(HERE.glob("test_*.py")):
        import_module(f"tests.unit.advice.{path.stem}")
    codes = {entry.code for source in sources() for entry in source.codes}
    assert len(codes) > 100
    assert codes - FOLLOWED - set(ELSEWHERE) == set()
    assert FOLLOWED | set(ELSEWHERE) <= codes


def test_what_is_followed_elsewhere_is() -> None:
    for code, path in ELSEWHERE.items():
        assert code in set(_followed_in(ROOT / path))


def _followed_in(path: Path) -> Iterator[str]:
    """Yield the codes that a file's tests are marked with, as `follows(reasons.NAME)`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "follows":
            yield from (ast.unparse(one).rpartition(".")[2].lower() for one in node.args)
